package rl.ballast.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import rl.ballast.protocol.store.StoreLayout;

/// Watches one learner and its engines: restarts a dead engine within a budget, ends when the learner
/// ends, stops
/// everything when it cannot go on. One thread calls [#run]; [#stop] may come from another.
final class Supervisor {
    private static final int ENGINE_RESTARTS = 5;
    private static final Duration RESTART_WINDOW = Duration.ofMinutes(10);
    private static final long POLL_SECONDS = 1;
    private static final long GRACE_SECONDS = 20;

    /// How to start one process.
    record RoleProcess(String name, List<String> command, Map<String, String> environment, Path log) {
        RoleProcess {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }

        ChildProcess start() throws IOException {
            return ChildProcess.start(name, command, environment, log);
        }
    }

    /// How a run ended.
    ///
    /// @param message what to tell the person; empty when all went well
    record Outcome(int learnerExitCode, String message) {
        boolean complete() {
            return learnerExitCode == 0 && message.isEmpty();
        }
    }

    private final RoleProcess learnerRole;
    private final List<RoleProcess> engineRoles;
    private final StoreLayout store;
    private final Progress progress;
    private final int coldStartUpdates;
    private final List<ChildProcess> engines = new ArrayList<>();
    private final Deque<Instant> restarts = new ArrayDeque<>();
    private volatile boolean stopped;
    private volatile boolean finished;

    Supervisor(
            RoleProcess learner,
            List<RoleProcess> engines,
            StoreLayout store,
            Progress progress,
            int coldStartUpdates) {
        this.learnerRole = learner;
        this.engineRoles = List.copyOf(engines);
        this.store = store;
        this.progress = progress;
        this.coldStartUpdates = coldStartUpdates;
    }

    /// Runs to the end. Every child process has ended when it returns.
    Outcome run() throws IOException, InterruptedException {
        JsonLineTail metrics = JsonLineTail.fromEnd(store.metrics());
        JsonLineTail coldStart = JsonLineTail.fromEnd(store.coldStartMetrics());
        JsonLineTail events = JsonLineTail.fromEnd(store.events());
        ChildProcess learner = null;
        try {
            for (RoleProcess role : engineRoles) {
                engines.add(role.start());
            }
            learner = learnerRole.start();
            boolean ended = false;
            while (!ended && !stopped) {
                ended = learner.waitFor(POLL_SECONDS);
                show(metrics, coldStart, events);
                String lost = ended ? "" : replaceDeadEngines();
                if (!lost.isEmpty()) {
                    return new Outcome(-1, lost);
                }
            }
            if (stopped) {
                return new Outcome(-1, "stopped");
            }
            int code = learner.exitCode();
            return code == 0
                    ? new Outcome(0, "")
                    : new Outcome(
                            code,
                            "the learner ended with exit code %d; the end of %s:%n%s"
                                    .formatted(code, learner.log(), learner.lastWords(12)));
        } finally {
            if (learner != null && learner.alive()) {
                learner.stop(GRACE_SECONDS);
            }
            engines.forEach(engine -> engine.stop(GRACE_SECONDS));
            finished = true;
        }
    }

    /// Asks [#run] to stop the children and return; safe from any thread.
    void stop() {
        stopped = true;
    }

    boolean finished() {
        return finished;
    }

    private void show(JsonLineTail metrics, JsonLineTail coldStart, JsonLineTail events) throws IOException {
        for (JsonNode line : coldStart.poll()) {
            progress.coldStart(line, coldStartUpdates);
        }
        for (JsonNode line : events.poll()) {
            progress.say("%s: %s"
                    .formatted(
                            line.path("reason").asText(), line.path("message").asText()));
        }
        for (JsonNode line : metrics.poll()) {
            progress.step(line);
        }
    }

    private String replaceDeadEngines() throws IOException {
        for (int i = 0; i < engines.size(); i++) {
            ChildProcess engine = engines.get(i);
            if (engine.alive()) {
                continue;
            }
            Instant now = progress.clock().instant();
            while (!restarts.isEmpty() && restarts.peekFirst().isBefore(now.minus(RESTART_WINDOW))) {
                restarts.removeFirst();
            }
            if (restarts.size() >= ENGINE_RESTARTS) {
                return "%s died %d times in %d minutes (last exit code %d); the end of %s:%n%s"
                        .formatted(
                                engine.name(),
                                restarts.size() + 1,
                                RESTART_WINDOW.toMinutes(),
                                engine.exitCode(),
                                engine.log(),
                                engine.lastWords(12));
            }
            restarts.addLast(now);
            progress.say("%s ended with exit code %d; starting it again".formatted(engine.name(), engine.exitCode()));
            engines.set(i, engineRoles.get(i).start());
        }
        return "";
    }
}
