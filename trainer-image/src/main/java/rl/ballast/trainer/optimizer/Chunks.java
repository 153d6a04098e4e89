package rl.ballast.trainer.optimizer;

import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

/// Splits a flat buffer into chunks of a fixed size, so that a result does not depend on the number of
/// threads.
final class Chunks {
    /// Elements per chunk: 1 MiB of float32, small enough to stay in cache over the operands of one update.
    static final int SIZE = 1 << 18;

    private Chunks() {}

    @FunctionalInterface
    interface Work {
        /// @param from first element, inclusive
        /// @param to last element, exclusive
        void run(int chunk, long from, long to);
    }

    static int count(long elements) {
        return Math.toIntExact((elements + SIZE - 1) / SIZE);
    }

    static void forEach(long elements, int threads, Work work) {
        int count = count(elements);
        if (threads <= 1 || count <= 1) {
            for (int chunk = 0; chunk < count; chunk++) {
                run(elements, work, chunk);
            }
            return;
        }
        try (var pool = new ForkJoinPool(Math.min(threads, count))) {
            pool.submit(() -> IntStream.range(0, count).parallel().forEach(chunk -> run(elements, work, chunk)))
                    .join();
        }
    }

    private static void run(long elements, Work work, int chunk) {
        long from = (long) chunk * SIZE;
        work.run(chunk, from, Math.min(elements, from + SIZE));
    }
}
