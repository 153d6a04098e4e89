package rl.ballast.protocol.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ParentProcessIT {
    @Test
    void theEndOfAnotherProcessIsNoticedOnce() throws IOException, InterruptedException {
        Process parent = new ProcessBuilder("sleep", "600").start();
        var gone = new CountDownLatch(1);
        try {
            assertThat(ParentProcess.watch(Long.toString(parent.pid()), gone::countDown))
                    .isTrue();
            assertThat(gone.getCount()).isEqualTo(1);
        } finally {
            parent.destroyForcibly();
        }
        assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aProcessThatHasEndedAlreadyIsNoticedAtOnce() throws IOException, InterruptedException {
        Process parent = new ProcessBuilder("true").start();
        assertThat(parent.waitFor(30, TimeUnit.SECONDS)).isTrue();
        var gone = new CountDownLatch(1);
        assertThat(ParentProcess.watch(Long.toString(parent.pid()), gone::countDown))
                .isTrue();
        assertThat(gone.getCount()).isZero();
    }

    @Test
    void withoutAProcessIdNothingIsWatched() {
        Runnable never = () -> {
            throw new AssertionError("nothing was to be watched");
        };
        assertThat(ParentProcess.watch((String) null, never)).isFalse();
        assertThat(ParentProcess.watch(" ", never)).isFalse();
        assertThat(ParentProcess.watch("init", never)).isFalse();
    }
}
