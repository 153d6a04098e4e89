package rl.ballast.modeling.torch;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import org.jspecify.annotations.Nullable;

/// Causal softmax attention of n independent matrices of one length, for one pass: `softmax(q k^T / sqrt(D) + mask)
/// v`. Sequences of up to [#WHOLE] positions keep their probabilities for the backward pass. Longer ones are done
/// in ranges of queries over the keys they can see, and the backward pass computes the probabilities again, so that
/// memory grows with the length and not with its square.
///
/// Shapes: n matrices, G queries of a key head, L positions, D head dimension; q `[n, G * L, D]`, k and v `[n, L,
/// D]`.
final class AttentionBlock {
    /// Longest sequence whose probabilities are kept whole.
    static final int WHOLE = 128;

    private static final int[] LAST = {-1};

    private final Aten aten;
    private final CausalMasks masks;
    private final NDArray q;
    private final NDArray k;
    private final NDArray v;
    private final int group;
    private final int length;
    private final double scale;
    private @Nullable NDArray kept;

    /// Gradients of q, k and v.
    record Gradients(NDArray q, NDArray k, NDArray v) {}

    AttentionBlock(Aten aten, CausalMasks masks, NDArray q, NDArray k, NDArray v) {
        this.aten = aten;
        this.masks = masks;
        this.q = q;
        this.k = k;
        this.v = v;
        this.length = Math.toIntExact(k.getShape().get(1));
        this.group = Math.toIntExact(q.getShape().get(1)) / length;
        this.scale = 1.0 / Math.sqrt(Math.toIntExact(k.getShape().get(2)));
    }

    /// @return `[n, G * L, D]`
    NDArray forward() {
        if (length <= WHOLE) {
            NDArray p = probabilities(q, k, length);
            kept = p;
            return p.batchMatMul(v);
        }
        NDArray result = empty(q);
        for (int from = 0; from < length; from += WHOLE) {
            int to = Math.min(length, from + WHOLE);
            try (NDArray queries = range(q, from, to);
                    NDArray p = probabilities(queries, Aten.slice(k, 1, 0, to), to - from);
                    NDArray part = p.batchMatMul(Aten.slice(v, 1, 0, to))) {
                put(result, part, from, to);
            }
        }
        return result;
    }

    Gradients backward(NDArray dOut) {
        if (length <= WHOLE) {
            NDArray p = requireNonNull(kept, "forward comes first");
            NDArray dv = p.transpose(0, 2, 1).batchMatMul(dOut);
            try (NDArray dScores = dScores(p, dOut, v)) {
                NDArray dk = dScores.transpose(0, 2, 1).batchMatMul(q);
                return new Gradients(dScores.batchMatMul(k), dk, dv);
            }
        }
        Gradients sums = new Gradients(empty(q), empty(k), empty(v));
        aten.zero(sums.k);
        aten.zero(sums.v);
        for (int from = 0; from < length; from += WHOLE) {
            addRange(sums, dOut, from, Math.min(length, from + WHOLE));
        }
        return sums;
    }

    private void addRange(Gradients sums, NDArray dOut, int from, int to) {
        NDArray keys = Aten.slice(k, 1, 0, to);
        try (NDArray queries = range(q, from, to);
                NDArray dPart = range(dOut, from, to);
                NDArray p = probabilities(queries, keys, to - from);
                NDArray dv = p.transpose(0, 2, 1).batchMatMul(dPart);
                NDArray dScores = dScores(p, dPart, Aten.slice(v, 1, 0, to));
                NDArray dq = dScores.batchMatMul(keys);
                NDArray dk = dScores.transpose(0, 2, 1).batchMatMul(queries)) {
            put(sums.q, dq, from, to);
            Aten.slice(sums.k, 1, 0, to).addi(dk);
            Aten.slice(sums.v, 1, 0, to).addi(dv);
        }
    }

    /// Softmax of the scores of queries that are the last `count` positions of the keys.
    private NDArray probabilities(NDArray queries, NDArray keys, int count) {
        long visible = keys.getShape().get(1);
        try (NDArray scores = queries.batchMatMul(keys.transpose(0, 2, 1))) {
            scores.muli(scale);
            Aten.slice(scores, 2, visible - count, visible).addi(masks.of(count));
            return scores.softmax(-1);
        }
    }

    private NDArray dScores(NDArray p, NDArray dOut, NDArray values) {
        NDArray dScores = dOut.batchMatMul(values.transpose(0, 2, 1));
        dScores.muli(p);
        try (NDArray sum = dScores.sum(LAST, true);
                NDArray along = p.mul(sum)) {
            dScores.subi(along);
        }
        return dScores.muli(scale);
    }

    /// Positions `[from, to)` of `[n, G * L, D]`, as `[n, G * (to - from), D]`.
    private NDArray range(NDArray x, int from, int to) {
        long dim = x.getShape().get(2);
        return Aten.slice(x.reshape(-1, group, length, dim), 2, from, to).reshape(-1, (long) group * (to - from), dim);
    }

    private void put(NDArray target, NDArray part, int from, int to) {
        long dim = target.getShape().get(2);
        NDArray view = Aten.slice(target.reshape(-1, group, length, dim), 2, from, to);
        aten.copy(view, part.reshape(-1, group, to - from, dim));
    }

    private static NDArray empty(NDArray like) {
        NDManager manager = like.getManager();
        return manager.create(like.getShape(), DataType.FLOAT32);
    }
}
