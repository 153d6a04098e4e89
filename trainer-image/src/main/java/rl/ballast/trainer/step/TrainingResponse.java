package rl.ballast.trainer.step;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.trainer.rollouts.Rollout;

/// A judged response on its way into updates.
///
/// @param advantage of its group, dropped members included
/// @param recorded what the engine routed, one row per fed position; null for a dense model
/// @param dropped excluded from scores and updates; still counts in the number of responses
record TrainingResponse(
        Rollout rollout, double advantage, @Nullable Routes recorded, boolean dropped) {
    /// Whether it has tokens to score.
    boolean scored() {
        return !dropped && rollout.tokens().length > 0;
    }

    TrainingResponse drop() {
        return new TrainingResponse(rollout, advantage, recorded, true);
    }
}
