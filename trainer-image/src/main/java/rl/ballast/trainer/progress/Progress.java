package rl.ballast.trainer.progress;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.wire.LearnerProgress;
import rl.ballast.trainer.Phase;

/// Where the learner is and what it last measured. Written by the training thread, read by any.
public final class Progress implements Phase.Listener {
    private static final Logger LOG = LoggerFactory.getLogger("learner");
    /// Weight of the newest step in the running mean of seconds per step.
    private static final double SMOOTHING = 0.2;

    private final int steps;
    private final int coldStartUpdates;
    private final long epoch;
    private final LearnerMeters meters;
    private final RecentSteps recent = new RecentSteps();
    private final AtomicInteger generated = new AtomicInteger();
    private volatile Phase phase = Phase.STARTING;
    private volatile int step;
    private volatile int groups;
    private volatile @Nullable Long version;
    private volatile @Nullable ColdStartLine coldStart;
    private volatile @Nullable JsonNode line;
    private volatile @Nullable Double evaluation;
    private volatile double secondsPerStep = Double.NaN;
    private volatile @Nullable Supplier<LearnerProgress.Engines> engines;
    private volatile @Nullable Checkpoint checkpoint;
    /// Damaged trace files of the newest step, recorded or in progress.
    private volatile int corruptTraces;

    public Progress(int steps, int coldStartUpdates, long epoch, LearnerMeters meters) {
        this.steps = steps;
        this.coldStartUpdates = coldStartUpdates;
        this.epoch = epoch;
        this.meters = meters;
    }

    private record Checkpoint(int step, Instant time) {}

    @Override
    public void entered(Phase next, int nextStep, int part) {
        phase = next;
        step = nextStep;
    }

    public void generating(int groupsOfStep) {
        groups = groupsOfStep;
        generated.set(0);
    }

    public void generatedGroup() {
        generated.incrementAndGet();
    }

    /// So many trace files of the step in progress cannot be used, and are recorded again.
    public void corruptTraces(int files) {
        corruptTraces = files;
        meters.corruptTraces(files);
    }

    /// Who is asked for what the engines serve.
    public void watching(Supplier<LearnerProgress.Engines> source) {
        engines = source;
    }

    /// A checkpoint of that step is complete.
    public void checkpointed(int ofStep, Instant time) {
        checkpoint = new Checkpoint(ofStep, time);
    }

    public void published(long policyVersion) {
        version = policyVersion;
        meters.policyVersion(policyVersion);
    }

    public void coldStart(ColdStartLine newest) {
        coldStart = newest;
        LOG.info(
                "cold start {}/{} loss {} grad {}",
                newest.update(),
                coldStartUpdates,
                text(newest.loss()),
                text(newest.gradientNorm()));
    }

    /// A line of metrics is on disk.
    public void recorded(JsonNode newest) {
        line = newest;
        corruptTraces = newest.at("/replay/corruptTraces").asInt(0);
        Double score = number(newest, "/evaluation/score");
        evaluation = score == null ? evaluation : score;
        Double total = number(newest, "/seconds/total");
        if (total != null && newest.path("step").asInt() > 0) {
            double before = secondsPerStep;
            secondsPerStep = Double.isNaN(before) ? total : before + SMOOTHING * (total - before);
        }
        meters.recorded(newest);
        recent.add(newest);
        LOG.info(
                "step {}/{} version {} reward {} evaluation {} k3 {} entropy {} clip {} grad {} tokens/s {} seconds {}",
                newest.path("step").asInt(),
                steps,
                newest.path("policyVersion").asLong(),
                text(number(newest, "/reward/mean")),
                text(score),
                text(number(newest, "/engineMismatch/k3")),
                text(number(newest, "/entropy/mean")),
                text(number(newest, "/update/clipFraction")),
                text(number(newest, "/update/gradientNorm")),
                text(number(newest, "/tokens/perSecond")),
                text(total));
    }

    public LearnerProgress snapshot() {
        JsonNode newest = line;
        ColdStartLine cold = coldStart;
        int recorded = newest == null ? 0 : newest.path("step").asInt();
        double eta = secondsPerStep * (steps - recorded);
        Double traceBytes = number(newest, "/replay/traceBytes");
        Supplier<LearnerProgress.Engines> source = engines;
        Checkpoint saved = checkpoint;
        return new LearnerProgress(
                phase.name().toLowerCase(java.util.Locale.ROOT),
                recorded,
                steps,
                epoch,
                version,
                number(newest, "/reward/mean"),
                evaluation,
                number(newest, "/engineMismatch/k3"),
                number(newest, "/entropy/mean"),
                number(newest, "/update/clipFraction"),
                number(newest, "/tokens/perSecond"),
                eta,
                replay(newest),
                traceBytes == null ? null : (Long) traceBytes.longValue(),
                source == null ? null : source.get(),
                saved == null ? null : (Integer) saved.step(),
                saved == null ? null : saved.time().toString(),
                // Rollouts of another version than the newest are refused.
                recorded == 0 ? null : (Integer) 0,
                recent.verdict().orElse(null),
                new LearnerProgress.Generation(step, generated.get(), groups),
                cold == null ? null : new LearnerProgress.ColdStart(cold.update(), coldStartUpdates, cold.loss()));
    }

    private LearnerProgress.@Nullable Replay replay(@Nullable JsonNode newest) {
        int corrupt = corruptTraces;
        JsonNode replay = newest == null ? null : newest.get("replay");
        if (replay == null) {
            return corrupt == 0 ? null : new LearnerProgress.Replay(null, null, null, null, null, corrupt);
        }
        return new LearnerProgress.Replay(
                replay.path("mode").asText(),
                replay.path("reason").asText(),
                number(newest, "/replay/coverage"),
                number(newest, "/replay/disagreement/any"),
                unknown(replay.path("unknown")),
                corrupt);
    }

    private static Map<String, Long> unknown(JsonNode byReason) {
        Map<String, Long> unknown = new TreeMap<>();
        byReason.properties()
                .forEach(entry -> unknown.put(entry.getKey(), entry.getValue().asLong()));
        return unknown;
    }

    /// Last step with a line of metrics.
    public int recordedStep() {
        JsonNode newest = line;
        return newest == null ? 0 : newest.path("step").asInt();
    }

    public @Nullable Long version() {
        return version;
    }

    /// Null also for what is not finite, such as a share of nothing.
    private static @Nullable Double number(@Nullable JsonNode node, String path) {
        JsonNode found = node == null ? null : node.at(path);
        return found == null || !found.isNumber() || !Double.isFinite(found.asDouble())
                ? null
                : (Double) found.asDouble();
    }

    private static String text(@Nullable Double value) {
        return value == null ? "-" : "%.4g".formatted(value);
    }
}
