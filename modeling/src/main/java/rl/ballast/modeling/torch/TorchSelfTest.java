package rl.ballast.modeling.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;

/// What must hold of the loaded libtorch before anything is computed with it: a binding built for another version
/// loads without an error and then misreads element types and shapes.
final class TorchSelfTest {
    private TorchSelfTest() {}

    /// @throws TorchUnavailable naming the first property that does not hold
    static void run(Aten aten) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            dtypes(aten, manager);
            products(aten, manager);
            gradient(aten, manager);
        }
    }

    private static void dtypes(Aten aten, NDManager manager) {
        NDArray ones = manager.ones(new Shape(2, 3));
        expect("element type of ones", Aten.DType.FLOAT32.code, aten.dtypeCode(ones));
        expect("shape of ones", "(2, 3)", ones.getShape().toString());
        expect("element type of longs", Aten.DType.INT64.code, aten.dtypeCode(manager.create(new long[] {1})));
        expect("element type of ints", Aten.DType.INT32.code, aten.dtypeCode(manager.create(new int[] {1})));
        NDArray half = aten.cast(manager, manager.create(new float[] {1 + 1f / 256, 3}), Aten.DType.BFLOAT16);
        expect("element type of a bfloat16 cast", Aten.DType.BFLOAT16.code, aten.dtypeCode(half));
        expect("bfloat16 rounding", "[1.0, 3.0]", text(aten.cast(manager, half, Aten.DType.FLOAT32)));
    }

    private static void products(Aten aten, NDManager manager) {
        NDArray a = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
        NDArray b = manager.create(new float[] {5, 6, 7, 8}, new Shape(2, 2));
        NDArray out = manager.ones(new Shape(2, 2));
        aten.addMm(out, a, b.transpose());
        expect("sum of products", "[18.0, 24.0, 40.0, 54.0]", text(out));
        aten.mmInto(out, a, b);
        expect("matrix product", "[19.0, 22.0, 43.0, 50.0]", text(out));
        NDArray index = manager.create(new int[] {1, 0, 1});
        expect("row selection", "[3.0, 4.0, 1.0, 2.0, 3.0, 4.0]", text(aten.rows(manager, a, index)));
    }

    /// d/dx of sum(bf16(x) * bf16(y)) is y: the cast must not cut the graph.
    private static void gradient(Aten aten, NDManager manager) {
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try {
            NDArray x = manager.create(new float[] {1, 2}, new Shape(1, 2));
            x.setRequiresGradient(true);
            NDArray y = aten.cast(manager, manager.create(new float[] {3, -4}, new Shape(2, 1)), Aten.DType.BFLOAT16);
            NDArray product = aten.matmul(manager, aten.cast(manager, x, Aten.DType.BFLOAT16), y);
            NDArray loss = aten.cast(manager, product, Aten.DType.FLOAT32).sum();
            JniUtils.backward((PtNDArray) loss, (PtNDArray) manager.ones(new Shape()), false, false);
            expect("gradient through a bfloat16 product", "[3.0, -4.0]", text(x.getGradient()));
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    private static String text(NDArray array) {
        return Arrays.toString(array.toFloatArray());
    }

    private static void expect(String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new TorchUnavailable(
                    "libtorch self-test: %s: expected %s, found %s; use the pinned natives of version %s"
                            .formatted(what, expected, found, LibTorch.VERSION));
        }
    }
}
