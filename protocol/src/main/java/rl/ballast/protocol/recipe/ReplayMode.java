package rl.ballast.protocol.recipe;

/// What the learner does. R2 records in the proximal pass and replays in updates; R3 replays the engine's routes in
/// both.
public enum ReplayMode {
    NONE,
    R2,
    R3
}
