package rl.ballast.modeling.torch;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;

/// Grouped-query self-attention of one layer over whole sequences in one pass: projections, causal softmax, output
/// projection. Heads of one key head are stacked, so that a block multiplies `[sequences * kvHeads, group * length,
/// headDim]` by `[sequences * kvHeads, length, headDim]`.
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
    private final HeadProjections projections;
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
        this.projections = new HeadProjections(context.rows(), weights);
    }

    /// @param x `[R, hidden]`
    /// @return `[R, hidden]`
    NDArray forward(NDArray x) {
        NDManager manager = x.getManager();
        HeadProjections.Projected projected = projections.forward(x);
        NDArray out = zeroTailed(manager, new Shape(rows, heads, headDim));
        for (PackedBatch.Bucket bucket : context.batch().buckets()) {
            for (PackedBatch.Bucket part : bucket.parts(AttentionBlock.WHOLE)) {
                blocks.add(attend(part, projected, out));
            }
        }
        projected.queriesKeys().close();
        attended = out.reshape(rows, (long) heads * headDim);
        return attended.matMul(weights.output().transposed());
    }

    private Block attend(PackedBatch.Bucket bucket, HeadProjections.Projected projected, NDArray out) {
        AttentionBlock attention = new AttentionBlock(
                context.aten(),
                context.masks(),
                stacked(projected.queriesKeys(), bucket, 0, group),
                stacked(projected.queriesKeys(), bucket, heads, 1),
                stacked(projected.values(), bucket, 0, 1));
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
        return projections.backward(dRotated, dFused);
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
