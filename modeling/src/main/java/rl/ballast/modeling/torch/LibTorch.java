package rl.ballast.modeling.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The one libtorch of this process. Loads it on first use and refuses one that does not behave as expected.
public final class LibTorch {
    /// The version that DJL's prebuilt binding was compiled against. Another one loads and then misreads tensors.
    static final String VERSION = "2.7.1";

    private static final Object LOCK = new Object();
    private static volatile @Nullable Aten aten;

    private LibTorch() {}

    /// Loads libtorch, sets the number of compute threads of one operation, and runs the self-test once.
    ///
    /// @throws TorchUnavailable when libtorch cannot be loaded or fails its self-test
    static Aten load(int computeThreads) {
        if (computeThreads < 1) {
            throw new IllegalArgumentException("compute threads: %d, expected at least 1".formatted(computeThreads));
        }
        synchronized (LOCK) {
            Aten loaded = aten;
            if (loaded == null) {
                loaded = loadOnce(computeThreads);
                aten = loaded;
            }
            JniUtils.setNumThreads(computeThreads);
            JniUtils.setGradMode(false);
            return loaded;
        }
    }

    private static Aten loadOnce(int computeThreads) {
        setDefault("OPT_OUT_TRACKING", "true");
        OpenMpSettings.apply();
        setDefault("ai.djl.pytorch.num_threads", Integer.toString(computeThreads));
        setDefault("ai.djl.pytorch.num_interop_threads", "1");
        try {
            Engine engine = Engine.getEngine("PyTorch");
            if (!engine.getVersion().startsWith(VERSION)) {
                throw new TorchUnavailable("libtorch: expected version %s, found %s; use the pinned natives"
                        .formatted(VERSION, engine.getVersion()));
            }
            String file = System.mapLibraryName("torch_cpu");
            Aten loaded =
                    new Aten(SymbolLookup.libraryLookup(Path.of(LibUtils.getLibtorchPath(), file), Arena.global()));
            TorchSelfTest.run(loaded);
            return loaded;
        } catch (TorchUnavailable e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw new TorchUnavailable(
                    "libtorch %s cannot be used: %s; check that the folder named by DJL_CACHE_DIR is writable and holds 500 MB"
                            .formatted(VERSION, e.getMessage()),
                    e);
        }
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
