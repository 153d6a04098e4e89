package rl.ballast.crds.plan;

import rl.ballast.protocol.role.FetchConfig.Target;

/// Where things lie and how processes reach each other, for one site.
final class Places {
    static final String POD_ROOT = "/ballast";
    static final int ENGINE_PORT = 8090;
    static final int LEARNER_PORT = 8091;

    private final Site site;
    private final String run;

    Places(Site site, String run) {
        this.site = site;
        this.run = run;
    }

    String store() {
        return site instanceof Site.Local local ? local.store().toString() : POD_ROOT + "/store";
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
                "http://%s-engine-%d.%s.%s.svc:%d".formatted(run, index, run, cluster.namespace(), ENGINE_PORT);
        };
    }
}
