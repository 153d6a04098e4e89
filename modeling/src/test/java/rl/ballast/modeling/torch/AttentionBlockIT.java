package rl.ballast.modeling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Attention in one piece and in ranges of queries, against recorded gradients of the plain formula.
class AttentionBlockIT {
    private static final int GROUP = 2;
    private static final int DIM = 8;

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 128, 129, 300})
    void valuesAndGradientsAreThoseOfTheFormula(int length) {
        Aten aten = LibTorch.load(1);
        SplittableRandom random = new SplittableRandom(length);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            NDArray q = matrices(manager, random, GROUP * length);
            NDArray k = matrices(manager, random, length);
            NDArray v = matrices(manager, random, length);
            NDArray dOut = matrices(manager, random, GROUP * length);
            CausalMasks masks = new CausalMasks(manager, GROUP);
            AttentionBlock block = new AttentionBlock(aten, masks, q, k, v);

            NDArray result = block.forward();
            AttentionBlock.Gradients gradients = block.backward(dOut);

            JniUtils.setGradMode(true);
            try {
                List.of(q, k, v).forEach(x -> x.setRequiresGradient(true));
                NDArray scores = q.batchMatMul(k.transpose(0, 2, 1)).div(Math.sqrt(DIM));
                NDArray formula = scores.add(masks.of(length)).softmax(-1).batchMatMul(v);
                JniUtils.backward((PtNDArray) formula, (PtNDArray) dOut, false, false);
                same(result, formula);
                same(gradients.q(), q.getGradient());
                same(gradients.k(), k.getGradient());
                same(gradients.v(), v.getGradient());
            } finally {
                JniUtils.setGradMode(false);
            }
        }
    }

    private static NDArray matrices(NDManager manager, SplittableRandom random, int rows) {
        float[] values = new float[2 * rows * DIM];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
        return manager.create(values, new Shape(2, rows, DIM));
    }

    private static void same(NDArray found, NDArray expected) {
        float[] wanted = expected.toFloatArray();
        float[] values = found.toFloatArray();
        assertThat(values).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.length; i++) {
            assertThat(values[i]).isCloseTo(wanted[i], within(2e-5f));
        }
    }
}
