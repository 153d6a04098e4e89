package rl.ballast.protocol;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait between attempts: a growing pause with a random part, so that many callers do not come back
/// together. It only computes; the caller waits on something that can be cancelled.
///
/// @param first pause after the first failure
/// @param longest upper bound of a pause, before and after the random part
/// @param factor growth per attempt, at least 1
/// @param jitter in [0, 1): share of the pause that is random; a pause lies in `[(1 - jitter) p, p]`
public record Backoff(Duration first, Duration longest, double factor, double jitter) {
    public Backoff {
        if (first.isNegative() || longest.compareTo(first) < 0 || !(factor >= 1) || !(jitter >= 0 && jitter < 1)) {
            throw new IllegalArgumentException(
                    "backoff first %s, longest %s, factor %s, jitter %s: expected 0 <= first <= longest, factor >= 1, 0 <= jitter < 1"
                            .formatted(first, longest, factor, jitter));
        }
    }

    /// Pause after failure number `attempt`, counted from 0.
    public Duration pause(int attempt, RandomGenerator random) {
        double grown = first.toMillis() * Math.pow(factor, attempt);
        double bounded = Math.min(grown, (double) longest.toMillis());
        return Duration.ofMillis(Math.round(bounded * (1 - jitter * random.nextDouble())));
    }
}
