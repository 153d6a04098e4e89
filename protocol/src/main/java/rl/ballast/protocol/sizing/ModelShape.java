package rl.ballast.protocol.sizing;

/// What of a model must be known to say what a run of it needs.
///
/// @param parameters numbers in its weights
/// @param moeLayers layers with a router; 0 for a dense model
/// @param experts 0 for a dense model
/// @param expertsPerToken 0 for a dense model
/// @param maxPositions longest sequence in tokens
public record ModelShape(long parameters, int moeLayers, int experts, int expertsPerToken, int maxPositions) {
    /// Whether any layer has a router.
    public boolean mixtureOfExperts() {
        return moeLayers > 0;
    }
}
