package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolStatus;
import rl.ballast.crds.file.RunFile;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.objects.Group;
import rl.ballast.operator.objects.GroupRenderer;
import rl.ballast.operator.pods.PodRenderer;
import rl.ballast.operator.settings.OperatorSettings;

/// A run in, every object out: one folder per case, with a `pool.yaml` where the run shares a pool, and a
/// `settings.properties` where the operator's are not the defaults. After a wanted change run this test
/// with `-Dballast.golden.write=true` and read the difference.
class GoldenRunTest {
    private static final Path FOLDER = Path.of("src/test/golden");
    private static final String UID = "6f1c2a34-0000-4000-8000-00000000000%d";

    private final KubernetesSerialization json = new KubernetesSerialization();

    static Stream<String> cases() throws IOException {
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void objectsAreTheGoldenOnes(String name) throws IOException {
        RLRun run = RunFile.read(FOLDER.resolve(name).resolve("rlrun.yaml")).run();
        run.getMetadata().setNamespace("team-a");
        run.getMetadata().setUid(UID.formatted(1));
        run.getMetadata().setGeneration(1L);

        OperatorSettings settings = settings(FOLDER.resolve(name).resolve("settings.properties"));
        Path shared = FOLDER.resolve(name).resolve("pool.yaml");
        List<HasMetadata> objects =
                Files.exists(shared) ? renderSharing(run, pool(shared, run), settings) : renderPlain(run, settings);

        String yaml = objects.stream().map(json::asYaml).collect(Collectors.joining());
        Path golden = FOLDER.resolve(name).resolve("expected.yaml");
        if (Boolean.getBoolean("ballast.golden.write")) {
            Files.writeString(golden, yaml);
        }
        assertThat(Files.readString(golden)).isEqualTo(yaml);
        assertThat(objects).allSatisfy(object -> {
            assertThat(object.getMetadata().getName()).hasSizeLessThanOrEqualTo(63);
            assertThat(object.getMetadata().getNamespace()).isEqualTo("team-a");
        });
    }

    private List<HasMetadata> renderPlain(RLRun run, OperatorSettings settings) {
        GenericKubernetesResource pool = withUid(new ChildRenderer(json).pool(run, true), 3);
        return render(run, json.convertValue(pool, RolloutPool.class), Stream.of(pool), settings);
    }

    private List<HasMetadata> renderSharing(RLRun run, RolloutPool pool, OperatorSettings settings) {
        List<HasMetadata> objects = render(run, pool, Stream.empty(), settings);
        GoldenPool.objects(pool, run, settings, json).forEach(objects::add);
        return objects;
    }

    private List<HasMetadata> render(
            RLRun run, RolloutPool pool, Stream<GenericKubernetesResource> owned, OperatorSettings settings) {
        GenericKubernetesResource group = withUid(new ChildRenderer(json).group(run), 2);
        RunObserved observed = new RunObserved(
                run,
                null,
                json.convertValue(group, LearnerGroup.class),
                null,
                pool,
                List.of(),
                null,
                null,
                null,
                null,
                Others.NONE,
                Optional.empty(),
                false,
                Instant.parse("2026-01-01T00:00:00Z"));
        RunDecision decision = RunDecider.decide(observed, settings);
        RunObjects shared = new RunObjects(settings);
        List<HasMetadata> objects = new ArrayList<>(List.of(group));
        owned.forEach(objects::add);
        objects.add(shared.service(observed));
        shared.claim(observed).ifPresent(objects::add);
        objects.add(readable(GroupRenderer.secret(Group.ofRun(run), "token", shared.files(observed, "token"))));
        shared.policy(observed).ifPresent(objects::add);
        shared.budget(observed, decision).ifPresent(objects::add);
        RunPods pods = new RunPods(new PodRenderer(settings, json));
        objects.addAll(pods.learner(observed, decision, Objects.requireNonNull(observed.group()), pool));
        objects.addAll(pods.engines(observed, decision, pool));
        return objects;
    }

    /// Another's pool, which the run holds.
    private RolloutPool pool(Path file, RLRun run) throws IOException {
        RolloutPool pool = json.unmarshal(Files.readString(file), RolloutPool.class);
        pool.getMetadata().setNamespace("team-a");
        pool.getMetadata().setUid(UID.formatted(3));
        pool.getMetadata().setGeneration(1L);
        pool.setStatus(new RolloutPoolStatus(
                null,
                null,
                null,
                null,
                null,
                null,
                run.getMetadata().getName(),
                run.getMetadata().getUid(),
                null));
        return pool;
    }

    /// A case may have settings of its own.
    private static OperatorSettings settings(Path file) throws IOException {
        return Files.exists(file) ? TestSettings.read(file) : TestSettings.of();
    }

    private static GenericKubernetesResource withUid(GenericKubernetesResource object, int number) {
        object.getMetadata().setUid(UID.formatted(number));
        object.getMetadata().setGeneration(1L);
        return object;
    }

    /// The secret as a person can compare it.
    private static Secret readable(Secret secret) {
        Map<String, String> texts = new TreeMap<>();
        secret.getData()
                .forEach((key, value) ->
                        texts.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
        secret.setStringData(texts);
        secret.setData(null);
        return secret;
    }
}
