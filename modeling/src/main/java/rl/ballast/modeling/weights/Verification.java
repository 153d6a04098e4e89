package rl.ballast.modeling.weights;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;

/// What became of an announced version.
public sealed interface Verification {

    /// The files are what the manifest says, and are converted. The engine copies or packs them into its resident
    /// buffers and then proves those by [#checkResident].
    ///
    /// @param folder of the version
    /// @param weights in the engine's precision; valid as long as the arena they were loaded into
    record Verified(Path folder, WeightManifest manifest, ModelConfig config, ServedWeights weights)
            implements Verification {

        /// Compares what an engine will really compute with, any packing undone, with the manifest.
        ///
        /// @param resident views of the engine's own buffers, all tensors of the model
        /// @return the first tensor that differs, is missing or unknown; empty if all are right
        public Optional<Refused> checkResident(Collection<ServedTensor> resident) {
            Map<String, ServedTensor> byName = new HashMap<>();
            for (ServedTensor tensor : resident) {
                byName.put(tensor.name(), tensor);
            }
            for (WeightManifest.TensorEntry entry : manifest.tensors()) {
                ServedTensor tensor = byName.remove(entry.name());
                String expected = String.valueOf(entry.served().get(weights.precision()));
                String found = tensor == null ? "nothing" : tensor.digest();
                if (!expected.equals(found)) {
                    return Optional.of(new Refused(Reason.RESIDENT_DIGEST, entry.name(), folder, expected, found));
                }
            }
            return byName.keySet().stream()
                    .sorted()
                    .findFirst()
                    .map(name -> new Refused(Reason.TENSOR_UNKNOWN, name, folder, "no such tensor", name));
        }
    }

    /// The version is not used; the engine keeps what it serves.
    ///
    /// @param tensor that is wrong; null if the trouble is not one tensor's
    /// @param file or folder that was looked at
    record Refused(Reason reason, @Nullable String tensor, Path file, String expected, String found)
            implements Verification {
        public String message() {
            return "weights refused: %s: %s%s: expected %s, found %s"
                    .formatted(file, tensor == null ? "" : "tensor '" + tensor + "': ", reason.text(), expected, found);
        }
    }

    /// Why a version is refused.
    enum Reason {
        FOLDER("folder"),
        MANIFEST("manifest"),
        MANIFEST_DIGEST("digest of the manifest"),
        VERSION("policy version"),
        EPOCH("epoch"),
        MODEL("model"),
        PRECISION("served precision"),
        FILE_MISSING("file"),
        FILE_SIZE("size of the file"),
        FILE_DIGEST("digest of the file"),
        FILE_BROKEN("content of the file"),
        TENSOR_MISSING("presence"),
        TENSOR_UNKNOWN("name"),
        TENSOR_TYPE("dtype"),
        TENSOR_SHAPE("shape"),
        TENSOR_DIGEST("digest in the file"),
        RESIDENT_DIGEST("digest of the resident buffer");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
