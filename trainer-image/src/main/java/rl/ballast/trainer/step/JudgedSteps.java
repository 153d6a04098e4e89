package rl.ballast.trainer.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.trace.CorruptTrace;
import rl.ballast.trainer.Phase;
import rl.ballast.trainer.checkpoint.CheckpointState;
import rl.ballast.trainer.progress.Progress;
import rl.ballast.trainer.publish.Publisher;
import rl.ballast.trainer.rollouts.JudgedFile;
import rl.ballast.trainer.rollouts.JudgedStep;
import rl.ballast.trainer.rollouts.RolloutCollector;
import rl.ballast.trainer.store.RunStore;

/// The judged rollouts of a step with their routes: those on disk if they belong to this lineage, else new ones. What
/// does not belong is set aside under `rollouts/dropped/` and reported in `events.jsonl`.
public final class JudgedSteps {
    private final RunStore store;
    private final RolloutCollector collector;
    private final Recipe recipe;
    private final ModelConfig model;
    private final String runId;
    private final Progress progress;
    private final Phase.Listener phases;

    public JudgedSteps(
            RunStore store,
            RolloutCollector collector,
            Recipe recipe,
            ModelConfig model,
            String runId,
            Progress progress,
            Phase.Listener phases) {
        this.store = store;
        this.collector = collector;
        this.recipe = recipe;
        this.model = model;
        this.runId = runId;
        this.progress = progress;
        this.phases = phases;
    }

    record Ready(JudgedStep judged, RecordedRoutes routes) {}

    /// @param state before the step
    /// @param place that the step samples from
    Ready obtain(CheckpointState state, Publisher.Place place, PhaseTimes times) {
        int step = state.step() + 1;
        Path file = store.layout().rollouts(step);
        if (Files.exists(file)) {
            JudgedStep judged = JudgedFile.read(file);
            String misfit = misfit(judged, state, place);
            if (misfit.isEmpty()) {
                try {
                    return new Ready(judged, routes(judged));
                } catch (CorruptTrace e) {
                    misfit = String.valueOf(e.getMessage());
                }
            }
            drop(file, judged, misfit);
        }
        JudgedStep judged = generate(step, state, place, file, times);
        return new Ready(judged, routes(judged));
    }

    private JudgedStep generate(int step, CheckpointState state, Publisher.Place place, Path file, PhaseTimes times) {
        store.requireOwned();
        phases.entered(Phase.GENERATE, step, 0);
        progress.generating(recipe.promptsPerStep());
        var generated = times.time(
                "generate",
                () -> collector.generate(step, state.dataPosition(), place.version(), _ -> progress.generatedGroup()));
        phases.entered(Phase.JUDGE, step, 0);
        return times.time("judge", () -> {
            var header = new JudgedStep.Header(
                    step,
                    store.epoch(),
                    place.version().value(),
                    place.weights(),
                    state.seedSalt(),
                    recipe.promptsPerStep(),
                    recipe.groupSize());
            var judged = new JudgedStep(header, collector.judge(generated));
            store.requireOwned();
            JudgedFile.write(file, judged);
            return judged;
        });
    }

    private RecordedRoutes routes(JudgedStep judged) {
        return RecordedRoutes.read(judged, model, store.layout(), runId);
    }

    /// Why rollouts on disk do not belong to this lineage; empty if they do. A restored learner publishes its weights
    /// under a new version: what was sampled from the same weights under an older one is as good.
    private String misfit(JudgedStep judged, CheckpointState state, Publisher.Place place) {
        var header = judged.header();
        boolean sameWeights = header.weights() == null
                ? header.policyVersion() == place.version().value()
                : header.weights().equals(place.weights());
        if (!sameWeights) {
            return "sampled from policy version %d, the restored lineage is at %d and the lag budget is 0"
                    .formatted(header.policyVersion(), place.version().value());
        }
        if (header.seedSalt() != state.seedSalt()) {
            return "sampled with seed salt %d, the lineage uses %d".formatted(header.seedSalt(), state.seedSalt());
        }
        if (header.groups() != recipe.promptsPerStep() || header.groupSize() != recipe.groupSize()) {
            return "%d groups of %d, the recipe asks for %d of %d"
                    .formatted(header.groups(), header.groupSize(), recipe.promptsPerStep(), recipe.groupSize());
        }
        return "";
    }

    private void drop(Path file, JudgedStep judged, String reason) {
        var header = judged.header();
        Path folder = store.layout().rollouts().resolve("dropped");
        Path aside = folder.resolve("step-%06d-%s-epoch-%d.jsonl"
                .formatted(header.step(), new PolicyVersion(header.policyVersion()).folder(), store.epoch()));
        try {
            Files.createDirectories(folder);
            Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
            AtomicFiles.sync(folder);
        } catch (IOException e) {
            throw StoreException.of(aside, "move " + file, e);
        }
        store.event(
                "RolloutsDropped",
                "DiscardedLineage",
                "step %d: %d judged groups were not trained: %s; kept in rollouts/dropped, generated again with the same seeds"
                        .formatted(header.step(), header.groups(), reason));
    }
}
