package rl.ballast.rollout.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;

class BlockManagerTest {
    private static final CacheKey ONE = new CacheKey(new PolicyVersion(1), ServedPrecision.F32);
    private static final CacheKey TWO = new CacheKey(new PolicyVersion(2), ServedPrecision.F32);
    private static final CacheKey ONE_FP8 = new CacheKey(new PolicyVersion(1), ServedPrecision.FP8);

    private final BlockManager blocks = new BlockManager(8, 4);

    @Test
    void sharesOnlyTheFullBlocksOfACommonPrefix() {
        BlockTable first = open(ONE, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        blocks.publish(first, new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 9);
        BlockTable second = open(ONE, 1, 2, 3, 4, 5, 6, 7, 99, 9);
        assertThat(blocks.sharedRows(first)).isEqualTo(8);
        assertThat(blocks.sharedRows(second)).isEqualTo(4);
        assertThat(second.block(0)).isEqualTo(first.block(0));
        assertThat(second.block(1)).isNotEqualTo(first.block(1));
        assertThat(blocks.usedBlocks()).isEqualTo(5);
    }

    @Test
    void leavesTheLastTokenToBeComputed() {
        int[] tokens = {1, 2, 3, 4, 5, 6, 7, 8};
        blocks.publish(open(ONE, tokens), tokens, 8);
        assertThat(blocks.sharedRows(open(ONE, tokens))).isEqualTo(4);
    }

    @Test
    void neverSharesAcrossVersionsOrPrecisions() {
        int[] tokens = {1, 2, 3, 4, 5};
        blocks.publish(open(ONE, tokens), tokens, 5);
        assertThat(blocks.sharedRows(open(TWO, tokens))).isZero();
        assertThat(blocks.sharedRows(open(ONE_FP8, tokens))).isZero();
        assertThat(blocks.sharedRows(open(ONE, tokens))).isEqualTo(4);
    }

    @Test
    void sharesNothingThatIsNotPublished() {
        int[] tokens = {1, 2, 3, 4, 5};
        BlockTable table = open(ONE, tokens);
        blocks.publish(table, tokens, 3);
        assertThat(blocks.sharedRows(open(ONE, tokens))).isZero();
        table.stopSharing();
        blocks.publish(table, tokens, 5);
        assertThat(blocks.sharedRows(open(ONE, tokens))).isZero();
    }

    @Test
    void takesReleasedBlocksUpAgainUntilTheyAreNeeded() {
        int[] tokens = {1, 2, 3, 4, 5};
        BlockTable table = open(ONE, tokens);
        blocks.publish(table, tokens, 5);
        blocks.release(table);
        assertThat(blocks.usedBlocks()).isZero();
        BlockTable again = open(ONE, tokens);
        assertThat(blocks.sharedRows(again)).isEqualTo(4);
        blocks.release(again);
        BlockTable all = requireNonNull(blocks.tryOpen(ONE, new int[32], 32));
        blocks.release(all);
        assertThat(blocks.sharedRows(open(ONE, tokens))).isZero();
    }

    @Test
    void evictsTheLongestUnusedFirst() {
        int[] older = {1, 2, 3, 4, 5};
        int[] newer = {6, 7, 8, 9, 5};
        for (int[] tokens : new int[][] {older, newer}) {
            BlockTable table = open(ONE, tokens);
            blocks.publish(table, tokens, 5);
            blocks.release(table);
        }
        blocks.release(requireNonNull(blocks.tryOpen(ONE, new int[28], 28)));
        assertThat(blocks.sharedRows(open(ONE, newer))).isEqualTo(4);
        assertThat(blocks.sharedRows(open(ONE, older))).isZero();
    }

    @Test
    void changesNothingWhenThereIsNoRoom() {
        BlockTable table = open(ONE, new int[20]);
        assertThat(blocks.tryOpen(ONE, new int[16], 16)).isNull();
        assertThat(blocks.tryGrow(table, 36)).isFalse();
        assertThat(blocks.usedBlocks()).isEqualTo(5);
        blocks.verify(List.of(table));
    }

    @Test
    void forgetsOtherVersionsAfterASwap() {
        int[] tokens = {1, 2, 3, 4, 5};
        BlockTable table = open(ONE, tokens);
        blocks.publish(table, tokens, 5);
        blocks.release(table);
        blocks.keepOnly(TWO);
        assertThat(blocks.sharedRows(open(ONE, tokens))).isZero();
    }

    @Test
    void refusesToReleaseTwice() {
        BlockTable table = open(ONE, 1, 2, 3);
        table.blocks = table.blocks.clone();
        BlockTable twin = new BlockTable(ONE, 0);
        twin.add(table.block(0));
        blocks.release(table);
        assertThatThrownBy(() -> blocks.release(twin))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("more often than taken");
    }

    /// Keeps a copy of what every block holds and checks that a shared block always holds the sharer's own
    /// prefix.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomWorkKeepsEveryInvariant(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        BlockManager manager = new BlockManager(1 + random.nextInt(30), 1 + random.nextInt(4));
        Map<BlockTable, int[]> live = new HashMap<>();
        Map<Integer, String> held = new HashMap<>();
        CacheKey key = ONE;
        for (int turn = 0; turn < 3000; turn++) {
            int action = random.nextInt(10);
            if (action < 5) {
                int[] tokens = random.ints(1 + random.nextInt(20), 0, 2).toArray();
                BlockTable table = manager.tryOpen(key, tokens, tokens.length);
                if (table != null) {
                    checkAndFill(manager, table, key, tokens, held);
                    live.put(table, tokens);
                }
            } else if (action < 9 && !live.isEmpty()) {
                BlockTable victim = new ArrayList<>(live.keySet()).get(random.nextInt(live.size()));
                live.remove(victim);
                manager.release(victim);
            } else if (action == 9 && random.nextInt(20) == 0) {
                key = new CacheKey(key.version().next(), ServedPrecision.F32);
                manager.keepOnly(key);
            }
            manager.verify(live.keySet());
        }
    }

    private static void checkAndFill(
            BlockManager manager, BlockTable table, CacheKey key, int[] tokens, Map<Integer, String> held) {
        int perBlock = manager.blockTokens();
        int shared = manager.sharedRows(table);
        assertThat(shared).isLessThan(tokens.length);
        for (int b = 0; b < table.size(); b++) {
            String content =
                    key.version() + Arrays.toString(Arrays.copyOf(tokens, Math.min(tokens.length, (b + 1) * perBlock)));
            if (b * perBlock < shared) {
                assertThat(held.get(table.block(b))).isEqualTo(content);
            }
            held.put(table.block(b), content);
        }
        manager.publish(table, tokens, tokens.length);
    }

    private BlockTable open(CacheKey key, int... tokens) {
        return requireNonNull(blocks.tryOpen(key, tokens, tokens.length));
    }
}
