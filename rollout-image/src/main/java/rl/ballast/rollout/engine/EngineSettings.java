package rl.ballast.rollout.engine;

import rl.ballast.protocol.role.EngineConfig.SwapPolicy;

/// @param maxSequences sequences decoded together
/// @param maxBatchTokens rows of one forward pass; longer prompts are fed in several chunks
public record EngineSettings(int maxSequences, int maxBatchTokens, SwapPolicy swapPolicy) {}
