package rl.ballast.protocol.recipe;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/// What to do when a replayed trace has gaps.
///
/// @param onUnknown what happens to (token, layer) routes that were not recorded
/// @param maxUnknownFraction share of (token, layer) routes in a step above which the step fails whatever `onUnknown`
///     says
public record ReplaySpec(
        @Default("Fail") OnUnknownRoute onUnknown,
        @Default("0.01") @Min(0) @Max(1) double maxUnknownFraction) {}
