package rl.ballast.trainer.step;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.trainer.Phase;
import rl.ballast.trainer.checkpoint.CheckpointState;
import rl.ballast.trainer.progress.Memory;
import rl.ballast.trainer.progress.Progress;
import rl.ballast.trainer.publish.Publisher;
import rl.ballast.trainer.rollouts.EnginePool;
import rl.ballast.trainer.rollouts.Evaluator;
import rl.ballast.trainer.store.RunStore;

/// What follows a state that is complete: publish, announce, evaluate, write the line of metrics. All of it may be done
/// again after a crash without a second effect.
public final class StepFinish {
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private final RunStore store;
    private final Publisher publisher;
    private final EnginePool engines;
    private final @Nullable Evaluator evaluator;
    private final int steps;
    private final Progress progress;
    private final Phase.Listener phases;
    private final Clock clock;

    public StepFinish(
            RunStore store,
            Publisher publisher,
            EnginePool engines,
            @Nullable Evaluator evaluator,
            int steps,
            Progress progress,
            Phase.Listener phases,
            Clock clock) {
        this.store = store;
        this.publisher = publisher;
        this.engines = engines;
        this.evaluator = evaluator;
        this.steps = steps;
        this.progress = progress;
        this.phases = phases;
        this.clock = clock;
    }

    /// @return the version that the weights of `state` have
    Publisher.Place finish(CheckpointState state, PhaseTimes times) {
        int step = state.step();
        phases.entered(Phase.PUBLISH, step, 0);
        Publisher.Place place =
                times.time("publish", () -> publisher.publish(step, Optional.ofNullable(state.parentVersion())));
        PolicyVersion version = place.version();
        progress.published(version.value());
        phases.entered(Phase.ANNOUNCE, step, 0);
        times.time("publish", () -> {
            store.requireOwned();
            engines.announce(publisher.announcement(version));
        });
        if (!recorded(state)) {
            var line = line(state, version);
            evaluate(step, version, times)
                    .ifPresent(score -> line.<ObjectNode>set("evaluation", MAPPER.valueToTree(score)));
            complete(line, times);
            phases.entered(Phase.RECORD, step, 0);
            if (step > 0 || line.has("evaluation")) {
                store.requireOwned();
                store.metrics().append(line);
                progress.recorded(line);
            }
        }
        return place;
    }

    /// Tells whoever watches that a checkpoint of that step is on disk.
    void checkpointed(int step) {
        progress.checkpointed(step, clock.instant());
    }

    private Optional<Evaluator.Score> evaluate(int step, PolicyVersion version, PhaseTimes times) {
        Evaluator active = evaluator;
        if (active == null || !active.due(step, steps)) {
            return Optional.empty();
        }
        phases.entered(Phase.EVALUATE, step, 0);
        return Optional.of(times.time("evaluate", () -> active.evaluate(step, version)));
    }

    /// Whether an earlier start of the learner wrote the line of exactly this state.
    private boolean recorded(CheckpointState state) {
        ObjectNode pending = state.pendingMetrics();
        for (JsonNode line : JsonLines.read(store.layout().metrics()).objects()) {
            boolean sameStep = line.path("step").asInt(-1) == state.step();
            if (sameStep && (pending == null || line.path("epoch").equals(pending.path("epoch")))) {
                return true;
            }
        }
        return false;
    }

    private ObjectNode line(CheckpointState state, PolicyVersion version) {
        ObjectNode pending = state.pendingMetrics();
        if (pending != null) {
            return pending.deepCopy();
        }
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("step", state.step());
        line.put("epoch", store.epoch());
        line.put("policyVersion", version.value());
        return line;
    }

    private void complete(ObjectNode line, PhaseTimes times) {
        line.put("time", clock.instant().toString());
        ObjectNode seconds = line.withObjectProperty("seconds");
        times.seconds().forEach((phase, value) -> seconds.put(phase, value));
        double total = 0;
        for (JsonNode value : seconds) {
            total += value.asDouble();
        }
        double evaluating = seconds.path("evaluate").asDouble(0);
        seconds.put("total", total);
        if (line.has("tokens")) {
            ObjectNode tokens = line.withObjectProperty("tokens");
            tokens.put("perSecond", tokens.path("sampled").asDouble() / Math.max(1e-9, total - evaluating));
        }
        line.withObjectProperty("memory").put("learnerRssBytes", Memory.residentBytes());
    }
}
