package rl.ballast.trainer.step;

import java.nio.file.Files;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.Phase;
import rl.ballast.trainer.checkpoint.CheckpointState;
import rl.ballast.trainer.progress.Progress;
import rl.ballast.trainer.publish.Publisher;
import rl.ballast.trainer.rollouts.JudgedFile;
import rl.ballast.trainer.rollouts.JudgedStep;
import rl.ballast.trainer.rollouts.RolloutCollector;
import rl.ballast.trainer.store.RunStore;

/// The judged rollouts of a step with their routes: those on disk if they belong to this lineage, else new ones. Groups
/// whose trace is damaged are generated once more, with the same seeds. What is not trained on is reported and kept.
public final class JudgedSteps {
    private final RunStore store;
    private final RolloutFiles files;
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
        this.files = new RolloutFiles(store);
        this.collector = collector;
        this.recipe = recipe;
        this.model = model;
        this.runId = runId;
        this.progress = progress;
        this.phases = phases;
    }

    /// @param corruptTraces trace files that could not be used and were recorded again
    record Ready(JudgedStep judged, RecordedRoutes routes, int corruptTraces) {}

    /// @param state before the step
    /// @param place that the step samples from
    /// @throws LearnerFailure with `TRACE_CORRUPT` if a trace that was recorded again is damaged, too
    Ready obtain(CheckpointState state, Publisher.Place place, PhaseTimes times) {
        JudgedStep judged = judged(state, place, times);
        RecordedRoutes routes = routes(judged);
        if (routes.corrupt().isEmpty()) {
            return new Ready(judged, routes, 0);
        }
        JudgedStep again = recordAgain(judged, routes, state, place, times);
        RecordedRoutes second = routes(again);
        if (!second.corrupt().isEmpty()) {
            throw new LearnerFailure(
                    ExitCode.TRACE_CORRUPT,
                    "step %d: %s. %d of %d traces that were recorded again are damaged, too: look at the volume and at the engines"
                            .formatted(
                                    again.header().step(),
                                    second.corrupt().get(second.corrupt().firstKey()),
                                    second.corrupt().size(),
                                    routes.corrupt().size()));
        }
        return new Ready(again, second, routes.corrupt().size());
    }

    /// Removes rollouts of the steps up to `step`.
    void removeUpTo(int step) {
        files.removeUpTo(step);
    }

    private JudgedStep judged(CheckpointState state, Publisher.Place place, PhaseTimes times) {
        int step = state.step() + 1;
        if (Files.exists(files.file(step))) {
            JudgedStep judged = JudgedFile.read(files.file(step));
            String misfit = misfit(judged, state, place);
            if (misfit.isEmpty()) {
                return judged;
            }
            files.drop(judged, misfit);
        }
        var header = header(state, place);
        var nothing = new JudgedStep(header, List.of());
        return complete(nothing, header, collector.groups(), state, place, times);
    }

    /// Groups with a damaged trace are generated once more; all groups if those on disk were sampled under another
    /// version of the same weights, or by the run that this one has adopted, since a step has one of each.
    private JudgedStep recordAgain(
            JudgedStep judged, RecordedRoutes routes, CheckpointState state, Publisher.Place place, PhaseTimes times) {
        var corrupt = routes.corrupt();
        progress.corruptTraces(corrupt.size());
        var header = judged.header();
        boolean alike = header.policyVersion() == place.version().value() && runId.equals(sampledBy(header));
        SortedSet<Integer> groups = alike ? new TreeSet<>(corrupt.keySet()) : collector.groups();
        files.drop(judged, groups, String.valueOf(corrupt.get(corrupt.firstKey())));
        return complete(judged, header(state, place), groups, state, place, times);
    }

    /// Generates and judges groups of a step, and puts them on disk with the others.
    private JudgedStep complete(
            JudgedStep others,
            JudgedStep.Header header,
            SortedSet<Integer> groups,
            CheckpointState state,
            Publisher.Place place,
            PhaseTimes times) {
        store.requireOwned();
        phases.entered(Phase.GENERATE, header.step(), 0);
        progress.generating(groups.size());
        var generated = times.time(
                "generate",
                () -> collector.generate(
                        header.step(), state.dataPosition(), place.version(), groups, _ -> progress.generatedGroup()));
        phases.entered(Phase.JUDGE, header.step(), 0);
        return times.time("judge", () -> {
            var judged = others.with(header, collector.judge(generated));
            store.requireOwned();
            files.write(judged);
            return judged;
        });
    }

    private JudgedStep.Header header(CheckpointState state, Publisher.Place place) {
        return new JudgedStep.Header(
                state.step() + 1,
                store.epoch(),
                runId,
                place.version().value(),
                place.weights(),
                state.seedSalt(),
                recipe.promptsPerStep(),
                recipe.groupSize());
    }

    private RecordedRoutes routes(JudgedStep judged) {
        return RecordedRoutes.read(judged, model, store.layout(), sampledBy(judged.header()));
    }

    private String sampledBy(JudgedStep.Header header) {
        String run = header.run();
        return run == null ? runId : run;
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
}
