package rl.ballast.operator;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.quarkus.kubernetes.client.KubernetesConfigCustomizer;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import rl.ballast.operator.events.EventWriter;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Tokens;

/// The operator process.
@QuarkusMain
public final class Application {
    private Application() {}

    public static void main(String... args) {
        Locale.setDefault(Locale.ROOT);
        Quarkus.run(args);
    }

    /// The API server names the manager of created objects after the client's user agent.
    @Singleton
    public static class UserAgent implements KubernetesConfigCustomizer {
        @Override
        public void customize(Config config) {
            config.setUserAgent(Labels.FIELD_MANAGER + "/1");
        }
    }

    /// What the reconcilers share.
    @Singleton
    public static class Beans {
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
        EventWriter events(KubernetesClient client) {
            return new EventWriter(
                    client, Optional.ofNullable(System.getenv("HOSTNAME")).orElse("ballast-operator"));
        }
    }
}
