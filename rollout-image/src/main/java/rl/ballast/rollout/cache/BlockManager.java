package rl.ballast.rollout.cache;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gives out the blocks of the KV cache and lets sequences with a common prefix share full blocks.
///
/// A block is *used* (one or more tables refer to it), *cached* (nobody uses it, but its content is known and
/// it can be taken up again), or *empty*. New blocks are taken from the empty ones first, then from the cached
/// ones, longest unused first. A full block is shared once its sequence has published it, by key (policy
/// version, precision) and all tokens up to its end.
///
/// Not thread-safe: the compute thread's.
public final class BlockManager {
    private final int blockTokens;
    private final int[] references;
    private final @Nullable BlockContent[] contents;
    private final long[] contentNumbers;
    private final FreeBlocks free;
    private final Map<BlockContent, Integer> cached = new HashMap<>();
    private final Map<CacheKey, Long> roots = new HashMap<>();
    private long nextContent;

    public BlockManager(int blocks, int blockTokens) {
        if (blocks < 1 || blockTokens < 1) {
            throw new IllegalArgumentException("%d blocks of %d tokens".formatted(blocks, blockTokens));
        }
        this.blockTokens = blockTokens;
        references = new int[blocks];
        contents = new BlockContent[blocks];
        contentNumbers = new long[blocks];
        free = new FreeBlocks(blocks);
        for (int block = 0; block < blocks; block++) {
            free.addBack(block);
        }
    }

    public int blocks() {
        return references.length;
    }

    public int blockTokens() {
        return blockTokens;
    }

    public int usedBlocks() {
        return references.length - free.size();
    }

    /// Blocks that hold `rows` positions.
    public int blocksFor(int rows) {
        return Math.ceilDiv(rows, blockTokens);
    }

    /// Makes a table that covers `length` tokens, sharing the published blocks of the longest known prefix, but
    /// always leaving at least the last token to be computed. Empty if there is no room; then nothing has
    /// changed.
    ///
    /// @return null if there are too few free blocks
    public @Nullable BlockTable tryOpen(CacheKey key, int[] tokens, int length) {
        BlockTable table = new BlockTable(key, roots.computeIfAbsent(key, _ -> nextContent++));
        int revived = 0;
        int shareableBlocks = (length - 1) / blockTokens;
        while (table.size < shareableBlocks) {
            int from = table.size * blockTokens;
            Integer hit = cached.get(new BlockContent(table.content, tokens, from, from + blockTokens));
            if (hit == null) {
                break;
            }
            table.add(hit);
            table.content = contentNumbers[hit];
            revived += references[hit] == 0 ? 1 : 0;
        }
        table.published = table.size;
        if (blocksFor(length) - table.size > free.size() - revived) {
            return null;
        }
        for (int i = 0; i < table.size; i++) {
            if (references[table.blocks[i]]++ == 0) {
                free.remove(table.blocks[i]);
            }
        }
        grow(table, length);
        return table;
    }

    /// Positions of a fresh table that need not be computed.
    public int sharedRows(BlockTable table) {
        return table.published * blockTokens;
    }

    /// Extends a table to `rows` positions; false, with nothing changed, if there is no room.
    public boolean tryGrow(BlockTable table, int rows) {
        if (blocksFor(rows) - table.size > free.size()) {
            return false;
        }
        grow(table, rows);
        return true;
    }

    /// Offers the full blocks among the first `rows` positions to others. Their keys and values must be written
    /// before, or in the same forward pass as, anything that reads them.
    public void publish(BlockTable table, int[] tokens, int rows) {
        while (table.shareable && (table.published + 1) * blockTokens <= rows) {
            int from = table.published * blockTokens;
            BlockContent content = new BlockContent(table.content, tokens, from, from + blockTokens);
            int block = table.blocks[table.published];
            Integer known = cached.get(content);
            if (known == null) {
                cached.put(content, block);
                contents[block] = content;
                contentNumbers[block] = nextContent++;
                known = block;
            }
            table.content = contentNumbers[known];
            table.published++;
        }
    }

    /// Gives all blocks back. The table must not be used any more.
    public void release(BlockTable table) {
        // Last block first: of a chain that is only partly wanted again, the front is the more valuable part.
        for (int i = table.size - 1; i >= 0; i--) {
            int block = table.blocks[i];
            if (references[block] <= 0) {
                throw new IllegalStateException("block %d is released more often than taken".formatted(block));
            }
            if (--references[block] == 0) {
                if (contents[block] == null) {
                    free.addFront(block);
                } else {
                    free.addBack(block);
                }
            }
        }
        table.size = 0;
        table.published = 0;
    }

    /// Forgets everything cached under other keys than `key`: after a swap nobody asks for it again.
    public void keepOnly(CacheKey key) {
        roots.keySet().removeIf(other -> !other.equals(key));
        for (int block = 0; block < references.length; block++) {
            if (contents[block] != null && references[block] == 0) {
                forget(block);
                free.remove(block);
                free.addFront(block);
            }
        }
    }

    private void grow(BlockTable table, int rows) {
        int wanted = blocksFor(rows);
        while (table.size < wanted) {
            int block = free.takeFront();
            forget(block);
            references[block] = 1;
            table.add(block);
        }
    }

    private void forget(int block) {
        BlockContent content = contents[block];
        if (content != null) {
            cached.remove(content);
            contents[block] = null;
        }
    }

    /// Checks every invariant; for tests.
    ///
    /// @throws IllegalStateException naming the broken one
    void verify(Iterable<BlockTable> tables) {
        int[] counted = new int[references.length];
        for (BlockTable table : tables) {
            for (int i = 0; i < table.size; i++) {
                counted[table.blocks[i]]++;
            }
        }
        for (int block = 0; block < references.length; block++) {
            require(counted[block] == references[block], "references", block);
            require((references[block] == 0) == free.contains(block), "free", block);
            BlockContent content = contents[block];
            if (content != null) {
                Integer known = cached.get(content);
                require(known != null && known == block, "content", block);
            }
        }
        for (Map.Entry<BlockContent, Integer> entry : cached.entrySet()) {
            BlockContent content = contents[entry.getValue()];
            require(content != null && content.equals(entry.getKey()), "cached", entry.getValue());
        }
    }

    private static void require(boolean holds, String what, int block) {
        if (!holds) {
            throw new IllegalStateException("%s of block %d are inconsistent".formatted(what, block));
        }
    }
}
