package rl.ballast.operator.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.LearnerSpec;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.RolloutPool;
import rl.ballast.crds.RolloutPoolSpec;
import rl.ballast.crds.RolloutsSpec;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.crds.plan.RunPlanner;
import rl.ballast.crds.plan.Site;
import rl.ballast.operator.settings.OperatorSettings;

/// A run as the one planner sees it on this cluster: its spec with the engines of its pool. Pure.
public final class RunInterpretation {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int REVISION_CHARACTERS = 10;

    private RunInterpretation() {}

    /// The spec with the pool's engines in place of the run's own.
    ///
    /// @param pool null while there is none: the spec as it is
    public static RLRunSpec spec(RLRunSpec spec, @Nullable RolloutPoolSpec pool) {
        if (pool == null) {
            return spec;
        }
        return spec.withRollouts(new RolloutsSpec(
                null,
                Math.max(1, spec.rollouts().allowed(pool.replicas())),
                null,
                pool.suspend(),
                pool.precision(),
                pool.backend(),
                pool.engine(),
                pool.template()));
    }

    /// @param pool name of the engines' pool
    /// @param token an empty one where only pods are rendered: pods do not show it
    /// @param storeBytes of the volume, 0 while unknown; likewise
    /// @throws rl.ballast.crds.schema.InvalidSpec if a cluster cannot serve the spec
    public static RunPlan plan(
            RLRun run,
            @Nullable RolloutPoolSpec poolSpec,
            String pool,
            OperatorSettings settings,
            String token,
            long storeBytes) {
        var metadata = run.getMetadata();
        return RunPlanner.plan(
                metadata.getName(),
                metadata.getUid(),
                spec(run.getSpec(), poolSpec),
                new Site.Cluster(
                        metadata.getNamespace(),
                        pool,
                        settings.pods().processors(),
                        token,
                        true,
                        adopts(run.getSpec(), poolSpec),
                        storeBytes));
    }

    /// The volume is the run's own, or that of the pool that it shares.
    private static boolean adopts(RLRunSpec spec, @Nullable RolloutPoolSpec pool) {
        return Stream.of(
                        Optional.ofNullable(spec.storage()),
                        Optional.ofNullable(pool).map(RolloutPoolSpec::storage))
                .flatMap(Optional::stream)
                .anyMatch(StorageSpec::adopt);
    }

    /// Name of the pool that serves a run.
    public static String poolName(RLRun run) {
        var named = run.getSpec().rollouts().pool();
        return named == null ? run.getMetadata().getName() : named.name();
    }

    /// The files of a plan by their names in the secret.
    public static Map<String, String> files(RunPlan plan) {
        Map<String, String> files = new TreeMap<>();
        plan.allFiles()
                .forEach(file -> files.put(file.path().substring(file.path().lastIndexOf('/') + 1), file.content()));
        return files;
    }

    /// Digest of what a change of makes engines new. Images and settings of the operator are left out: its upgrade
    /// restarts nothing.
    public static String revision(RolloutPool pool, String run) {
        RolloutPoolSpec spec = pool.getSpec();
        List<@Nullable Object> parts = new ArrayList<>(List.of(run, spec.precision(), spec.backend(), spec.engine()));
        if (spec.template() != null) {
            parts.add(spec.template());
        }
        return digest(parts);
    }

    /// Digest of what a change of may help a learner that has not started. The operator's own is left out here, too.
    public static String revision(LearnerSpec spec) {
        List<@Nullable Object> parts = new ArrayList<>();
        parts.add(spec.computeThreads());
        parts.add(spec.maxMicroBatchTokens());
        parts.add(spec.activationRecompute());
        parts.add(spec.template());
        return digest(parts);
    }

    private static String digest(List<@Nullable Object> parts) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(JSON.writeValueAsString(parts).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, REVISION_CHARACTERS);
        } catch (NoSuchAlgorithmException | JsonProcessingException e) {
            throw new IllegalStateException("every platform has SHA-256, and specs can be written", e);
        }
    }
}
