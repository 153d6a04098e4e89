package rl.ballast.operator.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.reconciler.Constants;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import rl.ballast.operator.Leadership;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.events.EventWriter;
import rl.ballast.operator.metrics.RunMeters;
import rl.ballast.operator.objects.Tokens;
import rl.ballast.operator.pods.PodRenderer;
import rl.ballast.operator.pods.TemplateCheck;
import rl.ballast.operator.pool.PoolReconciler;
import rl.ballast.operator.run.RunReconciler;
import rl.ballast.operator.settings.OperatorSettings;

/// The operator's reconcilers, as the process has them, watching one namespace. Whoever starts it closes it.
public final class RunningOperator implements AutoCloseable {
    private final Operator operator;

    private RunningOperator(Operator operator) {
        this.operator = operator;
    }

    public static RunningOperator start(KubernetesClient client, String namespace) {
        return start(client, namespace, TestSettings.of());
    }

    public static RunningOperator start(KubernetesClient client, String namespace, OperatorSettings settings) {
        return start(client, namespace, settings, _ -> {});
    }

    /// One of several that share a lease in the namespace.
    public static RunningOperator standby(KubernetesClient client, String namespace, String identity) {
        return standby(
                client,
                namespace,
                identity,
                new Leadership(Duration.ofSeconds(60), Duration.ofSeconds(40), Duration.ofMillis(200)));
    }

    public static RunningOperator standby(
            KubernetesClient client, String namespace, String identity, Leadership leadership) {
        var lease = leadership.configuration(client, namespace, identity, () -> true, () -> {});
        return start(
                client, namespace, TestSettings.of(), overrider -> overrider.withLeaderElectionConfiguration(lease));
    }

    /// One of several that share a lease in the namespace and watch every one.
    public static RunningOperator everywhere(KubernetesClient client, String namespace, String identity) {
        var lease = Leadership.DEFAULT.configuration(client, namespace, identity, () -> true, () -> {});
        return start(
                client,
                Constants.WATCH_ALL_NAMESPACES,
                TestSettings.of(),
                overrider -> overrider.withLeaderElectionConfiguration(lease));
    }

    private static RunningOperator start(
            KubernetesClient client,
            String namespace,
            OperatorSettings settings,
            Consumer<ConfigurationServiceOverrider> more) {
        Operator operator = new Operator(overrider -> more.accept(overrider
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withReconciliationTerminationTimeout(Duration.ofSeconds(2))));
        Tokens tokens = new Tokens(client);
        TemplateCheck templates = new TemplateCheck(
                client, new PodRenderer(settings, client.getKubernetesSerialization()), Clock.systemUTC());
        EventWriter events = new EventWriter(client, "test");
        operator.register(
                new RunReconciler(
                        client,
                        settings,
                        tokens,
                        events,
                        new RunMeters(new SimpleMeterRegistry()),
                        templates,
                        Clock.systemUTC()),
                controller -> controller.settingNamespace(namespace));
        operator.register(
                new PoolReconciler(client, settings, tokens, events, templates, Clock.systemUTC()),
                controller -> controller.settingNamespace(namespace));
        operator.start();
        return new RunningOperator(operator);
    }

    @Override
    public void close() {
        operator.stop();
    }
}
