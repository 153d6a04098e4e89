package rl.ballast.operator;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The lease by which one of several instances works.
///
/// @param duration another instance takes over that long after one has died; one that stops hands over at once
/// @param renewDeadline after so long without a renewal an instance gives up
/// @param retryPeriod between two looks at the lease
public record Leadership(Duration duration, Duration renewDeadline, Duration retryPeriod) {
    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    /// Name of the lease in the operator's namespace.
    public static final String LEASE = "ballast-operator";

    /// What the process uses: a restart of the API server takes less than the deadline, as a rule.
    public static final Leadership DEFAULT =
            new Leadership(Duration.ofSeconds(30), Duration.ofSeconds(22), Duration.ofSeconds(3));

    /// A process that stops has stopped its controllers when the lease is given up: then it is released, and nobody
    /// waits until it runs out. Who loses it while working exits, and whoever is next waits for the whole of it.
    ///
    /// @param stopping whether the process stops already
    /// @param exit ends the process; called from a thread of its own, as `System.exit` may wait for its caller
    public LeaderElectionConfiguration configuration(
            KubernetesClient client, String namespace, String identity, BooleanSupplier stopping, Runnable exit) {
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
                .withLeaseNamespace(namespace)
                .withIdentity(identity)
                .withLeaseDuration(duration)
                .withRenewDeadline(renewDeadline)
                .withRetryPeriod(retryPeriod)
                .withExitOnStopLeading(false)
                .withLeaderCallbacks(new LeaderCallbacks(
                        () -> {},
                        () -> {
                            if (stopping.getAsBoolean()) {
                                release(client, namespace, identity);
                            } else {
                                Thread.ofPlatform().daemon().name("lease-lost").start(exit);
                            }
                        },
                        leader -> {}))
                .build();
    }

    private static void release(KubernetesClient client, String namespace, String identity) {
        try {
            Lease held = client.leases().inNamespace(namespace).withName(LEASE).get();
            if (held != null && identity.equals(held.getSpec().getHolderIdentity())) {
                held.getSpec().setHolderIdentity("");
                held.getSpec().setLeaseDurationSeconds(1);
                client.resource(held)
                        .lockResourceVersion(held.getMetadata().getResourceVersion())
                        .update();
            }
        } catch (RuntimeException e) {
            LOG.warn("could not release the lease; another instance takes over when it runs out", e);
        }
    }
}
