package rl.ballast.protocol.recipe;

import io.fabric8.generator.annotation.Default;

/// Group advantage: reward minus the group's mean.
///
/// @param normalizeByStd divides by the group's standard deviation too (GRPO); the paper does not
public record AdvantageSpec(@Default("false") boolean normalizeByStd) {}
