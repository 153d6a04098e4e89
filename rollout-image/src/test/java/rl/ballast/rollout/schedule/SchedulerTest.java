package rl.ballast.rollout.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.cache.BlockManager;
import rl.ballast.rollout.cache.CacheKey;

class SchedulerTest {
    private static final CacheKey KEY = new CacheKey(new PolicyVersion(1), ServedPrecision.F32);

    @Test
    void cutsALongPromptIntoChunksAndDecodesBesideIt() {
        Scheduler scheduler = new Scheduler(new BlockManager(20, 4), 4, 8);
        Sequence quick = new Sequence(0, new int[] {1, 2}, 10);
        Sequence slow = new Sequence(1, new int[] {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}, 20);
        scheduler.add(quick);
        scheduler.add(slow);
        assertThat(pass(scheduler)).containsExactly("0:0+2!", "1:0+6");
        assertThat(pass(scheduler)).containsExactly("0:2+1!", "1:6+7");
        assertThat(pass(scheduler)).containsExactly("0:3+1!", "1:13+1!");
        assertThat(pass(scheduler)).containsExactly("0:4+1!", "1:14+1!");
    }

    @Test
    void samplesOfOneGroupComputeTheirPromptOnce() {
        Scheduler scheduler = new Scheduler(new BlockManager(40, 4), 16, 100);
        int[] prompt = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        for (int i = 0; i < 4; i++) {
            scheduler.add(new Sequence(i, prompt, 12));
        }
        assertThat(pass(scheduler)).containsExactly("0:0+9!", "1:8+1!", "2:8+1!", "3:8+1!");
        assertThat(scheduler.sharedRows()).isEqualTo(24);
    }

    @Test
    void sendsTheYoungestBackWhenTheCacheIsFull() {
        Scheduler scheduler = new Scheduler(new BlockManager(4, 2), 4, 100);
        scheduler.add(new Sequence(0, new int[] {1, 2, 3}, 8));
        scheduler.add(new Sequence(1, new int[] {4, 5, 6}, 8));
        assertThat(pass(scheduler)).containsExactly("0:0+3!", "1:0+3!");
        assertThat(pass(scheduler)).containsExactly("0:3+1!", "1:3+1!");
        assertThat(pass(scheduler)).containsExactly("0:4+1!");
        assertThat(scheduler.preemptions()).isEqualTo(1);
        assertThat(scheduler.waiting()).isEqualTo(1);
    }

    @Test
    void refusesWhatCanNeverFit() {
        Scheduler scheduler = new Scheduler(new BlockManager(4, 2), 4, 100);
        assertThat(scheduler.fits(8)).isTrue();
        assertThat(scheduler.fits(9)).isFalse();
        assertThatThrownBy(() -> scheduler.add(new Sequence(0, new int[] {1}, 9)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sequence of up to 9 tokens, cache of 4 blocks of 2 tokens");
    }

    @Test
    void letsOnlyStartedSequencesInBeforeASwap() {
        Scheduler scheduler = new Scheduler(new BlockManager(20, 4), 1, 100);
        Sequence started = new Sequence(0, new int[] {1}, 10);
        scheduler.add(started);
        scheduler.add(new Sequence(1, new int[] {2}, 10));
        pass(scheduler);
        scheduler.restartAll();
        assertThat(scheduler.next(KEY, Admission.STARTED)).hasSize(1);
        scheduler.remove(Set.of(started));
        assertThat(scheduler.next(KEY, Admission.STARTED)).isEmpty();
        assertThat(scheduler.anyStarted()).isFalse();
    }

    /// Drives random requests through small caches and checks, pass by pass, limits, order and that each
    /// position is computed exactly when it must be; and that everything ends.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void randomWorkEndsWithinTheLimits(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int perBlock = 1 + random.nextInt(6);
        BlockManager blocks = new BlockManager(12 + random.nextInt(20), perBlock);
        int maxSequences = 1 + random.nextInt(8);
        int maxRows = 1 + random.nextInt(24);
        Scheduler scheduler = new Scheduler(blocks, maxSequences, maxRows);
        int added = 0;
        int finished = 0;
        for (int turn = 0; finished < 120; turn++) {
            assertThat(turn).as("passes until all is done, seed %d", seed).isLessThan(200_000);
            if (added < 120 && random.nextInt(3) == 0) {
                int[] prompt =
                        random.ints(1 + random.nextInt(6 * perBlock), 0, 3).toArray();
                int longest = Math.min(12 * perBlock, prompt.length + 1 + random.nextInt(10));
                if (longest > prompt.length) {
                    Sequence sequence = new Sequence(added, prompt, longest);
                    scheduler.add(sequence);
                    added++;
                }
            }
            if (random.nextInt(200) == 0) {
                scheduler.restartAll();
            }
            List<ScheduledRows> rows = scheduler.next(KEY, Admission.ALL);
            checkPass(scheduler, rows, maxSequences, maxRows);
            scheduler.computed(rows);
            Set<Sequence> done = new HashSet<>();
            for (ScheduledRows scheduled : rows) {
                if (scheduled.complete()) {
                    scheduled.sequence().append(random.nextInt(3));
                    if (scheduled.sequence().length() == scheduled.sequence().maxLength()) {
                        done.add(scheduled.sequence());
                    }
                }
            }
            scheduler.remove(done);
            finished += done.size();
        }
        assertThat(blocks.usedBlocks()).isZero();
        assertThat(scheduler.running() + scheduler.waiting()).isZero();
    }

    private static void checkPass(Scheduler scheduler, List<ScheduledRows> rows, int maxSequences, int maxRows) {
        assertThat(rows.stream().mapToInt(ScheduledRows::rows).sum()).isLessThanOrEqualTo(maxRows);
        assertThat(scheduler.running()).isLessThanOrEqualTo(maxSequences);
        if (scheduler.running() + scheduler.waiting() > 0) {
            assertThat(rows).as("something always runs").isNotEmpty();
        }
        Set<Sequence> seen = new HashSet<>();
        for (ScheduledRows scheduled : rows) {
            Sequence sequence = scheduled.sequence();
            assertThat(seen.add(sequence)).isTrue();
            assertThat(scheduled.firstPosition()).isEqualTo(sequence.computed());
            assertThat(scheduled.complete())
                    .isEqualTo(scheduled.firstPosition() + scheduled.rows() == sequence.length());
            assertThat(scheduler.runningSequences()).contains(sequence);
        }
        List<Long> order = new ArrayList<>();
        scheduler.runningSequences().forEach(s -> order.add(s.arrival()));
        scheduler.waitingSequences().forEach(s -> order.add(s.arrival()));
        assertThat(order).as("older before younger, running before waiting").isSorted();
    }

    /// Runs a pass and appends a token to every sequence that is complete.
    private static List<String> pass(Scheduler scheduler) {
        List<ScheduledRows> rows = scheduler.next(KEY, Admission.ALL);
        scheduler.computed(rows);
        List<String> described = new ArrayList<>();
        for (ScheduledRows scheduled : rows) {
            described.add("%d:%d+%d%s"
                    .formatted(
                            scheduled.sequence().arrival(),
                            scheduled.firstPosition(),
                            scheduled.rows(),
                            scheduled.complete() ? "!" : ""));
            if (scheduled.complete()) {
                scheduled.sequence().append(7);
            }
        }
        return described;
    }
}
