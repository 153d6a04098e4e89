package rl.ballast.operator.learner;

import java.time.Duration;
import rl.ballast.operator.settings.OperatorSettings;

/// @param window failures older than this do not count
/// @param firstDelay pause before the second start without progress; doubles with each
public record RestartRules(Duration window, Duration firstDelay, Duration maxDelay) {

    public static RestartRules of(OperatorSettings.Restart settings) {
        return new RestartRules(settings.window(), settings.firstDelay(), settings.maxDelay());
    }

    /// Pause after the given number of failures without progress: none after the first.
    public Duration delay(int failures) {
        if (failures <= 1) {
            return Duration.ZERO;
        }
        Duration delay = firstDelay.multipliedBy(1L << Math.min(failures - 2, 20));
        return delay.compareTo(maxDelay) > 0 ? maxDelay : delay;
    }
}
