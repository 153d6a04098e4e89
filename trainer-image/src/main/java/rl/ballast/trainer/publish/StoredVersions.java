package rl.ballast.trainer.publish;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import rl.ballast.modeling.weights.BehaviourProbe;
import rl.ballast.modeling.weights.ModelWeights;
import rl.ballast.modeling.weights.ParameterStore;
import rl.ballast.modeling.weights.StoredTensor;
import rl.ballast.modeling.weights.TensorType;
import rl.ballast.modeling.weights.WeightManifest;
import rl.ballast.modeling.weights.WeightPublisher;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;

/// Versions as Hugging Face folders with a manifest.
///
/// @param precision that the engines serve
/// @param probe what the learner says of a few sequences with the weights of now; engines prove themselves by it
public record StoredVersions(
        ParameterStore parameters,
        WeightPublisher publisher,
        ServedPrecision precision,
        Supplier<Optional<BehaviourProbe>> probe)
        implements VersionFormat {

    @Override
    public void write(PolicyVersion version, int step, Optional<PolicyVersion> parent, long epoch) {
        publisher.publish(
                parameters,
                new WeightPublisher.Lineage(version, step, parent.orElse(null), epoch),
                Set.of(precision),
                probe.get().orElse(null));
    }

    @Override
    public int step(Path folder) {
        return manifest(folder).step();
    }

    @Override
    public String weightsDigest(Path folder) {
        return manifest(folder).weightsDigest();
    }

    @Override
    public boolean holdsWeights(Path folder) {
        try (ModelWeights stored = ModelWeights.open(folder)) {
            for (ParameterStore.Slice slice : parameters.slices()) {
                StoredTensor tensor = stored.tensors().get(slice.name());
                var mine = parameters.weights().asSlice(slice.offset() * Float.BYTES, slice.elements() * Float.BYTES);
                if (tensor == null
                        || tensor.type() != TensorType.F32
                        || tensor.data().mismatch(mine) >= 0) {
                    return false;
                }
            }
            return true;
        }
    }

    @Override
    public String manifestSha256(Path folder) {
        return WeightManifest.digest(bytes(folder.resolve(WeightManifest.FILE)));
    }

    private static WeightManifest manifest(Path folder) {
        Path file = folder.resolve(WeightManifest.FILE);
        return WeightManifest.parse(file, bytes(file));
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
