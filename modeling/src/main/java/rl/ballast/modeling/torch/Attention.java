package rl.ballast.modeling.torch;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;

/// Grouped-query self-attention of one layer in one pass: projections, per-head normalisation of queries and keys,
/// rotary positions, causal softmax, output projection. Heads of one key head are stacked, so that a block
/// multiplies `[sequences * kvHeads, group * length, headDim]` by `[sequences * kvHeads, length, headDim]`.
///
/// Shapes: R rows, H query heads, K key heads, G = H / K, D head dimension, B sequences and L length of a bucket.
final class Attention {
    private static final int[] LAST = {-1};

    private final PassContext context;
    private final LayerWeights weights;
    private final int heads;
    private final int kvHeads;
    private final int group;
    private final int headDim;
    private final int rows;
    private final List<Block> blocks = new ArrayList<>();
    private @Nullable NDArray input;
    private @Nullable Norm headNorm;
    private @Nullable NDArray attended;

    /// Queries, keys, values and attention probabilities of one bucket.
    private record Block(PackedBatch.Bucket bucket, NDArray q, NDArray k, NDArray v, NDArray probabilities) {}

    Attention(PassContext context, LayerWeights weights) {
        ModelConfig config = context.config();
        this.context = context;
        this.weights = weights;
        this.heads = config.heads();
        this.kvHeads = config.kvHeads();
        this.group = heads / kvHeads;
        this.headDim = config.headDim();
        this.rows = context.batch().rows();
    }

    /// @param x `[R, hidden]`
    /// @return `[R, hidden]`
    NDArray forward(NDArray x) {
        NDManager manager = x.getManager();
        NDArray fused = x.matMul(weights.queryKeyValue().transposed()).reshape(rows, heads + 2L * kvHeads, headDim);
        Norm norm = new Norm(
                context.aten(), headNormWeight(manager), context.config().rmsNormEps());
        NDArray normed = norm.forward(Aten.slice(fused, 1, 0, heads + kvHeads));
        NDArray rotated = rotate(normed, false);
        normed.close();
        NDArray values = Aten.slice(fused, 1, heads + kvHeads, heads + 2L * kvHeads);
        NDArray out = zeroTailed(manager, new Shape(rows, heads, headDim));
        for (PackedBatch.Bucket bucket : context.batch().buckets()) {
            Block block = attend(bucket, rotated, values);
            NDArray result = block.probabilities.batchMatMul(block.v);
            context.aten().copy(byHead(out, bucket, 0, kvHeads, group), unstacked(result, bucket));
            result.close();
            blocks.add(block);
        }
        rotated.close();
        input = x;
        headNorm = norm;
        attended = out.reshape(rows, (long) heads * headDim);
        return attended.matMul(weights.output().transposed());
    }

    private Block attend(PackedBatch.Bucket bucket, NDArray rotated, NDArray values) {
        long matrices = (long) bucket.sequences() * kvHeads;
        NDArray q =
                byHead(rotated, bucket, 0, kvHeads, group).reshape(matrices, (long) group * bucket.length(), headDim);
        NDArray k = byHead(rotated, bucket, heads, kvHeads, 1).reshape(matrices, bucket.length(), headDim);
        NDArray v = byHead(values, bucket, 0, kvHeads, 1).reshape(matrices, bucket.length(), headDim);
        try (NDArray scores = q.batchMatMul(k.transpose(0, 2, 1))) {
            scores.muli(scale());
            scores.addi(context.masks().of(bucket.length()));
            return new Block(bucket, q, k, v, scores.softmax(-1));
        }
    }

    /// @param dy gradient of the result, `[R, hidden]`
    /// @return gradient of the input, `[R, hidden]`
    NDArray backward(NDArray dy) {
        Aten aten = context.aten();
        NDManager manager = dy.getManager();
        aten.addMm(weights.output().gradient(), dy.transpose(), requireNonNull(attended, "forward comes first"));
        NDArray dAttended = dy.matMul(weights.output().value()).reshape(rows, heads, headDim);
        NDArray dRotated = zeroTailed(manager, new Shape(rows, heads + kvHeads, headDim));
        NDArray dFused = zeroTailed(manager, new Shape(rows, heads + 2L * kvHeads, headDim));
        NDArray dValues = Aten.slice(dFused, 1, heads + kvHeads, heads + 2L * kvHeads);
        for (Block block : blocks) {
            backward(block, dAttended, dRotated, dValues);
        }
        dAttended.close();
        NDArray dNormed = rotate(dRotated, true);
        dRotated.close();
        NDArray dQueriesKeys = requireNonNull(headNorm).backward(dNormed, this::addHeadNormGradients);
        aten.copy(Aten.slice(dFused, 1, 0, heads + kvHeads), dQueriesKeys);
        NDArray flat = dFused.reshape(rows, (heads + 2L * kvHeads) * headDim);
        aten.addMm(weights.queryKeyValue().gradient(), flat.transpose(), requireNonNull(input));
        return flat.matMul(weights.queryKeyValue().value());
    }

