package rl.ballast.modeling.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// Operators of libtorch that DJL does not offer, called on DJL's own arrays through libtorch's stable C interface.
/// A DJL handle is a `torch::Tensor*`, which is what that interface takes and returns. Works for every element
/// type, bfloat16 too. Results belong to the manager that is passed in.
///
/// Limits of the interface in 2.7.1: no operator whose schema has a `Scalar` or a list. Errors carry no text;
/// libtorch prints the reason on standard error. Thread-safe: every call has its own argument block.
final class Aten {
    /// Element types as libtorch numbers them.
    enum DType {
        FLOAT32(6),
        INT64(4),
        INT32(3),
        BFLOAT16(15);

        final int code;

        DType(int code) {
            this.code = code;
        }
    }

    private static final Linker LINKER = Linker.nativeLinker();

    private final Arena names = Arena.ofAuto();
    private final MethodHandle callDispatcher;
    private final MethodHandle newTensorHandle;
    private final MethodHandle dataPointer;
    private final MethodHandle dtypeOf;
    private final MethodHandle mmOut;
    private final MethodHandle addmmOut;
    private final ThreadLocal<MemorySegment> stacks =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(JAVA_LONG, 16));

    private final Operator indexSelect = operator("aten::index_select", "");
    private final Operator silu = operator("aten::silu", "");
    private final Operator siluBackward = operator("aten::silu_backward", "");
    private final Operator rsqrtInPlace = operator("aten::rsqrt_", "");
    private final Operator expInPlace = operator("aten::exp_", "");
    private final Operator copyInPlace = operator("aten::copy_", "");
    private final Operator indexCopyInPlace = operator("aten::index_copy_", "");
    private final Operator zeroInPlace = operator("aten::zero_", "");
    private final Operator castTo = operator("aten::to", "dtype");
    private final Operator matmul = operator("aten::matmul", "");

    private record Operator(MemorySegment name, MemorySegment overload, String text) {}

    Aten(SymbolLookup library) {
        callDispatcher = bind(library, "aoti_torch_call_dispatcher", ADDRESS, ADDRESS, ADDRESS);
        newTensorHandle = bind(library, "aoti_torch_new_tensor_handle", JAVA_LONG, ADDRESS);
        dataPointer = bind(library, "aoti_torch_get_data_ptr", JAVA_LONG, ADDRESS);
        dtypeOf = bind(library, "aoti_torch_get_dtype", JAVA_LONG, ADDRESS);
        mmOut = bind(library, "aoti_torch_cpu_mm_out", JAVA_LONG, JAVA_LONG, JAVA_LONG);
        addmmOut = bind(
                library,
                "aoti_torch_cpu_addmm_out",
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_DOUBLE,
                JAVA_DOUBLE);
    }

    private static MethodHandle bind(SymbolLookup library, String name, ValueLayout... arguments) {
        MemorySegment symbol = library.find(name)
                .orElseThrow(() -> new TorchUnavailable(
                        "libtorch: symbol %s is missing; expected version %s".formatted(name, LibTorch.VERSION)));
        return LINKER.downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    private Operator operator(String name, String overload) {
        return new Operator(names.allocateFrom(name), names.allocateFrom(overload), name);
    }

    /// `result[i] = source[index[i]]` along the first axis; `index` is int32 or int64.
    NDArray rows(NDManager manager, NDArray source, NDArray index) {
        return call(manager, indexSelect, source, 0L, index);
    }

    NDArray silu(NDManager manager, NDArray x) {
        return call(manager, silu, x);
    }

    /// Gradient of silu at `x`.
    NDArray siluBackward(NDManager manager, NDArray gradient, NDArray x) {
        return call(manager, siluBackward, gradient, x);
    }

    /// `x = 1 / sqrt(x)`.
    void reciprocalSqrtInPlace(NDArray x) {
        callInPlace(rsqrtInPlace, x);
    }

    void expInPlace(NDArray x) {
        callInPlace(expInPlace, x);
    }

    /// Copies `source` into `target`, which may be a view with any strides.
    void copy(NDArray target, NDArray source) {
        callInPlace(copyInPlace, target, source, 0L);
    }

    /// `target[index[i]] = rows[i]`; `index` is int64 without duplicates.
    void putRows(NDArray target, NDArray index, NDArray rows) {
        callInPlace(indexCopyInPlace, target, 0L, index, rows);
    }

    void zero(NDArray target) {
        callInPlace(zeroInPlace, target);
    }

    /// Another handle of the same array that belongs to `manager`: results computed from it belong there too.
    NDArray alias(NDManager manager, NDArray x) {
        MemorySegment out = stacks.get();
        check(invoke(newTensorHandle, handle(x), out), "new_tensor_handle");
        return new PtNDArray((PtNDManager) manager, out.get(JAVA_LONG, 0));
    }

    /// The range `[from, to)` of one axis, as a view.
    static NDArray slice(NDArray x, int axis, long from, long to) {
        return JniUtils.slice((PtNDArray) x, axis, from, to, 1);
    }

    /// A copy of a contiguous float32 array.
    float[] floats(NDArray x) {
        return memory(x, Float.BYTES).toArray(ValueLayout.JAVA_FLOAT);
    }

    /// Converts to another element type; keeps the graph when gradients are recorded, unlike DJL's `toType`.
    NDArray cast(NDManager manager, NDArray x, DType type) {
        return call(manager, castTo, x, (long) type.code, 0L, 0L, null);
    }

    /// Matrix product of any element type.
    NDArray matmul(NDManager manager, NDArray a, NDArray b) {
        return call(manager, matmul, a, b);
    }

    /// `out = a b`, without recording gradients; `out` may be a contiguous view.
    void mmInto(NDArray out, NDArray a, NDArray b) {
        check(invoke(mmOut, handle(out), handle(a), handle(b)), "mm");
    }

    /// `accumulator += a b`, without recording gradients.
    void addMm(NDArray accumulator, NDArray a, NDArray b) {
        long target = handle(accumulator);
        try {
            check((int) addmmOut.invokeExact(target, target, handle(a), handle(b), 1.0, 1.0), "addmm");
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("addmm", e);
        }
    }

    /// The elements of a contiguous array on the CPU, without a copy; valid while the array is open.
    MemorySegment memory(NDArray x, int bytesPerElement) {
        MemorySegment out = stacks.get();
        check(invoke(dataPointer, handle(x), out), "data_ptr");
        return MemorySegment.ofAddress(out.get(JAVA_LONG, 0)).reinterpret(x.size() * bytesPerElement);
    }

    /// libtorch's code of the element type.
    int dtypeCode(NDArray x) {
        MemorySegment out = stacks.get();
        check(invoke(dtypeOf, handle(x), out), "dtype");
        return out.get(JAVA_INT, 0);
    }

    static long handle(NDArray array) {
        return ((PtNDArray) array).getHandle();
    }

    private NDArray call(NDManager manager, Operator operator, @Nullable Object... arguments) {
        return new PtNDArray((PtNDManager) manager, dispatch(operator, arguments));
    }

    private void callInPlace(Operator operator, @Nullable Object... arguments) {
        long result = dispatch(operator, arguments);
        JniUtils.deleteNDArray(result);
    }

    /// Arrays are passed as new handles, since the dispatcher consumes them; null stands for an absent optional.
    private long dispatch(Operator operator, @Nullable Object... arguments) {
        MemorySegment stack = stacks.get();
        for (int i = 0; i < arguments.length; i++) {
            @Nullable Object argument = arguments[i];
            long slot = i * 8L;
            switch (argument) {
                case null -> stack.set(JAVA_LONG, slot, 0L);
                case NDArray array ->
                    check(invoke(newTensorHandle, handle(array), stack.asSlice(slot)), "new_tensor_handle");
                case Long number -> stack.set(JAVA_LONG, slot, number);
                default -> throw new IllegalArgumentException("argument %s of %s".formatted(argument, operator.text));
            }
        }
        try {
            check((int) callDispatcher.invokeExact(operator.name, operator.overload, stack), operator.text);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(operator.text, e);
        }
        return stack.get(JAVA_LONG, 0);
    }

    private static int invoke(MethodHandle method, long handle, MemorySegment out) {
        try {
            return (int) method.invokeExact(handle, out);
        } catch (Throwable e) {
            throw new IllegalStateException("libtorch call", e);
        }
    }

    private static int invoke(MethodHandle method, long first, long second, long third) {
        try {
            return (int) method.invokeExact(first, second, third);
        } catch (Throwable e) {
            throw new IllegalStateException("libtorch call", e);
        }
    }

    private static void check(int code, String operation) {
        if (code != 0) {
            throw new IllegalStateException(
                    "libtorch operation '%s' failed; its reason is on standard error".formatted(operation));
        }
    }
}
