package rl.ballast.rollout.engine;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;
import rl.ballast.rollout.cache.BlockManager;
import rl.ballast.rollout.cache.BlockTable;
import rl.ballast.rollout.cache.CacheKey;
import rl.ballast.rollout.engine.GroupResult.CapturedRoutes;
import rl.ballast.rollout.sample.Distribution;
import rl.ballast.rollout.sample.SampledToken;
import rl.ballast.rollout.sample.Sampler;
import rl.ballast.rollout.schedule.Admission;
import rl.ballast.rollout.schedule.ScheduledRows;
import rl.ballast.rollout.schedule.Scheduler;
import rl.ballast.rollout.schedule.Sequence;

/// All requests in progress and the step that moves them on: schedule, forward, record routes, sample, finish.
///
/// Compute thread only.
final class Generation {
    /// Told of groups that ended.
    interface Listener {
        void completed(PendingGroup group);

        void failed(PendingGroup group, RuntimeException cause);
    }

    private final Backend backend;
    private final Listener listener;
    private final BlockManager blocks;
    private final Scheduler scheduler;
    private final @Nullable RowRoutes rowRoutes;
    private final Sampler sampler = new Sampler();
    private final Map<String, PendingGroup> groups = new LinkedHashMap<>();
    private final Map<Sequence, PendingResponse> responses = new HashMap<>();
    private final int vocabulary;
    private final int cellsPerRow;
    private long arrivals;
    private long steps;
    private long promptRows;
    private long decodeRows;
    private long generatedTokens;
    private long finishedSequences;

    Generation(Backend backend, EngineSettings settings, Listener listener) {
        this.backend = backend;
        this.listener = listener;
        blocks = new BlockManager(backend.blocks(), backend.blockTokens());
        scheduler = new Scheduler(blocks, settings.maxSequences(), settings.maxBatchTokens());
        vocabulary = backend.config().vocabSize();
        int layers = backend.config().moeLayerIndices().length;
        int topK = backend.config().expertsPerToken();
        cellsPerRow = layers * topK;
        rowRoutes = layers == 0 ? null : new RowRoutes(backend.blocks(), backend.blockTokens(), layers, topK);
    }

    boolean idle() {
        return groups.isEmpty();
    }

    /// Whether any response holds cache blocks or has sampled a token.
    boolean anyStarted() {
        return scheduler.anyStarted();
    }

    boolean inProgress(String requestId) {
        return groups.containsKey(requestId);
    }

    void add(PendingGroup group, int longest) {
        groups.put(group.request().requestId(), group);
        for (int i = 0; i < group.request().seeds().length; i++) {
            Sequence sequence = new Sequence(arrivals++, group.request().promptTokens(), longest);
            PendingResponse response = new PendingResponse(group, i, sequence);
            group.responses().add(response);
            responses.put(sequence, response);
            scheduler.add(sequence);
        }
    }

    /// Takes a group out; null if there is none.
    @Nullable
    PendingGroup remove(String requestId) {
        PendingGroup group = groups.remove(requestId);
        if (group != null) {
            Set<Sequence> sequences = new HashSet<>();
            for (PendingResponse response : group.responses()) {
                if (responses.remove(response.sequence()) != null) {
                    sequences.add(response.sequence());
                }
            }
            scheduler.remove(sequences);
        }
        return group;
    }

    /// Takes all groups out.
    Collection<PendingGroup> removeAll() {
        List<PendingGroup> all = new ArrayList<>(groups.values());
        all.forEach(group -> remove(group.request().requestId()));
        return all;
    }

    /// New weights serve from now on; `recompute` throws running caches away, else they are kept but no longer
    /// shared.
    void swapped(PolicyVersion version, boolean recompute) {
        if (recompute) {
            scheduler.restartAll();
        } else {
            scheduler.stopSharing();
        }
        blocks.keepOnly(key(version));
    }

    /// Log-probabilities `[T - 1]` of a sequence with the weights that are active, in blocks that nobody uses. If there
    /// are too few, running sequences give theirs up and compute them again.
    ///
    /// @throws ArithmeticException if a logit is not finite
    float[] score(PolicyVersion version, int[] tokens) {
        BlockTable table = scratch(version, tokens);
        if (table == null) {
            scheduler.restartAll();
            table = scratch(version, tokens);
        }
        if (table == null) {
            throw new IllegalStateException("the cache has no room for %d tokens".formatted(tokens.length));
        }
        try {
            StepBatch.Segment all = new StepBatch.Segment(tokens, 0, table.toArray(), tokens.length);
            return logProbs(backend.forward(new StepBatch(List.of(all))).logits(), tokens);
        } finally {
            blocks.release(table);
        }
    }

    /// Blocks that share nothing; null if there are too few.
    private @Nullable BlockTable scratch(PolicyVersion version, int[] tokens) {
        BlockTable table = blocks.tryOpen(key(version), tokens, 1);
        if (table != null && !blocks.tryGrow(table, tokens.length)) {
            blocks.release(table);
            return null;
        }
        return table;
    }

