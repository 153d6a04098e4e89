package rl.ballast.trainer.step;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.trace.Routes;

/// A response after the proximal pass.
///
/// @param proximalLogProbs per sampled token; empty if the response was not scored
/// @param entropies per sampled token
/// @param live what the learner's router chose in the proximal pass; null for a dense model
/// @param replay what the updates replay; null lets the router choose
record ScoredResponse(
        TrainingResponse response,
        float[] proximalLogProbs,
        float[] entropies,
        @Nullable Routes live,
        @Nullable Routes replay) {}
