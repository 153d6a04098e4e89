package rl.ballast.rollout.schedule;

/// Which waiting sequences may start.
public enum Admission {
    ALL,
    /// Only those that have sampled a token already: they end before weights are swapped.
    STARTED
}
