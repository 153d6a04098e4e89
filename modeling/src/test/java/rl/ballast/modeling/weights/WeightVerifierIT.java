package rl.ballast.modeling.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rl.ballast.modeling.Fixtures;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.config.ModelConfigWriter;
import rl.ballast.modeling.weights.Verification.Reason;
import rl.ballast.modeling.weights.Verification.Refused;
import rl.ballast.modeling.weights.Verification.Verified;
import rl.ballast.modeling.weights.WeightPublisher.Lineage;
import rl.ballast.modeling.weights.WeightPublisher.Published;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.store.Epochs;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.WeightsAnnouncement;

/// Publishing and verifying, and every way in which a version can be wrong.
final class WeightVerifierIT {
    private static final String MODEL = "moe-mixed-layers-sharded";
    private static final String CHANGED = "model.layers.1.mlp.experts.3.up_proj.weight";

    @TempDir
    Path root;

    private final Arena arena = Arena.ofConfined();
    private final ModelConfig config = ModelConfigReader.read(Fixtures.folder(MODEL));
    private final FlatParameterStore weights = FlatParameterStore.load(Fixtures.folder(MODEL), config);
    private @Nullable StoreLayout layout;

    @BeforeEach
    void takeAnEpoch() {
        layout = new StoreLayout(root);
        Epochs.of(layout).next();
    }

    @AfterEach
    void close() {
        weights.close();
        arena.close();
    }

    @ParameterizedTest
    @EnumSource(ServedPrecision.class)
    void anEngineAcceptsWhatWasPublished(ServedPrecision precision) {
        Published published = publish(1);

        Verified verified = verified(verify(published.announcement(), precision));

        assertThat(verified.config()).isEqualTo(config);
        assertThat(verified.manifest()).usingRecursiveComparison().isEqualTo(published.manifest());
        assertThat(verified.checkResident(verified.weights().tensors().values()))
                .isEmpty();
        assertThat(layout().current()).hasContent("v000001");
        assertThat(published.announcement().folder()).isEqualTo("weights/v000001");
    }

    @Test
    void aVersionIsAHuggingFaceFolder() {
        Published published = publish(1);

        try (FlatParameterStore loaded =
                FlatParameterStore.load(published.folder(), ModelConfigReader.read(published.folder()))) {
            assertThat(loaded.weights().mismatch(weights.weights())).isEqualTo(-1);
        }
        assertThat(published.folder().resolve("generation_config.json"))
                .hasSameBinaryContentAs(Fixtures.folder(MODEL).resolve("generation_config.json"));
        assertThat(published.folder().resolve("config.json")).content().contains("\"dtype\" : \"float32\"");
    }

