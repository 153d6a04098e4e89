package rl.ballast.trainer;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import rl.ballast.protocol.role.ExitCode;

/// Set once when the process is asked to stop. Thread-safe.
public final class StopSignal {
    private final CountDownLatch requested = new CountDownLatch(1);

    public void request() {
        requested.countDown();
    }

    public boolean requested() {
        return requested.getCount() == 0;
    }

    /// Waits, for at most so long, until a stop is requested.
    ///
    /// @return whether it is
    public boolean await(long millis) throws InterruptedException {
        return requested.await(millis, TimeUnit.MILLISECONDS);
    }

    /// Ends the learner here if a stop is requested; called where nothing is lost by it.
    public void check() {
        if (requested()) {
            throw new LearnerFailure(ExitCode.STOPPED, "stopped by a signal; resume goes on from what is on disk");
        }
    }
}
