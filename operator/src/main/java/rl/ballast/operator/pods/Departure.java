package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;

/// How long a pod that is going is waited for. Pure.
public final class Departure {
    /// When to look again without an event.
    public static final Duration LOOK = Duration.ofSeconds(5);
    /// A pod that outlives its grace period by this is on a lost node, and waited for no longer.
    private static final Duration LOST = Duration.ofSeconds(10);

    private Departure() {}

    public static boolean overdue(Pod pod, Instant now) {
        // The time of a deletion includes the grace period.
        String gone = pod.getMetadata().getDeletionTimestamp();
        return gone != null && !now.isBefore(Instant.parse(gone).plus(LOST));
    }
}
