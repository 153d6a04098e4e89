package rl.ballast.trainer.step;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Seconds per phase of one step. Not thread-safe.
final class PhaseTimes {
    private final Map<String, Double> seconds = new LinkedHashMap<>();

    <T> T time(String phase, Supplier<T> work) {
        long start = System.nanoTime();
        try {
            return work.get();
        } finally {
            seconds.merge(phase, (System.nanoTime() - start) / 1e9, Double::sum);
        }
    }

    void time(String phase, Runnable work) {
        time(phase, () -> {
            work.run();
            return phase;
        });
    }

    Map<String, Double> seconds() {
        return seconds;
    }
}
