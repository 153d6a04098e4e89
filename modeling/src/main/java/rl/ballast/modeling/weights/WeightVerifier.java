package rl.ballast.modeling.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.config.ModelConfigWriter;
import rl.ballast.modeling.weights.Verification.Reason;
import rl.ballast.modeling.weights.Verification.Refused;
import rl.ballast.modeling.weights.Verification.Verified;
import rl.ballast.modeling.weights.WeightManifest.FileEntry;
import rl.ballast.modeling.weights.WeightManifest.TensorEntry;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.WeightsAnnouncement;

/// Loads an announced version on the engine's side and believes nothing: manifest, version, epoch, model, every
/// file and every tensor are compared before a byte is converted. Stateless; each call stands alone.
///
/// @param store the run's folder
/// @param precision in which the engine serves
public record WeightVerifier(StoreLayout store, ServedPrecision precision) {

    /// @param newestEpoch the newest that the engine has seen; 0 at first
    /// @param modelDigest of the model the engine serves; null at first
    /// @param arena receives the converted weights
    /// @throws UncheckedIOException if the store cannot be read (that says nothing about the version)
    public Verification load(
            WeightsAnnouncement announcement, long newestEpoch, @Nullable String modelDigest, Arena arena) {
        if (announcement.epoch() < newestEpoch) {
            return new Refused(Reason.EPOCH, null, store.root(), "at least " + newestEpoch, "" + announcement.epoch());
        }
        Path folder;
        try {
            folder = store.inside(announcement.folder());
        } catch (IllegalArgumentException e) {
            return new Refused(Reason.FOLDER, null, store.root(), "a folder inside the store", announcement.folder());
        }
        Path manifestFile = folder.resolve(WeightManifest.FILE);
        try {
            byte[] json = Files.readAllBytes(manifestFile);
            String digest = WeightManifest.digest(json);
            if (!digest.equals(announcement.manifestSha256())) {
                return new Refused(Reason.MANIFEST_DIGEST, null, manifestFile, announcement.manifestSha256(), digest);
            }
            WeightManifest manifest = WeightManifest.parse(manifestFile, json);
            Optional<Refused> refused = checkManifest(manifest, manifestFile, announcement, modelDigest)
                    .or(() -> checkFiles(manifest, folder));
            return refused.isPresent() ? refused.get() : convert(manifest, folder, arena);
        } catch (NoSuchFileException _) {
            return new Refused(Reason.MANIFEST, null, manifestFile, "a manifest", "nothing");
        } catch (InvalidModel e) {
            return new Refused(Reason.FILE_BROKEN, null, e.file(), e.field() + " to be " + e.expected(), e.found());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + manifestFile, e);
        }
    }

    private Optional<Refused> checkManifest(
            WeightManifest manifest, Path file, WeightsAnnouncement announcement, @Nullable String modelDigest) {
        if (manifest.version() != announcement.policyVersion()) {
            return refuse(Reason.VERSION, file, "" + announcement.policyVersion(), "" + manifest.version());
        }
        if (manifest.epoch() > announcement.epoch()) {
            return refuse(Reason.EPOCH, file, "at most " + announcement.epoch(), "" + manifest.epoch());
        }
        if (modelDigest != null && !modelDigest.equals(manifest.modelDigest())) {
            return refuse(Reason.MODEL, file, modelDigest, manifest.modelDigest());
        }
        for (TensorEntry tensor : manifest.tensors()) {
            if (!tensor.served().containsKey(precision)) {
                return Optional.of(new Refused(
                        Reason.PRECISION,
                        tensor.name(),
                        file,
                        "a digest for " + precision,
                        "" + tensor.served().keySet()));
            }
        }
        return Optional.empty();
    }

    private static Optional<Refused> checkFiles(WeightManifest manifest, Path folder) {
        for (FileEntry entry : manifest.files()) {
            Path file = folder.resolve(entry.name());
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                    Arena arena = Arena.ofConfined()) {
                if (channel.size() != entry.bytes()) {
                    String tensor = cutTensor(manifest, entry, channel.size());
                    return Optional.of(new Refused(
                            Reason.FILE_SIZE, tensor, file, entry.bytes() + " bytes", channel.size() + " bytes"));
                }
                String found = digest(channel.map(FileChannel.MapMode.READ_ONLY, 0, entry.bytes(), arena));
                if (!found.equals(entry.sha256())) {
                    Optional<Refused> tensor = checkTensors(manifest, folder, true);
                    return tensor.isPresent() ? tensor : refuse(Reason.FILE_DIGEST, file, entry.sha256(), found);
                }
            } catch (NoSuchFileException _) {
                return refuse(Reason.FILE_MISSING, file, "a file", "nothing");
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file, e);
            }
        }
        return checkTensors(manifest, folder, false);
    }

    /// The first tensor that is not whole in a truncated file of all weights.
    private static @Nullable String cutTensor(WeightManifest manifest, FileEntry entry, long size) {
        if (!entry.name().equals(ModelWeights.SINGLE_FILE) || size > entry.bytes()) {
            return null;
        }
        long end = entry.bytes();
        String cut = null;
        for (TensorEntry tensor : manifest.tensors().reversed()) {
            if (end <= size) {
                break;
            }
            cut = tensor.name();
            end -= Arrays.stream(tensor.shape()).reduce(tensor.type().bytes(), Math::multiplyExact);
        }
        return cut;
    }

    /// @param content also compare the bytes: only to name the tensor, since the digests of the files cover them
    private static Optional<Refused> checkTensors(WeightManifest manifest, Path folder, boolean content) {
        try (ModelWeights weights = ModelWeights.open(folder)) {
            Set<String> names = new HashSet<>(weights.tensors().keySet());
            for (TensorEntry entry : manifest.tensors()) {
                if (!names.remove(entry.name())) {
                    return Optional.of(new Refused(Reason.TENSOR_MISSING, entry.name(), folder, "a tensor", "nothing"));
                }
                Optional<Refused> refused = checkTensor(entry, weights.tensor(entry.name()), content);
                if (refused.isPresent()) {
                    return refused;
                }
            }
            return names.stream()
                    .sorted()
                    .findFirst()
                    .map(name -> new Refused(Reason.TENSOR_UNKNOWN, name, folder, "only the manifest's tensors", name));
        }
    }

    private static Optional<Refused> checkTensor(TensorEntry entry, StoredTensor tensor, boolean content) {
        if (tensor.type() != entry.type()) {
            return Optional.of(new Refused(
                    Reason.TENSOR_TYPE,
                    entry.name(),
                    tensor.file(),
                    entry.type().name(),
                    tensor.type().name()));
        }
        if (!Arrays.equals(tensor.shape(), entry.shape())) {
            return Optional.of(new Refused(
                    Reason.TENSOR_SHAPE,
                    entry.name(),
                    tensor.file(),
                    Arrays.toString(entry.shape()),
                    Arrays.toString(tensor.shape())));
        }
        if (!content) {
            return Optional.empty();
        }
        String found = TensorDigest.of(entry.name(), entry.type(), entry.shape(), tensor.data(), null);
        return found.equals(entry.sha256())
                ? Optional.empty()
                : Optional.of(new Refused(Reason.TENSOR_DIGEST, entry.name(), tensor.file(), entry.sha256(), found));
    }

    private Verification convert(WeightManifest manifest, Path folder, Arena arena) {
        ModelConfig config = ModelConfigReader.read(folder);
        String digest = ModelConfigWriter.digest(config);
        if (!digest.equals(manifest.modelDigest())) {
            return new Refused(Reason.MODEL, null, folder.resolve("config.json"), manifest.modelDigest(), digest);
        }
        try (ModelWeights weights = ModelWeights.open(folder)) {
            return new Verified(folder, manifest, config, ServedWeights.of(weights, config, precision, arena));
        }
    }

    private static Optional<Refused> refuse(Reason reason, Path file, String expected, String found) {
        return Optional.of(new Refused(reason, null, file, expected, found));
    }

    private static String digest(MemorySegment bytes) {
        MessageDigest digest = TensorDigest.sha256();
        SegmentChunks.forEach(bytes, digest::update);
        return HexFormat.of().formatHex(digest.digest());
    }
}
