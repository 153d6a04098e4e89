package rl.ballast.modeling.torch;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Final norm, output projection and log-softmax of the scored rows of one pass, a block of rows at a time, so that
/// `[rows, vocabulary]` stays bounded. The distribution is that of sampling: logits divided by the temperature,
/// restricted to the kept tokens.
///
/// Shapes: R rows of the pass, S scored rows with padding, V vocabulary.
final class OutputHead {
    /// Log-probability of the target and entropy of the distribution, per scored token.
    record Scores(float[] logProbs, float[] entropies) {}

    private static final int[] LAST = {-1};
    private static final float LARGE_NEGATIVE = -1e30f;

    private final Aten aten;
    private final Norm norm;
    private final Parameter normWeight;
    private final Parameter projection;
    private final PackedBatch batch;
    private final KeptTokens kept;
    private final double temperature;
    private final int rows;
    private final int blockRows;
    private @Nullable NDArray normed;
    private @Nullable NDArray probabilities;

    /// @param projection `[V, hidden]`, the embedding when tied
    OutputHead(
            PassContext context,
            Parameter normWeight,
            Parameter projection,
            KeptTokens kept,
            double temperature,
            int maxElements) {
        this.aten = context.aten();
        this.norm = new Norm(aten, normWeight.value(), context.config().rmsNormEps());
        this.normWeight = normWeight;
        this.projection = projection;
        this.batch = context.batch();
        this.kept = kept;
        this.temperature = temperature;
        // at least one padding row: its gradient is zero and stands for all rows that are not scored
        this.rows = PackedBatch.roundUp(batch.scored().count() + 1, PackedBatch.ROW_MULTIPLE);
        int affordable = maxElements / context.config().vocabSize() / PackedBatch.ROW_MULTIPLE;
        this.blockRows = Math.max(1, affordable) * PackedBatch.ROW_MULTIPLE;
    }

    /// @param x result of the last layer, `[R, hidden]`
    Scores forward(NDArray x, boolean keepForBackward) {
        NDManager manager = x.getManager();
        int count = batch.scored().count();
        Scores scores = new Scores(new float[count], new float[count]);
        if (count == 0) {
            return scores;
        }
        NDArray index = manager.create(Arrays.copyOf(batch.scored().row(), rows));
        NDArray n = norm.forward(aten.rows(manager, x, index));
        normed = n;
        for (int from = 0; from < rows; from += blockRows) {
            int to = Math.min(rows, from + blockRows);
            try (NDArray logProbs = logProbs(n, from, to)) {
                score(logProbs, from, to, scores, keepForBackward && rows <= blockRows);
            }
        }
        return scores;
    }

    private NDArray logProbs(NDArray n, int from, int to) {
        try (NDArray logits = Aten.slice(n, 0, from, to).matMul(projection.transposed())) {
            if (temperature != 1) {
                logits.divi(temperature);
            }
            kept.mask(aten.memory(logits, Float.BYTES), from, to, (int)
                    logits.getShape().get(1));
            return logits.logSoftmax(-1);
        }
    }

    private void score(NDArray logProbs, int from, int to, Scores scores, boolean keep) {
        MemorySegment values = aten.memory(logProbs, Float.BYTES);
        long vocabulary = logProbs.getShape().get(1);
        int end = Math.min(to, batch.scored().count());
        for (int i = from; i < end; i++) {
            long at = (i - from) * vocabulary + batch.scored().target()[i];
            scores.logProbs[i] = values.getAtIndex(ValueLayout.JAVA_FLOAT, at);
        }
        NDArray p = logProbs.exp();
        try (NDArray finite = kept.present() ? logProbs.maximum(LARGE_NEGATIVE) : logProbs.mul(1);
                NDArray negative = finite.muli(p).sum(LAST)) {
            float[] sums = aten.floats(negative);
            for (int i = from; i < end; i++) {
                scores.entropies[i] = -sums[i - from];
            }
        }
        if (keep) {
            probabilities = p;
        } else {
            p.close();
        }
    }

    /// @param coefficients d loss / d log-probability per scored token
    /// @return gradient of the last layer's result, `[R, hidden]`
    NDArray backward(NDManager manager, float[] coefficients) {
        NDArray n = requireNonNull(normed, "forward comes first");
        NDArray dNormed = manager.create(n.getShape(), DataType.FLOAT32);
        for (int from = 0; from < rows; from += blockRows) {
            int to = Math.min(rows, from + blockRows);
            try (NDArray dLogits = dLogits(n, from, to, coefficients)) {
                aten.mmInto(Aten.slice(dNormed, 0, from, to), dLogits, projection.value());
                aten.addMm(projection.gradient(), dLogits.transpose(), Aten.slice(n, 0, from, to));
            }
        }
        NDArray dRows = norm.backward(dNormed, g -> normWeight.gradient().addi(g));
        int[] inverse = new int[batch.rows()];
        Arrays.fill(inverse, batch.scored().count());
        for (int i = 0; i < batch.scored().count(); i++) {
            inverse[batch.scored().row()[i]] = i;
        }
        return aten.rows(manager, dRows, manager.create(inverse));
    }

    /// `c (onehot(target) - p) / temperature`.
    private NDArray dLogits(NDArray n, int from, int to, float[] coefficients) {
        NDArray p = probabilities;
        if (p == null) {
            try (NDArray logProbs = logProbs(n, from, to)) {
                p = logProbs.exp();
            }
        }
        float[] block = new float[to - from];
        int end = Math.min(to, coefficients.length);
        for (int i = from; i < end; i++) {
            block[i - from] = (float) (coefficients[i] / temperature);
        }
        try (NDArray column = p.getManager().create(block, new Shape(block.length, 1))) {
            column.negi();
            p.muli(column);
        }
        MemorySegment values = aten.memory(p, Float.BYTES);
        long vocabulary = p.getShape().get(1);
        for (int i = from; i < end; i++) {
            long at = (i - from) * vocabulary + batch.scored().target()[i];
            values.setAtIndex(
                    ValueLayout.JAVA_FLOAT, at, values.getAtIndex(ValueLayout.JAVA_FLOAT, at) + block[i - from]);
        }
        return p;
    }
}
