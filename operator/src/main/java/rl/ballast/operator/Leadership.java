package rl.ballast.operator;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.time.Duration;
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

    /// @param exit ends the process when the lease is lost, so that another goes on. It is called from a thread of
    ///     its own: the lease is also given up while the process stops, where `System.exit` would wait for itself.
    public LeaderElectionConfiguration configuration(
            KubernetesClient client, String namespace, String identity, Runnable exit) {
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
                            release(client, namespace, identity);
                            Thread.ofPlatform().daemon().name("lease-lost").start(exit);
                        },
                        leader -> {}))
                .build();
    }

    /// Lets go of a lease that this instance holds: its controllers have stopped, and nobody needs to wait until it
    /// runs
    /// out.
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
        } catch (KubernetesClientException e) {
            LOG.warn("could not release the lease; another instance takes over when it runs out", e);
        }
    }
}
