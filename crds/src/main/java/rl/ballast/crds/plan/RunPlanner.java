package rl.ballast.crds.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.EngineSpec;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.check.AddressCheck;
import rl.ballast.crds.check.SupportedFeatures;
import rl.ballast.crds.plan.RolePlan.Mount;
import rl.ballast.crds.plan.RolePlan.Port;
import rl.ballast.crds.plan.RolePlan.Program;
import rl.ballast.crds.plan.RolePlan.Resources;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.protocol.recipe.ReplayDecision;
import rl.ballast.protocol.recipe.ReplayMode;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.role.FetchConfig.Target;
import rl.ballast.protocol.role.LearnerConfig;
import rl.ballast.protocol.run.ColdStartSpec;
import rl.ballast.protocol.run.EvaluationSpec;
import rl.ballast.protocol.run.RunRef;
import rl.ballast.protocol.run.TrainingSpec;

/// The one interpretation of a run: from a defaulted, checked spec and the facts of a site to files and processes.
/// Pure: reads no file, no clock and no environment, and invents no default.
public final class RunPlanner {
    private static final long GIBIBYTE = 1L << 30;
    private static final List<String> JVM = List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            // Netty and protobuf use it; the warnings would be the first lines of every log.
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError");
    /// Of a process on this machine; an image brings its own. DJL must neither report usage nor download anything.
    private static final Map<String, String> ENVIRONMENT = Map.of("OPT_OUT_TRACKING", "true", "DJL_OFFLINE", "true");

    private final RunRef run;
    private final RLRunSpec spec;
    private final Site site;
    private final Places places;

    private RunPlanner(RunRef run, RLRunSpec spec, Site site) {
        this.run = run;
        this.spec = spec;
        this.site = site;
        this.places = new Places(site, run);
    }

    /// @param name of the run
    /// @param uid of the run's object, or a random one locally
    /// @throws InvalidSpec if the site cannot serve the spec, with the fields
    public static RunPlan plan(String name, String uid, RLRunSpec spec, Site site) {
        return new RunPlanner(new RunRef(name, uid, SpecDigest.of(spec)), spec, site).plan();
    }

    private RunPlan plan() {
        refuseWhatTheSiteLacks();
        SourcePlanner sources = new SourcePlanner(site, places);
        sources.plan(spec);
        RolePlan fetch = fetch(sources);
        List<RolePlan> engines = IntStream.range(0, spec.rollouts().initialReplicas())
                .mapToObj(this::engine)
                .toList();
        RolePlan learner = learner();
        return new RunPlan(run, sources.files, sources.imageCopies, fetch, engines, learner);
    }

    private void refuseWhatTheSiteLacks() {
        List<Problem> problems = new ArrayList<>(SupportedFeatures.check(spec));
        problems.addAll(AddressCheck.check(spec));
        refuseReplayWithoutRoutes(problems);
        if (site instanceof Site.Local local) {
            refuseWhatOneMachineLacks(local, problems);
        }
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
    }

    /// A rule of the schema says so of a run's own engines; here they may be those of a pool that it names.
    private void refuseReplayWithoutRoutes(List<Problem> problems) {
        var replay = ReplayDecision.of(spec.recipe(), spec.staleness().maxPolicyLag(), true);
        if (replay.mode() == ReplayMode.R3 && !spec.rollouts().engine().captureRoutes()) {
            problems.add(Problem.error(
                    "spec.rollouts.pool",
                    "replay R3 (%s) needs recorded routes, and the engines have captureRoutes: false; name another pool, or ask for another replay"
                            .formatted(replay.reason())));
        }
    }

    private void refuseWhatOneMachineLacks(Site.Local local, List<Problem> problems) {
        if (spec.rollouts().pool() != null) {
            problems.add(Problem.error(
                    "spec.rollouts.pool",
                    "a pool exists only on a cluster: remove it, the run starts its own engines"));
        } else if (local.enginePorts().size() != spec.rollouts().initialReplicas()) {
            throw new IllegalArgumentException("expected a port for each of %d engines, found %d"
                    .formatted(
                            spec.rollouts().initialReplicas(),
                            local.enginePorts().size()));
        }
    }

    private RolePlan fetch(SourcePlanner sources) {
        FetchConfig.Demand demand = new FetchConfig.Demand(
                spec.recipe(),
                spec.checkpoint(),
                spec.steps(),
                spec.rollouts().engine().captureRoutes(),
                storeBytes());
        FetchConfig config = new FetchConfig(run, places.store(), adopts(), sources.items, demand);
        List<Mount> mounts = podMounts();
        if (site instanceof Site.Cluster) {
            mounts.addAll(sources.mounts);
        }
        Resources resources = new Resources(500, GIBIBYTE);
        return role("fetch", "fetch", Program.FETCH, config, List.of(), mounts, resources);
    }

