package rl.ballast.crds.check;

/// What a spec must be checked against once the model is known.
///
/// @param mixtureOfExperts whether any layer has a router
/// @param maxPositions longest sequence in tokens
public record ModelFacts(boolean mixtureOfExperts, int maxPositions) {}
