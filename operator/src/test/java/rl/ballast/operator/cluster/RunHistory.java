package rl.ballast.operator.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// Every state of one run that the API server shows, from the making of this to its end.
public final class RunHistory implements AutoCloseable {
    private final List<RLRun> seen = new CopyOnWriteArrayList<>();
    private final Watch watch;

    public RunHistory(KubernetesClient client, String namespace, String name) {
        watch = client.resources(RLRun.class)
                .inNamespace(namespace)
                .withName(name)
                .watch(new Watcher<>() {
                    @Override
                    public void eventReceived(Action action, RLRun run) {
                        seen.add(run);
                    }

                    @Override
                    public void onClose(WatcherException cause) {
                        throw new IllegalStateException("the watch ended", cause);
                    }
                });
    }

    /// States with a status.
    public List<RLRun> written() {
        return seen.stream().filter(run -> run.getStatus() != null).toList();
    }

    /// Status and reason of a condition, each time that they change.
    public List<String> changes(ConditionType type) {
        List<String> changes = new ArrayList<>();
        for (RLRun run : written()) {
            Conditions.find(run.getStatus().conditions(), type).ifPresent(condition -> {
                String now = condition.getStatus() + " " + condition.getReason();
                if (changes.isEmpty() || !changes.getLast().equals(now)) {
                    changes.add(now);
                }
            });
        }
        return changes;
    }

    @Override
    public void close() {
        watch.close();
    }
}
