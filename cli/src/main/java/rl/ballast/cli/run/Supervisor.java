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
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import rl.ballast.protocol.store.StoreLayout;

/// Watches one learner and its engines: restarts a dead engine within a budget, ends when the learner ends, stops
/// everything when it cannot go on, or when it is told to stop. Used by one thread.
final class Supervisor {
    private static final int ENGINE_RESTARTS = 5;
    private static final Duration RESTART_WINDOW = Duration.ofMinutes(10);
    /// Exit codes of an engine that the same command would have again: wrong command line, wrong configuration.
    private static final Set<Integer> LASTING_FAILURES = Set.of(64, 78);

    private static final long POLL_MILLIS = 200;
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
    private final CountDownLatch stop;

    /// @param stop open once [#run] shall stop the children and return
    Supervisor(
            RoleProcess learner,
            List<RoleProcess> engines,
            StoreLayout store,
            Progress progress,
            int coldStartUpdates,
            CountDownLatch stop) {
        this.learnerRole = learner;
        this.engineRoles = List.copyOf(engines);
        this.store = store;
        this.progress = progress;
        this.coldStartUpdates = coldStartUpdates;
        this.stop = stop;
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
            while (!ended && !stopped()) {
                ended = learner.waitFor(POLL_MILLIS);
                show(metrics, coldStart, events);
                String lost = ended ? "" : replaceDeadEngines();
                if (!lost.isEmpty()) {
                    return new Outcome(-1, lost);
                }
            }
            if (stopped()) {
                return new Outcome(-1, "Stopped by a signal. What was judged is kept.");
            }
            int code = learner.exitCode();
            return code == 0
                    ? new Outcome(0, "")
                    : new Outcome(code, "the learner ended with exit code %d: %s".formatted(code, learner.lastWords()));
        } finally {
            if (learner != null && learner.alive()) {
                learner.askToEnd();
                learner.awaitEnd(GRACE_SECONDS);
            }
            stopEngines();
        }
    }

    private boolean stopped() {
        return stop.getCount() == 0;
    }

    /// All together, so that the run does not wait for one after the other.
    private void stopEngines() {
        engines.forEach(ChildProcess::askToEnd);
        engines.forEach(engine -> engine.awaitEnd(GRACE_SECONDS));
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
            if (LASTING_FAILURES.contains(engine.exitCode())) {
                return "%s ended with exit code %d: %s".formatted(engine.name(), engine.exitCode(), engine.lastWords());
            }
            Instant now = progress.clock().instant();
            while (!restarts.isEmpty() && restarts.peekFirst().isBefore(now.minus(RESTART_WINDOW))) {
                restarts.removeFirst();
            }
            if (restarts.size() >= ENGINE_RESTARTS) {
                return "%s died %d times in %d minutes (last exit code %d): %s"
                        .formatted(
                                engine.name(),
                                restarts.size() + 1,
                                RESTART_WINDOW.toMinutes(),
                                engine.exitCode(),
                                engine.lastWords());
            }
            restarts.addLast(now);
            progress.say("%s ended with exit code %d; starting it again".formatted(engine.name(), engine.exitCode()));
            engines.set(i, engineRoles.get(i).start());
        }
        return "";
    }
}
