package rl.ballast.protocol.recipe;

/// The paper's first setting: one update per rollout batch; importance sampling, no clipping needed.
public record OnPolicy() {}
