package rl.ballast.rollout.engine;

/// How many blocks a budget of bytes for the KV cache buys.
public final class CacheBudget {
    private CacheBudget() {}

    /// @param most blocks that the backend can address
    /// @throws IllegalArgumentException if the budget holds no block
    public static int blocks(long cacheBytes, long blockBytes, long most) {
        long blocks = Math.min(cacheBytes / blockBytes, most);
        if (blocks < 1) {
            throw new IllegalArgumentException("kvCacheBytes: expected at least one block of %d bytes, found %d"
                    .formatted(blockBytes, cacheBytes));
        }
        return Math.toIntExact(blocks);
    }
}
