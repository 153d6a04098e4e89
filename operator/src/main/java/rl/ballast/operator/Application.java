package rl.ballast.operator;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.kubernetes.client.KubernetesConfigCustomizer;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.events.EventWriter;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Tokens;
import rl.ballast.operator.pods.PodRenderer;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.settings.OperatorSettings;

/// The operator process. With the arguments `check URL` it only asks a running operator whether it is ready.
@QuarkusMain
public final class Application {
    private Application() {}

    public static void main(String... args) {
        Locale.setDefault(Locale.ROOT);
        if (args.length > 0 && args[0].equals("check")) {
            System.exit(HealthCheck.run(List.of(args).subList(1, args.length), System.err));
        }
        Quarkus.run(args);
    }

    /// How the client presents itself.
    @Singleton
    public static class Connection implements KubernetesConfigCustomizer {
        @Override
        public void customize(Config config) {
            // The API server names the manager of created objects after it.
            config.setUserAgent(Labels.FIELD_MANAGER + "/1");
            boolean certificate = config.getClientCertFile() != null || config.getClientCertData() != null;
            if (certificate && config.getOauthToken() == null && config.getAutoOAuthToken() == null) {
                // Else the client would look for a token in the kubeconfig again for every request.
                config.setOauthTokenProvider(() -> null);
            }
        }
    }

    /// What the reconcilers share.
    @Singleton
    public static class Beans {
        private volatile boolean stopping;

        /// Events of our own kinds are read as what they are, not as generic objects first.
        void starts(@Observes @Priority(1) StartupEvent event, KubernetesSerialization json) {
            List.of(RLRun.class, RolloutPool.class, LearnerGroup.class).forEach(json::registerKubernetesResource);
        }

        /// Before the framework hears of it, which then stops the controllers.
        void stops(@Observes @Priority(1) ShutdownEvent event) {
            stopping = true;
        }

        @Produces
        @Singleton
        Clock clock() {
            return Clock.systemUTC();
        }

        @Produces
        @Singleton
        Tokens tokens(KubernetesClient client) {
            return new Tokens(client);
        }

        @Produces
        @Singleton
        TemplateCheck templates(KubernetesClient client, OperatorSettings settings, Clock clock) {
            return new TemplateCheck(client, new PodRenderer(settings, client.getKubernetesSerialization()), clock);
        }

        /// One of several instances works. It ends when it loses the lease, and another goes on.
        @Produces
        @Singleton
        LeaderElectionConfiguration lease(KubernetesClient client) {
            String namespace = Optional.ofNullable(System.getenv("POD_NAMESPACE"))
                    .orElse(Optional.ofNullable(client.getNamespace()).orElse("default"));
            String identity = Optional.ofNullable(System.getenv("POD_NAME"))
                    .orElse(UUID.randomUUID().toString());
            return Leadership.DEFAULT.configuration(client, namespace, identity, () -> stopping, () -> System.exit(1));
        }

        /// Meters of the framework by controller, never by object: a run's name is no label.
        @Produces
        @Singleton
        Metrics metrics(MeterRegistry registry) {
            return MicrometerMetrics.withoutPerResourceMetrics(registry);
        }

        @Produces
        @Singleton
        EventWriter events(KubernetesClient client) {
            return new EventWriter(
                    client, Optional.ofNullable(System.getenv("HOSTNAME")).orElse("ballast-operator"));
        }
    }
}
