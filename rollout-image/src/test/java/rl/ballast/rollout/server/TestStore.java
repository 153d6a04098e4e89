package rl.ballast.rollout.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.modeling.weights.WeightManifest;
import rl.ballast.modeling.weights.WeightPublisher;
import rl.ballast.modeling.weights.WeightPublisher.Lineage;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.store.Epochs;
import rl.ballast.protocol.store.RunIdentity;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.WeightsAnnouncement;

/// A run's folder with a tiny model, and a learner's hand in it.
final class TestStore implements AutoCloseable {
    static final String UID = "11111111-2222-3333-4444-555555555555";
    private static final Path MODEL =
            Path.of("..", "modeling", "src", "test", "resources", "fixtures", "moe-normalised");

    final StoreLayout layout;
    final ModelConfig config;
    final FlatParameterStore weights;
    private long epoch;

    TestStore(Path root) {
        layout = new StoreLayout(root);
        config = ModelConfigReader.read(MODEL);
        weights = FlatParameterStore.load(MODEL, config);
        RunIdentity.open(
                layout,
                new RunIdentity(UID, "test", "00", "00", "2026-01-01T00:00:00Z", RunIdentity.FORMAT_VERSION),
                RunIdentity.Adoption.NONE);
        newEpoch();
    }

    long epoch() {
        return epoch;
    }

    /// A learner starts again.
    long newEpoch() {
        epoch = Epochs.of(layout).next();
        return epoch;
    }

    /// Changes every weight a little, as an update does.
    void update(long seed) {
        var random = new SplittableRandom(seed);
        MemorySegment all = weights.weights();
        for (long i = 0; i < weights.elements(); i++) {
            float value = all.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            all.setAtIndex(ValueLayout.JAVA_FLOAT, i, value + (float) random.nextDouble(-1e-3, 1e-3));
        }
    }

    /// Publishes the weights as they are and returns what a learner announces.
    WeightsAnnouncement publish(long version) {
        Set<ServedPrecision> precisions = EnumSet.allOf(ServedPrecision.class);
        var parent = version == 1 ? null : new PolicyVersion(version - 1);
        return new WeightPublisher(layout, config, MODEL)
                .publish(weights, new Lineage(new PolicyVersion(version), (int) version, parent, epoch), precisions)
                .announcement();
    }

    Path file(long version, String name) {
        return layout.weights(new PolicyVersion(version)).resolve(name);
    }

    /// Puts one tensor of an earlier version into a later one, as a publisher with a stale buffer would.
    void keepTensor(String name, long from, long to) {
        long offset = offsetOf(file(to, "model.safetensors"), name);
        long bytes = weights.weights(name).byteSize();
        try (FileChannel source = FileChannel.open(file(from, "model.safetensors"));
                FileChannel target = FileChannel.open(file(to, "model.safetensors"), StandardOpenOption.WRITE)) {
            source.position(offset);
            target.transferFrom(source, offset, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long offsetOf(Path file, String name) {
        try (FileChannel channel = FileChannel.open(file)) {
            MemorySegment map =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), java.lang.foreign.Arena.ofAuto());
            long header = map.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            byte[] json = map.asSlice(8, header).toArray(ValueLayout.JAVA_BYTE);
            var tree = new com.fasterxml.jackson.databind.ObjectMapper().readTree(json);
            return 8 + header + tree.get(name).get("data_offsets").get(0).asLong();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Rewrites a manifest with one text replaced by another, and announces the result.
    WeightsAnnouncement forgeManifest(long version, String text, String replacement) throws IOException {
        Path file = file(version, WeightManifest.FILE);
        String before = Files.readString(file);
        String after = before.replace(text, replacement);
        if (after.equals(before)) {
            throw new IllegalArgumentException("manifest has no " + text);
        }
        Files.writeString(file, after);
        return new WeightsAnnouncement(
                epoch,
                version,
                "weights/" + new PolicyVersion(version).folder(),
                WeightManifest.digest(Files.readAllBytes(file)));
    }

    @Override
    public void close() {
        weights.close();
    }
}
