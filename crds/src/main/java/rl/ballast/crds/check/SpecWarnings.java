package rl.ballast.crds.check;

import java.util.ArrayList;
import java.util.List;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.protocol.recipe.LossSpec.Aggregation;
import rl.ballast.protocol.recipe.OffPolicy;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.recipe.ReplayChoice;

/// Combinations that are allowed and doubtful.
public final class SpecWarnings {
    private SpecWarnings() {}

    /// Warnings about a spec that passed its schema.
    public static List<Problem> of(RLRunSpec spec) {
        List<Problem> warnings = new ArrayList<>();
        Recipe recipe = spec.recipe();
        OffPolicy offPolicy = recipe.offPolicy();
        if (offPolicy != null) {
            offPolicy(offPolicy, spec, warnings);
        }
        if (recipe.loss().aggregation() == Aggregation.LengthNormalized) {
            warn(
                    warnings,
                    "spec.recipe.loss.aggregation",
                    "LengthNormalized is not MiniRL: the first-order argument of the paper holds for TokenSum;"
                            + " the paper shows length normalisation stable but worse");
        }
        if (recipe.advantage().normalizeByStd()) {
            warn(
                    warnings,
                    "spec.recipe.advantage.normalizeByStd",
                    "is not MiniRL: groups with little spread weigh more than the paper's objective gives them");
        }
        if (!recipe.importanceSampling().enabled()) {
            warn(
                    warnings,
                    "spec.recipe.importanceSampling.enabled",
                    "false drops the correction for the rollout engine; the paper sees training collapse");
        }
        if (!spec.guards().isEmpty()) {
            warn(
                    warnings,
                    "spec.guards",
                    "guards do not act yet: nothing warns, pauses, rolls back or stops because of one; watch the"
                            + " condition PolicyStable and the report instead");
        }
        return warnings;
    }

    private static void offPolicy(OffPolicy offPolicy, RLRunSpec spec, List<Problem> warnings) {
        int n = offPolicy.miniBatchesPerStep();
        if (offPolicy.replay() == ReplayChoice.R2 && n == 1 && spec.staleness().maxPolicyLag() == 0) {
            warn(
                    warnings,
                    "spec.recipe.offPolicy.replay",
                    "R2 has no effect with miniBatchesPerStep 1: the weights do not move between the proximal pass"
                            + " and the update; use R3 or None");
        }
        if (!offPolicy.clip().enabled() && n > 1) {
            warn(
                    warnings,
                    "spec.recipe.offPolicy.clip.enabled",
                    "DANGER: %d updates per batch without clipping; the paper sees training collapse; remove"
                                    .formatted(n)
                            + " 'enabled: false' unless collapse is what you study");
        }
        if (offPolicy.replay() == ReplayChoice.None && n > 1) {
            warn(
                    warnings,
                    "spec.recipe.offPolicy.replay",
                    "None with %d updates per batch: a mixture of experts needs R2 or R3 to stay stable".formatted(n));
        }
    }

    private static void warn(List<Problem> warnings, String path, String message) {
        warnings.add(Problem.warning(path, message));
    }
}
