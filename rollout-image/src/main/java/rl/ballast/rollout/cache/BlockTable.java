package rl.ballast.rollout.cache;

import java.util.Arrays;

/// The blocks of one sequence, in order of position. Made and changed by [BlockManager] only.
public final class BlockTable {
    final CacheKey key;
    int[] blocks = new int[4];
    int size;
    /// Leading blocks that the cache knows by content, and the content number of the last of them.
    int published;
    long content;
    boolean shareable = true;

    BlockTable(CacheKey key, long root) {
        this.key = key;
        this.content = root;
    }

    /// Under which weights the sequence started to fill these blocks.
    public CacheKey key() {
        return key;
    }

    public int size() {
        return size;
    }

    public int block(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("block %d of %d".formatted(index, size));
        }
        return blocks[index];
    }

    /// A copy of the block numbers.
    public int[] toArray() {
        return Arrays.copyOf(blocks, size);
    }

    /// From now on this table's blocks are not offered to others: their rows come from different weights.
    public void stopSharing() {
        shareable = false;
    }

    void add(int block) {
        if (size == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * size);
        }
        blocks[size++] = block;
    }
}
