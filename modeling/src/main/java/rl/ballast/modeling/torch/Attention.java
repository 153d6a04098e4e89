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

    /// The sequences of one bucket, or one long one.
    private record Block(PackedBatch.Bucket rows, AttentionBlock attention) {}

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
            for (PackedBatch.Bucket part : bucket.parts(AttentionBlock.WHOLE)) {
                blocks.add(attend(part, rotated, values, out));
            }
        }
        rotated.close();
        input = x;
        headNorm = norm;
        attended = out.reshape(rows, (long) heads * headDim);
        return attended.matMul(weights.output().transposed());
    }

    private Block attend(PackedBatch.Bucket bucket, NDArray rotated, NDArray values, NDArray out) {
        AttentionBlock attention = new AttentionBlock(
                context.aten(),
                context.masks(),
                stacked(rotated, bucket, 0, group),
                stacked(rotated, bucket, heads, 1),
                stacked(values, bucket, 0, 1));
        try (NDArray result = attention.forward()) {
            context.aten().copy(byHead(out, bucket, 0, group), unstacked(result, bucket));
        }
        return new Block(bucket, attention);
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
        PackedBatch.Bucket bucket = block.rows;
        try (NDArray dOut = stacked(dAttended, bucket, 0, group)) {
            AttentionBlock.Gradients gradients = block.attention.backward(dOut);
            aten.copy(byHead(dRotated, bucket, 0, group), unstacked(gradients.q(), bucket));
            aten.copy(byHead(dRotated, bucket, heads, 1), unstacked(gradients.k(), bucket));
            aten.copy(byHead(dValues, bucket, 0, 1), unstacked(gradients.v(), bucket));
            gradients.q().close();
            gradients.k().close();
            gradients.v().close();
        }
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

    /// Heads `[from, from + K * inner)` of a bucket of `[R, heads, D]` as a view `[B, K, inner, L, D]`.
    private NDArray byHead(NDArray x, PackedBatch.Bucket bucket, int from, int inner) {
        NDArray block = Aten.slice(x, 0, bucket.firstRow(), bucket.firstRow() + bucket.rows());
        return Aten.slice(block, 1, from, from + (long) kvHeads * inner)
                .reshape(bucket.sequences(), bucket.length(), kvHeads, inner, headDim)
                .transpose(0, 2, 3, 1, 4);
    }

    /// The same as contiguous matrices `[B * K, inner * L, D]`. Never a single matrix, which the batched product
    /// would compute in another way than the same matrix among others: then there are two copies of it.
    private NDArray stacked(NDArray x, PackedBatch.Bucket bucket, int from, int inner) {
        int length = bucket.length();
        int copies = bucket.sequences() * kvHeads == 1 ? 2 : 1;
        Shape shape = new Shape((long) copies * bucket.sequences() * kvHeads, (long) inner * length, headDim);
        NDArray matrices = x.getManager().create(shape, DataType.FLOAT32);
        NDArray target = matrices.reshape(copies, bucket.sequences(), kvHeads, inner, length, headDim);
        context.aten().copy(target, byHead(x, bucket, from, inner));
        return matrices;
    }

    /// `[B * K, n * L, D]` as a view `[B, K, n, L, D]`; a second copy is left out.
    private NDArray unstacked(NDArray x, PackedBatch.Bucket bucket) {
        return Aten.slice(x, 0, 0, (long) bucket.sequences() * kvHeads)
                .reshape(bucket.sequences(), kvHeads, -1, bucket.length(), headDim);
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
}
