package rl.ballast.rollout.vector;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The threads of one forward pass: the caller and `threads - 1` helpers, who share the tasks of one phase
/// after the other. Which thread runs which task changes no result: no task writes what another of its phase
/// reads or writes.
///
/// One caller at a time. Closed by the backend.
final class WorkTeam implements AutoCloseable {
    /// Turns of waiting before a helper sleeps; phases follow each other within microseconds.
    private static final int SPINS = 4000;

    private static final long LONGEST_NAP_NANOS = 1_000_000;

    @FunctionalInterface
    interface Task {
        /// @param worker in `0..threads-1`, for scratch memory
        void run(int index, int worker);
    }

    private final Thread[] helpers;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger phase = new AtomicInteger();
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Thread caller;
    private Task task = (index, worker) -> {};
    private int tasks;

    WorkTeam(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("compute threads: expected at least 1, found %d".formatted(threads));
        }
        helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            int worker = i + 1;
            helpers[i] = Thread.ofPlatform()
                    .daemon()
                    .name("ballast-compute-" + worker)
                    .start(() -> help(worker));
        }
    }

    int threads() {
        return helpers.length + 1;
    }

    /// Runs `body` for 0..count-1 and returns when all are done.
    void run(int count, Task body) {
        if (helpers.length == 0 || count <= 1) {
            for (int i = 0; i < count; i++) {
                body.run(i, 0);
            }
            return;
        }
        caller = Thread.currentThread();
        task = body;
        tasks = count;
        next.set(0);
        busy.set(helpers.length);
        phase.incrementAndGet();
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        work(0);
        for (int spins = 0; busy.get() > 0; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, LONGEST_NAP_NANOS);
            }
        }
        Throwable thrown = failure;
        if (thrown != null) {
            failure = null;
            throw new IllegalStateException("forward pass failed", thrown);
        }
    }

    private void work(int worker) {
        try {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                task.run(i, worker);
            }
        } catch (RuntimeException | Error thrown) {
            failure = thrown;
        }
    }

    private void help(int worker) {
        int seen = 0;
        while (true) {
            int spins = 0;
            while (phase.get() == seen && !closed) {
                if (++spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (closed) {
                return;
            }
            seen = phase.get();
            work(worker);
            if (busy.decrementAndGet() == 0) {
                LockSupport.unpark(caller);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
