package rl.ballast.rollout.schedule;

/// Rows of one sequence that run in the next forward pass: positions `firstPosition` to `firstPosition + rows -
/// 1`.
///
/// @param complete the rows reach the end of the sequence, so its next token can be sampled
public record ScheduledRows(Sequence sequence, int firstPosition, int rows, boolean complete) {}
