package rl.ballast.operator.settings;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Configuration of the operator, prefix `ballast`. `docs/design/operator.md` lists every key.
@ConfigMapping(prefix = "ballast")
public interface OperatorSettings {
    Images images();

    Pods pods();

    Restart restart();

    Progress progress();

    Network network();

    Store store();

    /// References of the two compute images.
    interface Images {
        @WithDefault("ballast/trainer:latest")
        String trainer();

        @WithDefault("ballast/rollout:latest")
        String rollout();

        /// `Always`, `IfNotPresent` or `Never`.
        @WithDefault("IfNotPresent")
        String pullPolicy();

        /// Name of a pull secret in the run's namespace.
        Optional<String> pullSecret();
    }

    interface Pods {
        /// Processors of a pod where the run sets no `computeThreads`.
        @WithDefault("2")
        int processors();

        /// Processor request in thousandths where the template sets none; absent = as many as threads.
        OptionalLong requestMilliCpu();

        /// Memory request and limit in bytes where the template sets none; absent = what the plan computes.
        OptionalLong memoryBytes();

        /// User, group and volume group of run pods; below 0 leaves them to the image and the cluster.
        @WithDefault("65532")
        int user();

        @WithDefault("60")
        long terminationGraceSeconds();

        /// Pods made or deleted side by side for one run. More makes a large pool no faster, but other runs
        /// wait for it: with 8, another run's pods took up to four seconds while 500 engines started, with 2
        /// about one.
        @WithDefault("2")
        int parallelWrites();
    }

    interface Restart {
        /// Failures older than this do not count against the budget.
        @WithDefault("1h")
        Duration window();

        @WithDefault("10s")
        Duration firstDelay();

        @WithDefault("5m")
        Duration maxDelay();
    }

    interface Progress {
        /// Between two looks at one learner.
        @WithDefault("5s")
        Duration interval();

        /// Between two status writes that only carry new measurements.
        @WithDefault("10s")
        Duration statusInterval();

        @WithDefault("2s")
        Duration timeout();

        /// Looks in flight, over all runs: half of them at learners that answered last time, half at the others.
        @WithDefault("32")
        int concurrency();

        /// Looks per second, over all runs.
        @WithDefault("50")
        int perSecond();
    }

    interface Network {
        /// Whether runs get a NetworkPolicy.
        @WithDefault("true")
        boolean policies();

        /// Namespace of the operator; its pods may read progress. Absent = any namespace.
        Optional<String> operatorNamespace();

        /// Namespace from which metrics may be read; absent = none.
        Optional<String> metricsNamespace();

        /// Ports anywhere that a run with `url` sources or a reward service may reach beside those of their addresses:
        /// policies see the port behind a service.
        Optional<List<Integer>> extraEgressPorts();
    }

    interface Store {
        /// Size of a claim that the run does not describe.
        @WithDefault("10Gi")
        String defaultSize();

        /// Storage class of such a claim; absent = the cluster's default.
        Optional<String> storageClass();

        /// Access mode of such a claim.
        @WithDefault("ReadWriteMany")
        String accessMode();
    }
}
