package rl.ballast.modeling.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.protocol.role.ServedPrecision;

/// `manifest.json` of one published policy version: where it comes from and what exactly is in it.
///
/// @param version of the policy
/// @param step that produced it; 0 before the first
/// @param parent version that the step started from; null for the first
/// @param epoch of the learner that published it
/// @param modelDigest [rl.ballast.modeling.config.ModelConfigWriter#digest] of its configuration
/// @param files every file of the folder but the manifest, by name
/// @param tensors in the order of [ParameterLayout]
/// @param probe what the learner says of a few sequences with these weights; null if nothing
public record WeightManifest(
        int formatVersion,
        long version,
        int step,
        @Nullable Long parent,
        long epoch,
        String modelDigest,
        List<FileEntry> files,
        List<TensorEntry> tensors,
        @Nullable BehaviourProbe probe) {
    public static final String FILE = "manifest.json";
    public static final int FORMAT_VERSION = 1;

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /// @param name without a path
    public record FileEntry(String name, long bytes, String sha256) {
        /// @throws IllegalArgumentException if the name could lead out of the folder
        public FileEntry {
            Objects.requireNonNull(sha256, "files.sha256");
            if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals("..") || name.equals(".")) {
                throw new IllegalArgumentException("files: expected a plain file name, found '%s'".formatted(name));
            }
        }
    }

    /// @param type in the files of the folder
    /// @param sha256 [TensorDigest] of the tensor in the files
    /// @param served [TensorDigest] of what an engine computes with, by precision
    public record TensorEntry(
            String name, TensorType type, long[] shape, String sha256, Map<ServedPrecision, String> served) {
        public TensorEntry {
            Objects.requireNonNull(name, "tensors.name");
            Objects.requireNonNull(type, "tensors.type");
            Objects.requireNonNull(shape, "tensors.shape");
            Objects.requireNonNull(sha256, "tensors.sha256");
            served = Collections.unmodifiableSortedMap(new TreeMap<>(served));
        }
    }

    /// @throws IllegalArgumentException naming the field
    public WeightManifest {
        if (formatVersion != FORMAT_VERSION) {
            throw new IllegalArgumentException(
                    "formatVersion: expected %d, found %d".formatted(FORMAT_VERSION, formatVersion));
        }
        if (version < 1 || (parent != null && (parent < 1 || parent >= version))) {
            throw new IllegalArgumentException(
                    "version and parent: expected 1 <= parent < version, found %s and %d".formatted(parent, version));
        }
        files = List.copyOf(files);
        tensors = List.copyOf(tensors);
        Set<String> names = new HashSet<>();
        for (TensorEntry tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("tensors: '%s' twice".formatted(tensor.name()));
            }
        }
    }

    /// The bytes of `manifest.json`.
    public byte[] toJson() {
        try {
            return JSON.writerWithDefaultPrettyPrinter()
                    .writeValueAsString(this)
                    .getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a manifest cannot be written", e);
        }
    }

    /// @param file for messages
    /// @throws InvalidModel if the bytes are no manifest
    public static WeightManifest parse(Path file, byte[] json) {
        try {
            return JSON.readValue(new String(json, StandardCharsets.UTF_8), WeightManifest.class);
        } catch (JsonProcessingException e) {
            throw new InvalidModel(file, "content", "a weight manifest", e.getOriginalMessage(), e);
        }
    }

    /// SHA-256 of the weights alone: that of every version with exactly these values.
    public String weightsDigest() {
        String all = tensors.stream()
                .map(tensor -> "%s %s\n".formatted(tensor.name(), tensor.sha256()))
                .collect(Collectors.joining());
        return digest(all.getBytes(StandardCharsets.UTF_8));
    }

    /// SHA-256 of the bytes of a manifest, as announced to engines.
    public static String digest(byte[] json) {
        return HexFormat.of().formatHex(TensorDigest.sha256().digest(json));
    }
}
