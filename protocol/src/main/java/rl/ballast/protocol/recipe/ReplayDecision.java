package rl.ballast.protocol.recipe;

/// The replay mode of a run, and the sentence that says why.
public record ReplayDecision(ReplayMode mode, String reason) {

    /// Resolves a choice (section 2 of the design; section 1 of the recipe).
    ///
    /// @param mixtureOfExperts whether the model has routers
    /// @param maxPolicyLag versions that a rollout may be old
    public static ReplayDecision of(Recipe recipe, int maxPolicyLag, boolean mixtureOfExperts) {
        OffPolicy offPolicy = recipe.offPolicy();
        if (!mixtureOfExperts) {
            return new ReplayDecision(ReplayMode.NONE, "the model is dense: there is no routing to replay");
        }
        if (offPolicy == null) {
            return new ReplayDecision(ReplayMode.NONE, "on-policy: weights do not move inside a step");
        }
        int n = offPolicy.miniBatchesPerStep();
        return switch (offPolicy.replay()) {
            case None -> new ReplayDecision(ReplayMode.NONE, "asked for: replay: None");
            case R2 -> new ReplayDecision(ReplayMode.R2, "asked for: replay: R2");
            case R3 -> new ReplayDecision(ReplayMode.R3, "asked for: replay: R3");
            case Auto -> auto(n, maxPolicyLag);
        };
    }

    private static ReplayDecision auto(int n, int maxPolicyLag) {
        if (maxPolicyLag > 0) {
            return new ReplayDecision(ReplayMode.R3, "Auto: policy lag %d is above 0".formatted(maxPolicyLag));
        }
        if (n == 1) {
            return new ReplayDecision(ReplayMode.NONE, "Auto: one mini-batch per step, no staleness");
        }
        if (n < 4) {
            return new ReplayDecision(ReplayMode.R2, "Auto: %d mini-batches per step, mild staleness".formatted(n));
        }
        return new ReplayDecision(ReplayMode.R3, "Auto: %d mini-batches per step, strong staleness".formatted(n));
    }
}
