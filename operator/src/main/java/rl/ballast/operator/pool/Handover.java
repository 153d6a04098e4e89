package rl.ballast.operator.pool;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Owners;
import rl.ballast.operator.pods.Departure;
import rl.ballast.operator.status.Phase;

/// From one run to the next: a shared pool has no holder while engines of another run are there, since those would
/// answer the next learner with weights, and an epoch, that are not its own. Pure.
public final class Handover {
    static final Phase PHASE = new Phase.Progressing("HandingOver", "the engines of the run before are going");

    private Handover() {}

    /// @param uid of the run that the engines are made for
    public static String revision(String uid, String digest) {
        return uid + "/" + digest;
    }

    /// Whether a pod of another run, or of an earlier pool of that name, is still to go.
    ///
    /// @param uid of the run that the engines are to be made for
    static boolean awaits(RolloutPool pool, Pod pod, String uid, Instant now) {
        var annotations = pod.getMetadata().getAnnotations();
        String revision = annotations == null ? "" : annotations.getOrDefault(Labels.REVISION, "");
        boolean ofRun = revision.startsWith(uid + "/") || revision.indexOf('/') < 0; // none: of an earlier version
        return Owners.controller(pod).isPresent()
                && (!ofRun || !Owners.controls(pool, pod))
                && !Departure.overdue(pod, now);
    }
}
