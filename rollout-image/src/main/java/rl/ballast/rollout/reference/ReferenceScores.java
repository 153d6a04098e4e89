package rl.ballast.rollout.reference;

/// Scores of one sequence of T tokens in double. Legend: M mixture-of-experts layers, K experts per token.
///
/// @param logProbs `[T - 1]` natural log of the probability of token t + 1 at position t
/// @param entropies `[T]` in nats
/// @param experts `[T][M][K]` ascending within a cell
/// @param gateWeights `[T][M][K]`
public record ReferenceScores(double[] logProbs, double[] entropies, int[][][] experts, double[][][] gateWeights) {}
