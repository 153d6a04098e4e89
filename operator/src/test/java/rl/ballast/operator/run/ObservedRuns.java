package rl.ballast.operator.run;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.file.RunFile;
import rl.ballast.operator.pods.PodFacts;

/// Runs as the operator finds them: that of the quickstart, with changes.
final class ObservedRuns {
    private static final Path FILE = Path.of("src/test/golden/quickstart/rlrun.yaml");
    private static final String UID = "6f1c2a34-0000-4000-8000-00000000000";
    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    private ObservedRuns() {}

    /// @param changes as `--set` takes them, for example `learner.replicas=2`
    static RLRun run(String... changes) {
        RLRun run = JSON.convertValue(RunFile.read(FILE, List.of(changes)).json(), RLRun.class);
        run.getMetadata().setNamespace("team-a");
        run.getMetadata().setUid(UID + 1);
        run.getMetadata().setGeneration(1L);
        return run;
    }

    /// With nothing made for it yet.
    static RunObserved fresh(RLRun run) {
        return observed(run, null, null, null);
    }

    /// With its learner group and its pool.
    ///
    /// @param replicas that the pool says, whoever wrote it
    static RunObserved begun(RLRun run, int replicas) {
        ChildRenderer children = new ChildRenderer(JSON);
        GenericKubernetesResource pool = withUid(children.pool(run, true), 3);
        pool.<Map<String, Object>>get("spec").put("replicas", replicas);
        return observed(
                run,
                JSON.convertValue(withUid(children.group(run), 2), LearnerGroup.class),
                JSON.convertValue(pool, RolloutPool.class),
                null);
    }

    /// The same with a claim and pods.
    static RunObserved with(RunObserved run, PersistentVolumeClaim claim, PodFacts... pods) {
        return observed(run.run(), run.group(), run.pool(), claim, pods);
    }

    private static RunObserved observed(
            RLRun run,
            @Nullable LearnerGroup group,
            @Nullable RolloutPool pool,
            @Nullable PersistentVolumeClaim claim,
            PodFacts... pods) {
        return new RunObserved(
                run,
                null,
                group,
                null,
                pool,
                List.of(pods),
                null,
                null,
                claim,
                null,
                Others.NONE,
                Optional.empty(),
                false,
                Instant.parse("2026-01-01T00:00:00Z"));
    }

    private static GenericKubernetesResource withUid(GenericKubernetesResource object, int number) {
        object.getMetadata().setUid(UID + number);
        object.getMetadata().setGeneration(1L);
        return object;
    }
}
