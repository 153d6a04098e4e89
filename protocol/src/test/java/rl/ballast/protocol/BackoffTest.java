package rl.ballast.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void growsByItsFactorUpToItsLongest() {
        Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), 2, 0);
        SplittableRandom random = new SplittableRandom(1);

        assertThat(backoff.pause(0, random)).isEqualTo(Duration.ofMillis(100));
        assertThat(backoff.pause(2, random)).isEqualTo(Duration.ofMillis(400));
        assertThat(backoff.pause(4, random)).isEqualTo(Duration.ofSeconds(1));
        assertThat(backoff.pause(100_000, random)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void jitterShortensButNeverBelowItsShare() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 0.5);
        SplittableRandom random = new SplittableRandom(1);

        for (int i = 0; i < 1000; i++) {
            assertThat(backoff.pause(i, random)).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
        }
        assertThat(backoff.pause(0, random)).isNotEqualTo(backoff.pause(0, random));
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        Duration second = Duration.ofSeconds(1);
        assertThatThrownBy(() -> new Backoff(second, Duration.ZERO, 2, 0)).hasMessageContaining("first <= longest");
        assertThatThrownBy(() -> new Backoff(second, second, 0.5, 0)).hasMessageContaining("factor >= 1");
        assertThatThrownBy(() -> new Backoff(second, second, 2, 1)).hasMessageContaining("jitter < 1");
    }
}
