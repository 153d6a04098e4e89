package rl.ballast.operator.run;

import java.util.Optional;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.check.StorageCheck;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.operator.status.Phase;
import rl.ballast.protocol.run.Source.RandomModel;
import rl.ballast.protocol.sizing.ModelShape;
import rl.ballast.protocol.sizing.Presets;
import rl.ballast.protocol.sizing.StoreNeeds;

/// Whether a run fits into its volume, where the model's shape is known before it is fetched: that of a preset. Of
/// other models the fetch step says so, once it has their configuration. Pure.
final class VolumeCheck {
    private VolumeCheck() {}

    /// Shape of the run's model; empty while only the fetch step can tell.
    static Optional<ModelShape> shape(RLRunSpec spec) {
        RandomModel random = spec.model().random();
        return random == null ? Optional.empty() : Presets.shape(random.preset());
    }

    /// Empty if the run fits, or if nobody can tell: a claim that the run only names may be of any size.
    static Optional<Phase.Blocked> tooSmall(RunObserved observed, OperatorSettings settings) {
        RolloutPool pool = observed.pool();
        long bytes = observed.sharesPool() && pool == null ? 0 : new RunObjects(settings).storeBytes(observed);
        RLRunSpec spec = RunInterpretation.spec(observed.spec(), pool == null ? null : pool.getSpec());
        return shape(spec)
                .map(shape -> StorageCheck.needs(spec, shape))
                .filter(needs -> bytes > 0 && bytes < needs.bytes())
                .map(needs -> new Phase.Blocked(
                        "StoreTooSmall",
                        "%s, prompts not counted; its volume holds %s. %s, or lower %s"
                                .formatted(
                                        needs.arithmetic(),
                                        StoreNeeds.size(bytes),
                                        advice(observed),
                                        StoreNeeds.LESS)));
    }

    private static String advice(RunObserved observed) {
        if (observed.sharesPool()) {
            return "Enlarge storage.volume.size of pool " + RunInterpretation.poolName(observed.run());
        }
        StorageSpec storage = observed.spec().storage();
        return storage != null && storage.volume() != null
                ? "Enlarge storage.volume.size"
                : "Make the run again with a storage.volume of that size";
    }
}