    private void backward(Block block, NDArray dAttended, NDArray dRotated, NDArray dValues) {
        Aten aten = context.aten();
        PackedBatch.Bucket bucket = block.bucket;
        NDArray p = block.probabilities;
        NDArray dOut = byHead(dAttended, bucket, 0, kvHeads, group).reshape(block.q.getShape());
        try (NDArray dv = p.transpose(0, 2, 1).batchMatMul(dOut);
                NDArray dScores = dOut.batchMatMul(block.v.transpose(0, 2, 1))) {
            dScores.muli(p);
            try (NDArray sum = dScores.sum(LAST, true);
                    NDArray along = p.mul(sum)) {
                dScores.subi(along);
            }
            dScores.muli(scale());
            try (NDArray dq = dScores.batchMatMul(block.k);
                    NDArray dk = dScores.transpose(0, 2, 1).batchMatMul(block.q)) {
                aten.copy(byHead(dRotated, bucket, 0, kvHeads, group), unstacked(dq, bucket));
                aten.copy(byHead(dRotated, bucket, heads, kvHeads, 1), unstacked(dk, bucket));
            }
            aten.copy(byHead(dValues, bucket, 0, kvHeads, 1), unstacked(dv, bucket));
        }
        dOut.close();
    }

    private void addHeadNormGradients(NDArray gradient) {
        weights.queryNorm().gradient().addi(Aten.slice(gradient, 0, 0, heads).sum(new int[] {0}));
        weights.keyNorm()
                .gradient()
                .addi(Aten.slice(gradient, 0, heads, heads + kvHeads).sum(new int[] {0}));
    }

    /// `x cos + swapHalves(x) sin`; its inverse, which is also its gradient, has the sines negated.
    private NDArray rotate(NDArray x, boolean inverse) {
        NDArray result = x.mul(context.cos());
        long half = headDim / 2;
        try (NDArray swapped =
                NDArrays.concat(new NDList(Aten.slice(x, 2, half, headDim), Aten.slice(x, 2, 0, half)), 2)) {
            swapped.muli(context.sin());
            return inverse ? result.subi(swapped) : result.addi(swapped);
        }
    }

    /// Heads `[from, from + outer * inner)` of a bucket of `[R, heads, D]` as a view `[B, outer, inner, L, D]`.
    private NDArray byHead(NDArray x, PackedBatch.Bucket bucket, int from, int outer, int inner) {
        NDArray block = Aten.slice(x, 0, bucket.firstRow(), bucket.firstRow() + bucket.rows());
        return Aten.slice(block, 1, from, from + (long) outer * inner)
                .reshape(bucket.sequences(), bucket.length(), outer, inner, headDim)
                .transpose(0, 2, 3, 1, 4);
    }

    /// `[B * K, n * L, D]` as a view `[B, K, n, L, D]`.
    private NDArray unstacked(NDArray x, PackedBatch.Bucket bucket) {
        return x.reshape(bucket.sequences(), kvHeads, -1, bucket.length(), headDim);
    }

    private NDArray headNormWeight(NDManager manager) {
        NDArray q = context.aten().alias(manager, weights.queryNorm().value());
        NDArray k = context.aten().alias(manager, weights.keyNorm().value());
        return NDArrays.concat(
                new NDList(q.broadcast(new Shape(heads, headDim)), k.broadcast(new Shape(kvHeads, headDim))), 0);
    }

    /// Uninitialised but for the padding rows behind the last bucket.
    private NDArray zeroTailed(NDManager manager, Shape shape) {
        NDArray x = manager.create(shape, DataType.FLOAT32);
        PackedBatch.Bucket last = context.batch().buckets().getLast();
        int used = last.firstRow() + last.rows();
        if (used < rows) {
            context.aten().zero(Aten.slice(x, 0, used, rows));
        }
        return x;
    }

    private double scale() {
        return 1.0 / Math.sqrt(headDim);
    }
}
