package rl.ballast.rollout.schedule;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import rl.ballast.rollout.cache.BlockManager;
import rl.ballast.rollout.cache.BlockTable;
import rl.ballast.rollout.cache.CacheKey;

/// Decides which rows run next. Two queues in order of arrival: *running* sequences hold blocks, *waiting* ones
/// hold none.
///
/// A pass takes, as far as its rows reach: one row of every running sequence that only lacks its newest token;
/// then chunks of those that lack more; then waiting sequences, the oldest first and none before it. If a
/// running sequence needs a block and there is none, the youngest running one goes back to waiting and is
/// computed again later. The oldest is never preempted for a younger one and every sequence fits alone, so each
/// one ends.
///
/// Not thread-safe: the compute thread's.
public final class Scheduler {
    private final BlockManager blocks;
    private final int maxSequences;
    private final int maxBatchTokens;
    private final List<Sequence> running = new ArrayList<>();
    private final Deque<Sequence> waiting = new ArrayDeque<>();
    private long preemptions;
    private long sharedRows;

    public Scheduler(BlockManager blocks, int maxSequences, int maxBatchTokens) {
        if (maxSequences < 1 || maxBatchTokens < 1) {
            throw new IllegalArgumentException(
                    "maxSequences %d, maxBatchTokens %d: expected at least 1".formatted(maxSequences, maxBatchTokens));
        }
        this.blocks = blocks;
        this.maxSequences = maxSequences;
        this.maxBatchTokens = maxBatchTokens;
    }

    /// Whether a sequence of this many tokens fits when it runs alone.
    public boolean fits(int length) {
        return blocks.blocksFor(length) <= blocks.blocks();
    }

    /// Adds a sequence that is younger than all others.
    public void add(Sequence sequence) {
        if (!fits(sequence.maxLength())) {
            throw new IllegalArgumentException("sequence of up to %d tokens, cache of %d blocks of %d tokens"
                    .formatted(sequence.maxLength(), blocks.blocks(), blocks.blockTokens()));
        }
        waiting.addLast(sequence);
    }

    public int running() {
        return running.size();
    }

    public int waiting() {
        return waiting.size();
    }

    public long preemptions() {
        return preemptions;
    }

    /// Positions that were not computed because the cache had them.
    public long sharedRows() {
        return sharedRows;
    }

    /// Sequences that hold blocks or have sampled a token.
    public boolean anyStarted() {
        return !running.isEmpty() || waiting.stream().anyMatch(Sequence::started);
    }

    /// The rows of the next forward pass; empty if nothing can run. The caller runs them and reports back by
    /// [#computed].
    ///
    /// @param key of the weights that the pass will use
    public List<ScheduledRows> next(CacheKey key, Admission admission) {
        List<ScheduledRows> rows = new ArrayList<>();
        long preemptionsBefore = preemptions;
        int budget = decode(rows, maxBatchTokens);
        budget = prefill(rows, budget);
        if (preemptions == preemptionsBefore) {
            admit(rows, budget, key, admission);
        }
        return rows;
    }

    /// Call after the forward pass.
    public void computed(List<ScheduledRows> rows) {
        for (ScheduledRows scheduled : rows) {
            scheduled.sequence().computed += scheduled.rows();
        }
    }

    /// Takes sequences out, wherever they are, and frees their blocks.
    public void remove(Collection<Sequence> sequences) {
        running.removeAll(sequences);
        waiting.removeAll(sequences);
        sequences.forEach(this::free);
    }

    /// Sends all running sequences back, to be computed from the start.
    public void restartAll() {
        while (!running.isEmpty()) {
            sendBack(running.getLast());
        }
    }

    /// Lets running sequences go on with what they have, but offers none of it to others.
    public void stopSharing() {
        for (Sequence sequence : running) {
            requireNonNull(sequence.table).stopSharing();
        }
    }

    List<Sequence> runningSequences() {
        return Collections.unmodifiableList(running);
    }

    Collection<Sequence> waitingSequences() {
        return Collections.unmodifiableCollection(waiting);
    }

    private int decode(List<ScheduledRows> rows, int budget) {
        int left = budget;
        for (int i = 0; i < running.size() && left > 0; i++) {
            Sequence sequence = running.get(i);
            if (sequence.length() - sequence.computed == 1 && makeRoom(sequence)) {
                schedule(rows, sequence, 1);
                left--;
            }
        }
        return left;
    }

    private int prefill(List<ScheduledRows> rows, int budget) {
        int left = budget;
        for (int i = 0; i < running.size() && left > 0; i++) {
            Sequence sequence = running.get(i);
            int pending = sequence.length() - sequence.computed;
            if (pending > 1) {
                int chunk = Math.min(pending, left);
                schedule(rows, sequence, chunk);
                left -= chunk;
            }
        }
        return left;
    }

    private void admit(List<ScheduledRows> rows, int budget, CacheKey key, Admission admission) {
        int left = budget;
        while (left > 0 && running.size() < maxSequences && !waiting.isEmpty()) {
            Sequence sequence = waiting.getFirst();
            if (admission == Admission.STARTED && !sequence.started()) {
                return;
            }
            BlockTable table = blocks.tryOpen(key, sequence.tokens(), sequence.length());
            if (table == null) {
                return;
            }
            waiting.removeFirst();
            running.add(sequence);
            sequence.table = table;
            sequence.computed = blocks.sharedRows(table);
            sharedRows += sequence.computed;
            int chunk = Math.min(sequence.length() - sequence.computed, left);
            schedule(rows, sequence, chunk);
            left -= chunk;
        }
    }

    /// Gets a block for the newest token, at the cost of the youngest. False if the sequence itself was the
    /// youngest.
    private boolean makeRoom(Sequence sequence) {
        while (!blocks.tryGrow(requireNonNull(sequence.table), sequence.length())) {
            Sequence youngest = running.getLast();
            sendBack(youngest);
            preemptions++;
            if (youngest == sequence) {
                return false;
            }
        }
        return true;
    }

    private void schedule(List<ScheduledRows> rows, Sequence sequence, int count) {
        int end = sequence.computed + count;
        rows.add(new ScheduledRows(sequence, sequence.computed, count, end == sequence.length()));
        // Others of this very pass may share what it is about to write: a backend writes before it reads.
        blocks.publish(requireNonNull(sequence.table), sequence.tokens(), end);
    }

    private void sendBack(Sequence sequence) {
        running.remove(sequence);
        free(sequence);
        waiting.addFirst(sequence);
    }

    private void free(Sequence sequence) {
        if (sequence.table != null) {
            blocks.release(sequence.table);
            sequence.table = null;
        }
        sequence.computed = 0;
    }
}
