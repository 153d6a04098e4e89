package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.recipe.Recipe;

/// What the learner needs to know of a run's spec; every default is applied.
///
/// @param steps rollout batches to train on
/// @param seed of everything that is random in the run
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TrainingSpec(
        Recipe recipe,
        StalenessSpec staleness,
        RewardSpec reward,
        @Nullable ColdStart coldStart,
        @Nullable Evaluation evaluation,
        CheckpointSpec checkpoint,
        int steps,
        long seed) {

    /// The cold start with its source already fetched.
    public record ColdStart(
            String demonstrationsFile,
            int updates,
            int batchSize,
            double learningRate,
            int warmupUpdates,
            double weightDecay,
            double maxGradientNorm) {}

    /// The evaluation with its source already fetched.
    public record Evaluation(
            String file, int everySteps, int samplesPerPrompt, double temperature, int topK, double topP) {}
}
