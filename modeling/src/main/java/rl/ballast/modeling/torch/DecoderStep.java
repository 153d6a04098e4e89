package rl.ballast.modeling.torch;

/// The rows of one pass of a [CachedDecoder].
///
/// @param tokens per row the token that is fed
/// @param positions per row its position in its sequence
/// @param visible per row the cache slots of positions `0..position` of its sequence, its own last; rows of one
///        sequence may share a longer array
/// @param logitRows rows whose logits are wanted
public record DecoderStep(int[] tokens, int[] positions, int[][] visible, int[] logitRows) {
    public DecoderStep {
        if (positions.length != tokens.length || visible.length != tokens.length || tokens.length == 0) {
            throw new IllegalArgumentException("a step of %d tokens, %d positions and %d slot lists"
                    .formatted(tokens.length, positions.length, visible.length));
        }
    }

    int rows() {
        return tokens.length;
    }

    /// Where the key and value of a row go.
    int slot(int row) {
        return visible[row][positions[row]];
    }

    /// What a pass gives; G rows with logits, R rows.
    ///
    /// @param logits `[G][vocabulary]` flat
    /// @param experts `[R][MoE layers][k]` flat, ascending within a cell; empty for a dense model
    /// @param gateWeights laid out like `experts`
    public record Result(float[] logits, int[] experts, float[] gateWeights) {}
}
