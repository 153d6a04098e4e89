package rl.ballast.operator.pool;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.status.Phase;

/// From one run to the next: a shared pool has no holder while engines of another run are there, since those would
/// answer the next learner with weights, and an epoch, that are not its own. Pure.
public final class Handover {
    static final Phase PHASE = new Phase.Progressing("HandingOver", "the engines of the run before are going");
    /// When to look again without an event.
    static final Duration LOOK = Duration.ofSeconds(5);
    /// An engine that outlives its grace period by this is on a lost node, and waited for no longer.
    private static final Duration LOST = Duration.ofSeconds(10);

    private Handover() {}

    /// @param uid of the run that the engines are made for
    public static String revision(String uid, String digest) {
        return uid + "/" + digest;
    }

    /// Whether a pod of another run is still to go.
    static boolean awaits(Pod pod, String uid, Instant now) {
        var annotations = pod.getMetadata().getAnnotations();
        String revision = annotations == null ? "" : annotations.getOrDefault(Labels.REVISION, "");
        if (revision.startsWith(uid + "/") || revision.indexOf('/') < 0) { // without a run: of an earlier version
            return false;
        }
        // The time of a deletion includes the grace period.
        String gone = pod.getMetadata().getDeletionTimestamp();
        return gone == null || now.isBefore(Instant.parse(gone).plus(LOST));
    }
}
