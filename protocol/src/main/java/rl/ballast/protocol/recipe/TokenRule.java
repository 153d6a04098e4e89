package rl.ballast.protocol.recipe;

/// What happens to a token whose weight leaves the bounds.
public enum TokenRule {
    /// The paper: `min(importanceWeight, truncation)`.
    Truncate,
    /// IcePop (arXiv 2510.18855): the token is masked when the engine ratio leaves `[maskLow, maskHigh]`.
    IcePop,
    /// DPPO (arXiv 2602.04879): trust region on the total variation between rollout and trainer probability.
    DppoTv,
    /// DPPO (arXiv 2602.04879): trust region on the binary KL divergence from rollout to trainer.
    DppoKl
}