    private float[] logProbs(float[] logits, int[] tokens) {
        Distribution distribution = new Distribution();
        float[] logProbs = new float[tokens.length - 1];
        for (int t = 0; t < logProbs.length; t++) {
            distribution.load(logits, t * vocabulary, vocabulary, 1);
            logProbs[t] = distribution.logProb(tokens[t + 1]);
        }
        return logProbs;
    }

    /// One forward pass.
    ///
    /// @return false if no row could run
    boolean step(PolicyVersion version, Admission admission) {
        List<ScheduledRows> scheduled = scheduler.next(key(version), admission);
        if (scheduled.isEmpty()) {
            return false;
        }
        StepOutput output = backend.forward(batch(scheduled));
        record(scheduled, output, version);
        scheduler.computed(scheduled);
        sample(scheduled, output, version);
        steps++;
        return true;
    }

    private CacheKey key(PolicyVersion version) {
        return new CacheKey(version, backend.precision());
    }

    private static StepBatch batch(List<ScheduledRows> scheduled) {
        List<StepBatch.Segment> segments = new ArrayList<>(scheduled.size());
        for (ScheduledRows rows : scheduled) {
            int[] tokens = new int[rows.rows()];
            System.arraycopy(rows.sequence().tokens(), rows.firstPosition(), tokens, 0, rows.rows());
            int[] table = requireNonNull(rows.sequence().table()).toArray();
            segments.add(new StepBatch.Segment(tokens, rows.firstPosition(), table, rows.complete() ? 1 : 0));
        }
        return new StepBatch(segments);
    }

    private void record(List<ScheduledRows> scheduled, StepOutput output, PolicyVersion version) {
        int row = 0;
        for (ScheduledRows rows : scheduled) {
            boolean decode = rows.rows() == 1 && rows.sequence().started();
            decodeRows += decode ? 1 : 0;
            promptRows += decode ? 0 : rows.rows();
            if (rowRoutes != null) {
                for (int i = 0; i < rows.rows(); i++, row++) {
                    rowRoutes.write(
                            requireNonNull(rows.sequence().table()),
                            rows.firstPosition() + i,
                            version,
                            output.experts(),
                            row * cellsPerRow);
                }
            }
        }
    }

    private void sample(List<ScheduledRows> scheduled, StepOutput output, PolicyVersion version) {
        Set<Sequence> finished = new HashSet<>();
        Map<PendingGroup, RuntimeException> broken = new LinkedHashMap<>();
        int logitRow = 0;
        for (ScheduledRows rows : scheduled) {
            if (!rows.complete()) {
                continue;
            }
            int offset = logitRow++ * vocabulary;
            PendingResponse response = requireNonNull(responses.get(rows.sequence()));
            try {
                if (advance(response, output.logits(), offset, version)) {
                    finished.add(rows.sequence());
                    responses.remove(rows.sequence());
                }
            } catch (ArithmeticException e) {
                broken.put(response.group(), brokenLogits(response, version, e));
            }
        }
        scheduler.remove(finished);
        broken.forEach((group, cause) -> {
            remove(group.request().requestId());
            listener.failed(group, cause);
        });
    }

    private static EngineRefusal brokenLogits(
            PendingResponse response, PolicyVersion version, ArithmeticException cause) {
        return new EngineRefusal(
                Reason.INTERNAL,
                "request '%s', policy version %d, position %d: %s; the weights are broken"
                        .formatted(
                                response.group().request().requestId(),
                                version.value(),
                                response.sequence().length() - 1,
                                cause.getMessage()));
    }

    /// Samples one token; true if the response ends with it.
    private boolean advance(PendingResponse response, float[] logits, int offset, PolicyVersion version) {
        PendingGroup group = response.group();
        SampledToken token = sampler.sample(
                logits,
                offset,
                vocabulary,
                group.rule(),
                response.seed(),
                response.sampled(),
                group.request().keepMask());
        FinishReason reason = response.take(token, version);
        generatedTokens++;
        if (reason == null) {
            return false;
        }
        finishedSequences++;
        if (response.finish(reason, routes(response))) {
            groups.remove(group.request().requestId());
            listener.completed(group);
        }
        return true;
    }

    private @Nullable CapturedRoutes routes(PendingResponse response) {
        if (rowRoutes == null || !response.group().request().captureRoutes()) {
            return null;
        }
        Sequence sequence = response.sequence();
        return rowRoutes.read(requireNonNull(sequence.table()), sequence.length() - 1);
    }

    Work work() {
        return new Work(
                scheduler.running(),
                scheduler.waiting(),
                blocks.usedBlocks(),
                finishedSequences,
                generatedTokens,
                steps,
                promptRows,
                decodeRows,
                scheduler.sharedRows(),
                scheduler.preemptions());
    }
}
