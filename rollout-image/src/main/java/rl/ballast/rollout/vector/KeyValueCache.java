package rl.ballast.rollout.vector;

import rl.ballast.modeling.config.ModelConfig;

/// Keys and values of all layers in float32, by block.
///
/// Keys lie as `[block][kvHead][headDim][blockTokens]`, so that the scores of neighbouring keys are
/// neighbouring lanes; values as `[block][kvHead][blockTokens][headDim]`.
final class KeyValueCache {
    private final int kvHeads;
    private final int headDim;
    private final int blockTokens;
    private final int blocks;
    private final float[][] keys;
    private final float[][] values;

    KeyValueCache(ModelConfig config, int blockTokens, int blocks) {
        this.kvHeads = config.kvHeads();
        this.headDim = config.headDim();
        this.blockTokens = blockTokens;
        this.blocks = blocks;
        int floats = Math.multiplyExact(blocks, blockFloats());
        keys = new float[config.layers()][floats];
        values = new float[config.layers()][floats];
    }

    /// Bytes of one block over all layers.
    static long blockBytes(ModelConfig config, int blockTokens) {
        return 2L * Float.BYTES * config.layers() * config.kvHeads() * config.headDim() * blockTokens;
    }

    int blockTokens() {
        return blockTokens;
    }

    int blocks() {
        return blocks;
    }

    private int blockFloats() {
        return kvHeads * headDim * blockTokens;
    }

    /// Start of one head of a block, in keys and in values.
    int head(int block, int kvHead) {
        return (block * kvHeads + kvHead) * headDim * blockTokens;
    }

    float[] keys(int layer) {
        return keys[layer];
    }

    float[] values(int layer) {
        return values[layer];
    }

    /// Stores the keys and values of all heads of one position.
    void store(int layer, int block, int slot, float[] key, int keyOffset, float[] value, int valueOffset) {
        for (int head = 0; head < kvHeads; head++) {
            int base = head(block, head);
            for (int d = 0; d < headDim; d++) {
                keys[layer][base + d * blockTokens + slot] = key[keyOffset + head * headDim + d];
            }
            System.arraycopy(value, valueOffset + head * headDim, values[layer], base + slot * headDim, headDim);
        }
    }
}
