package rl.ballast.benchmarks.trace;

/// How synthetic routes are drawn.
public enum RouteKind {
    /// Every set equally likely: the worst case of any code.
    UNIFORM,
    /// Expert popularity as of a trained router, and rows that resemble the row before.
    TRAINED
}
