package rl.ballast.modeling.torch;

import rl.ballast.modeling.config.ModelConfig;

/// From gradients of gate weights to those of router logits, on the host. With p the softmax over all experts and S
/// the experts that a row uses (live or replayed, a constant): gates are `g_j = p_j`, or `p_j / sum_S p` when
/// renormalised; then `dl_e = p_e (dp_e - sum_S p_j dp_j)`.
final class RouterGradient {
    private RouterGradient() {}

    /// @param bySlot d loss / d gate weight of every slot
    /// @return d loss / d logits, `[R][E]` flat; zero for padding rows
    static float[] ofLogits(
            ModelConfig config,
            float[] probabilities,
            ExpertChoice.Used used,
            ExpertGroups groups,
            float[] bySlot,
            int rows) {
        int experts = config.numExperts();
        int k = config.expertsPerToken();
        float[] result = new float[rows * experts];
        float[] dp = new float[k];
        for (int r = 0; r < rows; r++) {
            if (used.experts()[r * k] < 0) {
                continue;
            }
            float along = 0;
            for (int j = 0; j < k; j++) {
                dp[j] = bySlot[groups.slot()[j][r]];
                along += dp[j] * used.weights()[r * k + j];
            }
            if (config.normTopkProb()) {
                float mass = used.mass()[r];
                for (int j = 0; j < k; j++) {
                    dp[j] = (dp[j] - along) / mass;
                }
                along = 0;
                for (int j = 0; j < k; j++) {
                    along += dp[j] * used.weights()[r * k + j] * mass;
                }
            }
            for (int e = 0; e < experts; e++) {
                result[r * experts + e] = -along * probabilities[r * experts + e];
            }
            for (int j = 0; j < k; j++) {
                int at = r * experts + used.experts()[r * k + j];
                result[at] += dp[j] * probabilities[at];
            }
        }
        return result;
    }
}
