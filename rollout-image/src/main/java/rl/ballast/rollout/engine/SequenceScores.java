package rl.ballast.rollout.engine;

/// What a model says of one sequence of T tokens. Legend: M mixture-of-experts layers, K experts per token.
///
/// @param logProbs `[T - 1]` natural log of the probability of token t + 1 at position t
/// @param entropies `[T]` of the next-token distribution at every position, in nats
/// @param experts `[T][M][K]` flat, ascending within a cell; empty for a dense model
/// @param gateWeights `[T][M][K]` flat; empty for a dense model
public record SequenceScores(float[] logProbs, float[] entropies, int[] experts, float[] gateWeights) {}
