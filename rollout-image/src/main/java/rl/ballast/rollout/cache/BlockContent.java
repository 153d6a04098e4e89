package rl.ballast.rollout.cache;

import java.util.Arrays;

/// What a full block holds: its tokens, and the content number of the block before it (or of the weights, for
/// the first). Content numbers are given out once, so equal contents mean equal prefixes without relying on a
/// hash alone.
final class BlockContent {
    private final long parent;
    private final int[] tokens;
    private final int hash;

    BlockContent(long parent, int[] tokens, int from, int to) {
        this.parent = parent;
        this.tokens = Arrays.copyOfRange(tokens, from, to);
        this.hash = 31 * Long.hashCode(parent) + Arrays.hashCode(this.tokens);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlockContent c && parent == c.parent && Arrays.equals(tokens, c.tokens);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
