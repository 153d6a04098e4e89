package rl.ballast.rollout.vector;

import static rl.ballast.rollout.vector.Lanes.LANES;
import static rl.ballast.rollout.vector.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;
import rl.ballast.modeling.config.ModelConfig;

/// Attention of one row over the keys up to its own position. Scratch memory of one worker; not thread-safe.
///
/// Order of every sum: a score is one chain over the head dimension; the softmax sum goes over the keys in
/// ascending order in double; an output is one chain over the keys in ascending order. So the bits depend on
/// the position only.
final class Attention {
    private final int headDim;
    private final int headsPerKey;
    private final int kvHeads;
    private final float scale;
    private float[] scores = new float[256];

    Attention(ModelConfig config) {
        headDim = config.headDim();
        kvHeads = config.kvHeads();
        headsPerKey = config.heads() / config.kvHeads();
        scale = (float) (1 / Math.sqrt(headDim));
    }

    /// @param query all heads of the row, rotated
    /// @param table block table of the row's sequence
    /// @param out all heads of the result
    void run(
            KeyValueCache cache,
            int layer,
            int[] table,
            int position,
            float[] query,
            int queryOffset,
            float[] out,
            int outOffset) {
        int blockTokens = cache.blockTokens();
        int keys = position + 1;
        int padded = (keys + blockTokens - 1) / blockTokens * blockTokens;
        if (scores.length < padded) {
            scores = new float[Math.max(padded, 2 * scores.length)];
        }
        for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
            for (int h = 0; h < headsPerKey; h++) {
                int head = (kvHead * headsPerKey + h) * headDim;
                scores(cache, layer, table, kvHead, keys, query, queryOffset + head);
                float normaliser = softmax(keys);
                weigh(cache, layer, table, kvHead, keys, normaliser, out, outOffset + head);
            }
        }
    }

    private void scores(
            KeyValueCache cache, int layer, int[] table, int kvHead, int keys, float[] query, int queryOffset) {
        float[] stored = cache.keys(layer);
        int blockTokens = cache.blockTokens();
        for (int start = 0; start < keys; start += blockTokens) {
            int base = cache.head(table[start / blockTokens], kvHead);
            int wanted = Math.min(blockTokens, keys - start);
            int t = 0;
            for (; t + LANES < wanted; t += 2 * LANES) {
                FloatVector a = FloatVector.zero(SPECIES);
                FloatVector b = a;
                for (int d = 0; d < headDim; d++) {
                    FloatVector q = FloatVector.broadcast(SPECIES, query[queryOffset + d]);
                    a = q.fma(FloatVector.fromArray(SPECIES, stored, base + d * blockTokens + t), a);
                    b = q.fma(FloatVector.fromArray(SPECIES, stored, base + d * blockTokens + t + LANES), b);
                }
                a.mul(scale).intoArray(scores, start + t);
                b.mul(scale).intoArray(scores, start + t + LANES);
            }
            for (; t < wanted; t += LANES) {
                FloatVector a = FloatVector.zero(SPECIES);
                for (int d = 0; d < headDim; d++) {
                    FloatVector q = FloatVector.broadcast(SPECIES, query[queryOffset + d]);
                    a = q.fma(FloatVector.fromArray(SPECIES, stored, base + d * blockTokens + t), a);
                }
                a.mul(scale).intoArray(scores, start + t);
            }
        }
    }

    /// Turns scores into unnormalised weights and returns one over their sum.
    private float softmax(int keys) {
        float largest = scores[0];
        for (int j = 1; j < keys; j++) {
            largest = Math.max(largest, scores[j]);
        }
        Lanes.expShifted(scores, 0, keys, largest);
        double sum = 0;
        for (int j = 0; j < keys; j++) {
            sum += scores[j];
        }
        return (float) (1 / sum);
    }

    private void weigh(
            KeyValueCache cache,
            int layer,
            int[] table,
            int kvHead,
            int keys,
            float normaliser,
            float[] out,
            int outOffset) {
        float[] stored = cache.values(layer);
        int blockTokens = cache.blockTokens();
        int d = 0;
        for (; d + 2 * LANES <= headDim; d += 2 * LANES) {
            FloatVector a = FloatVector.zero(SPECIES);
            FloatVector b = a;
            for (int start = 0; start < keys; start += blockTokens) {
                int base = cache.head(table[start / blockTokens], kvHead) + d;
                int wanted = Math.min(blockTokens, keys - start);
                for (int t = 0; t < wanted; t++) {
                    FloatVector p = FloatVector.broadcast(SPECIES, scores[start + t]);
                    a = p.fma(FloatVector.fromArray(SPECIES, stored, base + t * headDim), a);
                    b = p.fma(FloatVector.fromArray(SPECIES, stored, base + t * headDim + LANES), b);
                }
            }
            a.mul(normaliser).intoArray(out, outOffset + d);
            b.mul(normaliser).intoArray(out, outOffset + d + LANES);
        }
        for (; d < headDim; d++) {
            float a = 0;
            for (int start = 0; start < keys; start += blockTokens) {
                int base = cache.head(table[start / blockTokens], kvHead) + d;
                int wanted = Math.min(blockTokens, keys - start);
                for (int t = 0; t < wanted; t++) {
                    a = Math.fma(scores[start + t], stored[base + t * headDim], a);
                }
            }
            out[outOffset + d] = a * normaliser;
        }
    }
}