    /// On one machine `--resume` is the way into the folder of an earlier run.
    private boolean adopts() {
        return site instanceof Site.Cluster cluster && cluster.adopt();
    }

    private RolePlan engine(int index) {
        EngineSpec engine = spec.rollouts().engine();
        int threads = threads(engine.computeThreads(), spec.rollouts().initialReplicas());
        EngineConfig config = new EngineConfig(
                run,
                places.store(),
                spec.rollouts().backend(),
                spec.rollouts().precision(),
                places.host(),
                places.enginePort(index),
                token(),
                threads,
                engine.maxSequences(),
                engine.maxBatchTokens(),
                engine.kvBlockTokens(),
                Quantity.bytes(engine.kvCacheSize()),
                engine.captureRoutes(),
                engine.swap());
        Resources resources = new Resources(threads * 1000L, 2 * GIBIBYTE + config.kvCacheBytes());
        String name = "engine-" + index;
        // The engines of a cluster differ in nothing that their file says.
        String file = site instanceof Site.Local ? name : "engine";
        return role(
                name, file, Program.ENGINE, config, List.of(new Port("http", config.port())), podMounts(), resources);
    }

    private RolePlan learner() {
        int threads = threads(spec.learner().computeThreads(), 1);
        LearnerConfig config = new LearnerConfig(
                run,
                places.store(),
                storeBytes(),
                source(Target.MODEL),
                source(Target.PROMPTS),
                IntStream.range(0, spec.rollouts().initialReplicas())
                        .mapToObj(places::engineUrl)
                        .toList(),
                spec.rollouts().precision(),
                spec.rollouts().engine().captureRoutes(),
                token(),
                places.host(),
                places.learnerPort(),
                threads,
                spec.learner().maxMicroBatchTokens(),
                spec.learner().activationRecompute(),
                site instanceof Site.Local local ? local.resume() : ((Site.Cluster) site).resume(),
                training());
        Resources resources = new Resources(threads * 1000L, 4 * GIBIBYTE);
        return role(
                "learner",
                "learner",
                Program.LEARNER,
                config,
                List.of(new Port("http", config.port())),
                podMounts(),
                resources);
    }

    private long storeBytes() {
        return site instanceof Site.Cluster cluster ? cluster.storeBytes() : 0;
    }

    private TrainingSpec training() {
        ColdStartSpec coldStart = spec.coldStart();
        EvaluationSpec evaluation = spec.data().evaluation();
        return new TrainingSpec(
                spec.recipe(),
                spec.staleness(),
                spec.reward(),
                coldStart == null
                        ? null
                        : new TrainingSpec.ColdStart(
                                source(Target.DEMONSTRATIONS),
                                coldStart.updates(),
                                coldStart.batchSize(),
                                coldStart.learningRate(),
                                coldStart.warmupUpdates(),
                                coldStart.weightDecay(),
                                coldStart.maxGradientNorm()),
                evaluation == null
                        ? null
                        : new TrainingSpec.Evaluation(
                                source(Target.EVALUATION),
                                evaluation.everySteps(),
                                evaluation.samplesPerPrompt(),
                                evaluation.temperature(),
                                evaluation.topK(),
                                evaluation.topP()),
                spec.checkpoint(),
                spec.steps(),
                spec.seed());
    }

    private RolePlan role(
            String name,
            String fileName,
            Program program,
            Record config,
            List<Port> ports,
            List<Mount> mounts,
            Resources resources) {
        String file = places.child(places.roles(), fileName + ".json");
        boolean local = site instanceof Site.Local;
        SortedMap<String, String> environment = new TreeMap<>(local ? ENVIRONMENT : Map.of());
        List<String> arguments = List.of(file);
        if (program == Program.ENGINE) {
            environment.put("BALLAST_ROLE_CONFIG", file);
            arguments = List.of();
        }
        return new RolePlan(
                name, program, local ? JVM : List.of(), arguments, environment, config, file, ports, mounts, resources);
    }

    private List<Mount> podMounts() {
        List<Mount> mounts = new ArrayList<>();
        if (site instanceof Site.Cluster) {
            mounts.add(new Mount(Mount.Kind.STORE, "store", places.volume(), false));
            mounts.add(new Mount(Mount.Kind.ROLES, "roles", places.roles(), true));
            mounts.add(new Mount(Mount.Kind.SCRATCH, "tmp", "/tmp", false));
        }
        return mounts;
    }

    private String source(Target target) {
        return places.child(places.store(), "sources/" + target.fileName());
    }

    private String token() {
        return site instanceof Site.Local local ? local.token() : ((Site.Cluster) site).token();
    }

    /// The asked number, or the site's processors shared by the processes of a role that run on it.
    private int threads(@Nullable Integer asked, int processes) {
        if (asked != null) {
            return asked;
        }
        return switch (site) {
            case Site.Local local -> Math.max(1, local.processors() / processes);
            case Site.Cluster cluster -> cluster.processors();
        };
    }
}
