package rl.ballast.protocol.recipe;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/// One-sided clip on the staleness ratio (Eq. 7 of the paper): tokens outside contribute no gradient, on the side that
/// would push further away only.
///
/// @param low in [0, 1): a ratio below `1 - low` is excluded when the advantage is negative
/// @param high above 0: a ratio above `1 + high` is excluded when the advantage is positive
/// @param enabled false switches clipping off, which the paper shows to collapse
public record ClipRange(
        @Default("0.2") @Min(0) @Max(value = 1, inclusive = false)
        double low,

        @Default("0.27") @Min(value = 0, inclusive = false) double high,
        @Default("true") boolean enabled) {
    public ClipRange {
        if (!(low >= 0 && low < 1 && high > 0)) {
            throw new IllegalArgumentException(
                    "clip range [%s, %s]: expected 0 <= low < 1 and high > 0".formatted(low, high));
        }
    }

    public boolean excludes(double stalenessRatio, double advantage) {
        if (!enabled) {
            return false;
        }
        return advantage > 0 ? stalenessRatio > 1 + high : advantage < 0 && stalenessRatio < 1 - low;
    }
}
