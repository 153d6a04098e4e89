package rl.ballast.crds.check;

import java.util.ArrayList;
import java.util.List;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.schema.Problem;

/// Fields that the schema has and this version of the product cannot honour yet. A run that sets one is refused,
/// never run without it.
public final class SupportedFeatures {
    private SupportedFeatures() {}

    /// Errors of a spec that passed its schema; empty if this version can run it.
    public static List<Problem> check(RLRunSpec spec) {
        List<Problem> problems = new ArrayList<>();
        int lag = spec.staleness().maxPolicyLag();
        if (lag > 0) {
            problems.add(Problem.error(
                    "spec.staleness.maxPolicyLag",
                    "expected 0, found %d: asynchronous training is not supported yet; set it to 0".formatted(lag)));
        }
        int ranks = spec.learner().replicas();
        if (ranks > 1) {
            problems.add(Problem.error(
                    "spec.learner.replicas",
                    "expected 1, found %d: several trainer ranks are not supported yet; set it to 1".formatted(ranks)));
        }
        return problems;
    }
}
