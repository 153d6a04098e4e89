package rl.ballast.crds.check;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.List;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.protocol.sizing.ModelShape;
import rl.ballast.protocol.sizing.StoreNeeds;

/// Whether a run fits into the volume that it asks for, as far as that shows before it has started: the length of its
/// prompts does not.
public final class StorageCheck {
    private StorageCheck() {}

    /// @param spec with the engines that serve it
    public static StoreNeeds needs(RLRunSpec spec, ModelShape model) {
        return StoreNeeds.of(
                model, spec.rollouts().engine().captureRoutes(), spec.recipe(), spec.checkpoint(), spec.steps(), 0);
    }

    /// An error with the arithmetic if `storage.volume.size` is too small; empty if it is not, or not given.
    public static List<Problem> check(RLRunSpec spec, ModelShape model) {
        StorageSpec storage = spec.storage();
        if (storage == null || storage.volume() == null) {
            return List.of();
        }
        StoreNeeds needs = needs(spec, model);
        String size = storage.volume().size();
        return BigDecimal.valueOf(needs.bytes()).compareTo(Quantity.parse(size).getNumericalAmount()) <= 0
                ? List.of()
                : List.of(Problem.error(
                        "spec.storage.volume.size",
                        "%s is too small: %s, prompts not counted; enlarge it, or lower %s"
                                .formatted(size, needs.arithmetic(), StoreNeeds.LESS)));
    }
}
