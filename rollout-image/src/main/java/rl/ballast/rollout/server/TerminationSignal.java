package rl.ballast.rollout.server;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs our end of the process when the operating system asks for it. Quarkus' own shutdown closes the connections
/// first and would cut off callers whose tokens are nearly there.
///
/// The Java runtime offers signals only in a class that compilers warn about, hence the reflection.
final class TerminationSignal {
    private static final Logger LOG = LoggerFactory.getLogger(TerminationSignal.class);
    private static final String[] NAMES = {"TERM", "INT"};

    private TerminationSignal() {}

    /// @param first runs at the first signal, on a thread of its own
    /// @param again runs at every further one: whoever signals twice does not want to wait
    static void install(Runnable first, Runnable again) {
        var count = new AtomicInteger();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object onSignal = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            (count.getAndIncrement() == 0 ? first : again).run();
                        }
                        return null;
                    });
            for (String name : NAMES) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), onSignal);
            }
        } catch (ReflectiveOperationException e) {
            LOG.atWarn().setCause(e).log("no draining on SIGTERM: the Java runtime keeps signals to itself");
        }
    }
}
