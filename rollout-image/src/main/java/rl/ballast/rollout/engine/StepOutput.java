package rl.ballast.rollout.engine;

/// What one forward pass gives. Buffers belong to the backend, hold until its next pass, and may be longer than
/// the legend says.
///
/// Legend: R rows of the batch in order, G rows with logits in order, V vocabulary, M mixture-of-experts
/// layers, K experts per token.
///
/// @param logits `[G][V]` flat
/// @param experts `[R][M][K]` flat: chosen ids, ascending within a cell; empty for a dense model
/// @param gateWeights `[R][M][K]` flat: weights the experts' outputs were combined with; empty for a dense
///        model
public record StepOutput(float[] logits, int[] experts, float[] gateWeights) {}
