package rl.ballast.crds.plan;

import rl.ballast.protocol.role.FetchConfig.Target;
import rl.ballast.protocol.run.RunRef;

/// Where things lie and how processes reach each other, for one site.
final class Places {
    static final String POD_ROOT = "/ballast";
    static final int ENGINE_PORT = 8090;
    static final int LEARNER_PORT = 8091;

    private static final int UID_CHARACTERS = 8;

    private final Site site;
    private final RunRef run;

    Places(Site site, RunRef run) {
        this.site = site;
        this.run = run;
    }

    /// The run's folder.
    String store() {
        if (site instanceof Site.Local local) {
            return local.store().toString();
        }
        String uid = run.uid().substring(0, Math.min(UID_CHARACTERS, run.uid().length()));
        return "%s/runs/%s-%s".formatted(volume(), run.name(), uid);
    }

    /// Root of the volume that holds the run's folder; what a `path` source is relative to on a cluster.
    String volume() {
        return POD_ROOT + "/store";
    }

    String roles() {
        return site instanceof Site.Local ? store() + "/roles" : POD_ROOT + "/roles";
    }

    String configMap(String name) {
        return (site instanceof Site.Local ? roles() : POD_ROOT) + "/config-maps/" + name;
    }

    String claim(String name) {
        return POD_ROOT + "/claims/" + name;
    }

    String image(Target target) {
        return POD_ROOT + "/images/" + target.fileName();
    }

    String child(String folder, String name) {
        return folder + "/" + name;
    }

    /// Address to listen on.
    String host() {
        return site instanceof Site.Local ? "127.0.0.1" : "0.0.0.0";
    }

    int enginePort(int index) {
        return site instanceof Site.Local local ? local.enginePorts().get(index) : ENGINE_PORT;
    }

    int learnerPort() {
        return site instanceof Site.Local local ? local.learnerPort() : LEARNER_PORT;
    }

    String engineUrl(int index) {
        return switch (site) {
            case Site.Local local ->
                "http://127.0.0.1:%d".formatted(local.enginePorts().get(index));
            case Site.Cluster cluster ->
                "http://%s-engine-%d.%s.%s.svc:%d"
                        .formatted(cluster.pool(), index, cluster.pool(), cluster.namespace(), ENGINE_PORT);
        };
    }
}
