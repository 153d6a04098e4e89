package rl.ballast.rollout.sample;

import org.jspecify.annotations.Nullable;

/// @param logProb natural log of the probability it was sampled with; 0 at temperature 0
/// @param kept ids that the filters kept, ascending; null if nothing filters, or not asked for
public record SampledToken(int token, float logProb, int @Nullable [] kept) {}
