package rl.ballast.rollout.engine;

import java.util.List;

/// The rows of one forward pass: segments of consecutive positions, each of one sequence. No two segments write
/// the same slot of the KV cache.
public record StepBatch(List<Segment> segments) {
    public StepBatch {
        segments = List.copyOf(segments);
    }

    public int rows() {
        return segments.stream().mapToInt(s -> s.tokens().length).sum();
    }

    public int logitRows() {
        return segments.stream().mapToInt(Segment::logitRows).sum();
    }

    /// @param tokens ids fed at positions `firstPosition`, `firstPosition + 1`, ...
    /// @param blocks block table of the sequence, long enough for its last row
    /// @param logitRows logits are wanted for this many *last* rows: 0 in the middle of a prompt, 1 to sample
    public record Segment(int[] tokens, int firstPosition, int[] blocks, int logitRows) {
        public Segment {
            if (tokens.length == 0 || firstPosition < 0 || logitRows < 0 || logitRows > tokens.length) {
                throw new IllegalArgumentException("segment of %d tokens at position %d with %d logit rows"
                        .formatted(tokens.length, firstPosition, logitRows));
            }
        }
    }
}
