package rl.ballast.protocol.recipe;

import io.fabric8.generator.annotation.Default;

/// How token terms become a loss.
public record LossSpec(@Default("TokenSum") Aggregation aggregation) {
    public enum Aggregation {
        /// The paper: sum over tokens, mean over responses.
        TokenSum,
        /// Each response is divided by its length (GRPO); the paper shows it stable but worse.
        LengthNormalized
    }
}