    @Test
    void theSameWeightsGiveTheSameFile() throws IOException {
        publish(1);
        publish(2);

        assertThat(Files.mismatch(file(1, "model.safetensors"), file(2, "model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void refusesAVersionWhoseFileKeptOneTensor() throws IOException {
        publish(1);
        change(CHANGED);
        Published published = publish(2);
        copyTensor(file(1, "model.safetensors"), file(2, "model.safetensors"), CHANGED);

        Refused refused = refused(verify(published.announcement(), ServedPrecision.F32));

        assertThat(refused.reason()).isEqualTo(Reason.TENSOR_DIGEST);
        assertThat(refused.tensor()).isEqualTo(CHANGED);
        assertThat(refused.message()).contains("v000002", CHANGED, "digest in the file: expected ");
    }

    @ParameterizedTest
    @EnumSource(ServedPrecision.class)
    void refusesAResidentBufferThatKeptTheOldTensor(ServedPrecision precision) {
        Verified before = verified(verify(publish(1).announcement(), precision));
        change(CHANGED);
        Verified after = verified(verify(publish(2).announcement(), precision));
        List<ServedTensor> resident = new ArrayList<>();
        for (ServedTensor tensor : after.weights().tensors().values()) {
            resident.add(tensor.name().equals(CHANGED) ? before.weights().tensor(CHANGED) : tensor);
        }

        Optional<Refused> refused = after.checkResident(resident);

        assertThat(refused).hasValueSatisfying(found -> {
            assertThat(found.reason()).isEqualTo(Reason.RESIDENT_DIGEST);
            assertThat(found.tensor()).isEqualTo(CHANGED);
        });
        resident.removeIf(tensor -> tensor.name().equals(CHANGED));
        assertThat(after.checkResident(resident)).hasValueSatisfying(found -> {
            assertThat(found.tensor()).isEqualTo(CHANGED);
            assertThat(found.found()).isEqualTo("nothing");
        });
    }

    @Test
    void refusesAnotherTypeAnotherShapeAMissingAndAnUnknownTensor() {
        Published published = publish(1);
        MemorySegment half = arena.allocate(16 * 12 * 2);

        assertRefusedAfter(
                published,
                CHANGED,
                new SafetensorsWriter.Tensor(CHANGED, TensorType.BF16, new long[] {12, 16}, half),
                Reason.TENSOR_TYPE,
                "expected F32, found BF16");
        assertRefusedAfter(
                published,
                CHANGED,
                new SafetensorsWriter.Tensor(CHANGED, TensorType.F32, new long[] {16, 12}, arena.allocate(16 * 12 * 4)),
                Reason.TENSOR_SHAPE,
                "expected [12, 16], found [16, 12]");
        assertRefusedAfter(published, CHANGED, null, Reason.TENSOR_MISSING, "expected a tensor, found nothing");
    }

    @Test
    void namesTheTensorThatATruncatedFileCuts() throws IOException {
        Published published = publish(1);
        try (FileChannel channel = FileChannel.open(file(1, "model.safetensors"), StandardOpenOption.WRITE)) {
            // lm_head is 97 * 16 floats, the final norm before it 16
            channel.truncate(channel.size() - 97 * 16 * 4 - 1);
        }

        Refused refused = refused(verify(published.announcement(), ServedPrecision.F32));

        assertThat(refused.reason()).isEqualTo(Reason.FILE_SIZE);
        assertThat(refused.tensor()).isEqualTo("model.norm.weight");
        assertThat(refused.message()).contains("model.safetensors", "size of the file: expected ");
    }

    @Test
    void refusesAFileThatIsMissingOrChanged() throws IOException {
        Published published = publish(1);
        byte[] json = Files.readAllBytes(file(1, "generation_config.json"));
        json[json.length - 2] ^= 1;
        Files.write(file(1, "generation_config.json"), json);
        assertThat(refused(verify(published.announcement(), ServedPrecision.F32))
                        .reason())
                .isEqualTo(Reason.FILE_DIGEST);

        Files.delete(file(1, "generation_config.json"));
        assertThat(refused(verify(published.announcement(), ServedPrecision.F32))
                        .reason())
                .isEqualTo(Reason.FILE_MISSING);
    }

    @Test
    void refusesAnOlderEpoch() {
        Published published = publish(1);

        Refused refused = refused(
                new WeightVerifier(layout(), ServedPrecision.F32).load(published.announcement(), 2, null, arena));

        assertThat(refused.reason()).isEqualTo(Reason.EPOCH);
        assertThat(refused.message()).contains("epoch: expected at least 2, found 1");
    }

    @Test
    void refusesAManifestOfALaterEpochThanAnnounced() {
        Epochs.of(layout()).next();
        Published published = publish(1, 2);

        assertThat(refused(verify(announcement(published, 1, 1), ServedPrecision.F32))
                        .reason())
                .isEqualTo(Reason.EPOCH);
    }

    @Test
    void refusesAManifestThatIsNotTheAnnouncedOne() throws IOException {
        Published published = publish(1);
        assertThat(refused(verify(announcement(published, 1, 2), ServedPrecision.F32))
                        .reason())
                .isEqualTo(Reason.VERSION);

        Path manifest = file(1, WeightManifest.FILE);
        Files.writeString(manifest, Files.readString(manifest).replace("\"step\" : 1", "\"step\" : 2"));
        assertThat(refused(verify(published.announcement(), ServedPrecision.F32))
                        .reason())
                .isEqualTo(Reason.MANIFEST_DIGEST);

        Files.delete(manifest);
        assertThat(refused(verify(published.announcement(), ServedPrecision.F32))
                        .reason())
                .isEqualTo(Reason.MANIFEST);
    }

    @Test
    void refusesAManifestOfAnotherModel() {
        Published published = publish(1);
        String other = ModelConfigWriter.digest(ModelConfigReader.read(Fixtures.folder("moe-normalised")));

        Refused refused = refused(
                new WeightVerifier(layout(), ServedPrecision.F32).load(published.announcement(), 1, other, arena));

        assertThat(refused.reason()).isEqualTo(Reason.MODEL);
        assertThat(refused.expected()).isEqualTo(other);
    }

    @Test
    void refusesAFolderOutsideTheStore() {
        WeightsAnnouncement announcement = new WeightsAnnouncement(1, 1, "../other", "00");

        assertThat(refused(verify(announcement, ServedPrecision.F32)).reason()).isEqualTo(Reason.FOLDER);
    }

    @Test
    void theProbeTravelsInTheManifest() {
        BehaviourProbe probe = new BehaviourProbe(List.of(new int[] {1, 2, 3}), List.of(new float[] {-1.5f, -0.25f}));
        Published published = new WeightPublisher(layout(), config, Fixtures.folder(MODEL))
                .publish(
                        weights, new Lineage(new PolicyVersion(1), 0, null, 1), EnumSet.of(ServedPrecision.F32), probe);

        Verified verified = verified(verify(published.announcement(), ServedPrecision.F32));

        assertThat(verified.manifest().probe()).usingRecursiveComparison().isEqualTo(probe);
    }

    @Test
    void refusesAProbeThatIsNone() throws IOException {
        Published published = publish(1);
        Path file = published.folder().resolve(WeightManifest.FILE);
        String broken = Files.readString(file)
                .replace("\"probe\" : null", "\"probe\" : {\"sequences\": [[1, 2]], \"logProbs\": [[]]}");
        Files.writeString(file, broken);
        WeightsAnnouncement announcement = new WeightsAnnouncement(
                1,
                1,
                published.announcement().folder(),
                WeightManifest.digest(broken.getBytes(java.nio.charset.StandardCharsets.UTF_8)));

        assertThat(refused(verify(announcement, ServedPrecision.F32)).message())
                .contains("probe.logProbs[0]: expected 1 values, found 0");
    }

    @Test
    void refusesAPrecisionThatTheManifestDoesNotProve() {
        WeightPublisher publisher = new WeightPublisher(layout(), config, Fixtures.folder(MODEL));
        Published published = publisher.publish(
                weights, new Lineage(new PolicyVersion(1), 0, null, 1), EnumSet.of(ServedPrecision.F32));

        Refused refused = refused(verify(published.announcement(), ServedPrecision.FP8));

        assertThat(refused.reason()).isEqualTo(Reason.PRECISION);
        assertThat(refused.message()).contains("expected a digest for FP8, found [F32]");
    }

    @Test
    void aVersionIsNeverPublishedTwiceNorByALearnerThatWasReplaced() {
        publish(1);
        assertThatThrownBy(() -> publish(1))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining("v000001");

        Epochs.of(layout()).next();

        assertThatThrownBy(() -> publish(2))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining("newer learner");
        assertThat(layout().weights(new PolicyVersion(2))).doesNotExist();
    }

    @Test
    void refusesToPublishNumbersThatAreNotFinite() {
        weights.weights(CHANGED).setAtIndex(ValueLayout.JAVA_FLOAT, 5, Float.NaN);

        assertThatThrownBy(() -> publish(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tensor '" + CHANGED + "': expected finite numbers");
        assertThat(layout().weights()).doesNotExist();
    }

    private void assertRefusedAfter(
            Published published,
            String name,
            SafetensorsWriter.@Nullable Tensor replacement,
            Reason reason,
            String message) {
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (ParameterStore.Slice slice : weights.slices()) {
            if (!slice.name().equals(name)) {
                tensors.add(new SafetensorsWriter.Tensor(
                        slice.name(), TensorType.F32, slice.shape(), weights.weights(slice.name())));
            } else if (replacement != null) {
                tensors.add(replacement);
            }
        }
        // As a broken writer would do it: the file is in the manifest as it is.
        SafetensorsWriter.write(published.folder().resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        WeightsAnnouncement announcement = redigested(published);

        Refused refused = refused(verify(announcement, ServedPrecision.F32));

        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused.tensor()).isEqualTo(name);
        assertThat(refused.message()).contains(message);
    }

    private static WeightsAnnouncement redigested(Published published) {
        try {
            Path file = published.folder().resolve("model.safetensors");
            byte[] bytes = Files.readAllBytes(file);
            WeightManifest manifest = published.manifest();
            List<WeightManifest.FileEntry> files = new ArrayList<>(manifest.files());
            files.removeIf(entry -> entry.name().equals("model.safetensors"));
            files.add(new WeightManifest.FileEntry("model.safetensors", bytes.length, WeightManifest.digest(bytes)));
            byte[] json = new WeightManifest(
                            1,
                            manifest.version(),
                            manifest.step(),
                            manifest.parent(),
                            manifest.epoch(),
                            manifest.modelDigest(),
                            files,
                            manifest.tensors(),
                            manifest.probe())
                    .toJson();
            Files.write(published.folder().resolve(WeightManifest.FILE), json);
            return new WeightsAnnouncement(
                    1, manifest.version(), published.announcement().folder(), WeightManifest.digest(json));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void change(String name) {
        MemorySegment values = weights.weights(name);
        for (long i = 0; i < values.byteSize() / 4; i++) {
            values.setAtIndex(ValueLayout.JAVA_FLOAT, i, -values.getAtIndex(ValueLayout.JAVA_FLOAT, i));
        }
    }

    private static void copyTensor(Path from, Path to, String name) throws IOException {
        try (Arena scratch = Arena.ofConfined();
                FileChannel channel = FileChannel.open(to, StandardOpenOption.WRITE)) {
            MemorySegment old = SafetensorsFile.open(from, scratch).tensor(name).data();
            SafetensorsFile target = SafetensorsFile.open(to, scratch);
            long end = target.tensors().values().stream()
                    .mapToLong(tensor -> tensor.data().address() + tensor.data().byteSize())
                    .max()
                    .orElseThrow();
            channel.write(
                    old.asByteBuffer(),
                    channel.size() - (end - target.tensor(name).data().address()));
        }
    }

    private Published publish(long version) {
        return publish(version, 1);
    }

    private Published publish(long version, long epoch) {
        PolicyVersion parent = version == 1 ? null : new PolicyVersion(version - 1);
        return new WeightPublisher(layout(), config, Fixtures.folder(MODEL))
                .publish(
                        weights,
                        new Lineage(new PolicyVersion(version), 1, parent, epoch),
                        EnumSet.allOf(ServedPrecision.class));
    }

    private static WeightsAnnouncement announcement(Published published, long epoch, long version) {
        WeightsAnnouncement announcement = published.announcement();
        return new WeightsAnnouncement(epoch, version, announcement.folder(), announcement.manifestSha256());
    }

    private Verification verify(WeightsAnnouncement announcement, ServedPrecision precision) {
        return new WeightVerifier(layout(), precision).load(announcement, 1, ModelConfigWriter.digest(config), arena);
    }

    private static Verified verified(Verification verification) {
        assertThat(verification).isInstanceOf(Verified.class);
        return (Verified) verification;
    }

    private static Refused refused(Verification verification) {
        assertThat(verification).isInstanceOf(Refused.class);
        return (Refused) verification;
    }

    private Path file(long version, String name) {
        return layout().weights(new PolicyVersion(version)).resolve(name);
    }

    private StoreLayout layout() {
        return Objects.requireNonNull(layout);
    }
}
