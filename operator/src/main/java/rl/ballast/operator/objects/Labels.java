package rl.ballast.operator.objects;

import java.util.Map;
import java.util.TreeMap;

/// Labels and annotations of everything the operator makes.
public final class Labels {
    public static final String RUN = "ballast.rl/run";
    public static final String POOL = "ballast.rl/pool";
    public static final String ROLE = "ballast.rl/role";
    public static final String INDEX = "ballast.rl/index";
    public static final String ATTEMPT = "ballast.rl/attempt";
    /// Annotation: digest of what a change of rolls an engine, or replaces a learner that has not started; of a shared
    /// pool's engine, after the UID of its run.
    public static final String REVISION = "ballast.rl/revision";
    /// Annotation of an engine: how many before it, one after another, ended by themselves.
    public static final String ENDED = "ballast.rl/ended-before";
    /// Annotation of a claim: the run or pool that it was made for.
    public static final String MADE_FOR = "ballast.rl/made-for";
    /// Annotation of a claim: that one's UID.
    public static final String MADE_FOR_UID = "ballast.rl/made-for-uid";
    /// The one field manager.
    public static final String FIELD_MANAGER = "ballast-operator";
    /// Read by gang schedulers; the value is the run, or the pool that no run owns.
    private static final String POD_GROUP = "scheduling.x-k8s.io/pod-group";

    private Labels() {}

    /// Labels of an object of a run.
    public static Map<String, String> ofRun(String run) {
        Map<String, String> labels = new TreeMap<>();
        labels.put("app.kubernetes.io/name", "ballast");
        labels.put("app.kubernetes.io/managed-by", FIELD_MANAGER);
        labels.put("app.kubernetes.io/instance", run);
        labels.put(RUN, run);
        return labels;
    }

    /// Labels of an object of a pool that no run owns.
    public static Map<String, String> ofPool(String pool) {
        Map<String, String> labels = new TreeMap<>();
        labels.put("app.kubernetes.io/name", "ballast");
        labels.put("app.kubernetes.io/managed-by", FIELD_MANAGER);
        labels.put("app.kubernetes.io/instance", pool);
        labels.put(POOL, pool);
        return labels;
    }

    /// Adds what lets a gang scheduler see the pods of a run as one.
    public static Map<String, String> gang(Map<String, String> labels, String group) {
        labels.put(POD_GROUP, group);
        return labels;
    }
}
