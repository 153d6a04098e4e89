package rl.ballast.protocol.recipe;

/// What a person asks for. `Auto` is resolved by [ReplayDecision].
public enum ReplayChoice {
    Auto,
    None,
    R2,
    R3
}
