package rl.ballast.crds.check;

import java.util.ArrayList;
import java.util.List;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.protocol.recipe.OffPolicy;
import rl.ballast.protocol.recipe.ReplayChoice;
import rl.ballast.protocol.sizing.ModelShape;

/// Rules that need to know the model: locally applied once its source can be read, on a cluster by condition
/// `Accepted=False`.
public final class ModelChecks {
    private ModelChecks() {}

    /// Errors and warnings of a spec that passed its schema; empty if it fits the model.
    public static List<Problem> check(RLRunSpec spec, ModelShape model) {
        List<Problem> problems = new ArrayList<>();
        OffPolicy offPolicy = spec.recipe().offPolicy();
        if (offPolicy != null && !model.mixtureOfExperts()) {
            ReplayChoice replay = offPolicy.replay();
            if (replay == ReplayChoice.R2 || replay == ReplayChoice.R3) {
                problems.add(Problem.error(
                        "spec.recipe.offPolicy.replay",
                        "%s needs a mixture of experts, and this model is dense: set replay to Auto or None"
                                .formatted(replay)));
            }
        }
        int maxTokens = spec.recipe().sampling().maxTokens();
        if (maxTokens > model.maxPositions()) {
            problems.add(Problem.warning(
                    "spec.recipe.sampling.maxTokens",
                    "%d is above the model's longest sequence: responses end with it, at %d tokens less the prompt"
                            .formatted(maxTokens, model.maxPositions())));
        }
        return problems;
    }
}
