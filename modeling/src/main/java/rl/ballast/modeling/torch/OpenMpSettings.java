package rl.ballast.modeling.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// How the threads of libtorch wait for one another. By default an idle one spins for milliseconds, which starves a
/// small machine that has other work: measured on two cores beside builds, a pass of 0.2 to 0.5 s then took more
/// than 5 s.
final class OpenMpSettings {
    /// Long enough for the gap between two operations, short enough for a busy machine.
    private static final String SPIN_COUNT = "2000";

    private OpenMpSettings() {}

    /// Sets the spin count in this process's environment unless the user has; read by libgomp when it is loaded.
    static void apply() {
        Linker linker = Linker.nativeLinker();
        linker.defaultLookup().find("setenv").ifPresent(symbol -> {
            MethodHandle setenv =
                    linker.downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment name = arena.allocateFrom("GOMP_SPINCOUNT");
                int ignored = (int) setenv.invokeExact(name, arena.allocateFrom(SPIN_COUNT), 0);
                assert ignored == 0 || ignored == -1;
            } catch (RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException("setenv", e);
            }
        });
    }
}
