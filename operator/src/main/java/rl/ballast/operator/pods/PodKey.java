package rl.ballast.operator.pods;

/// Which pod. A name is never used twice while its pod exists, so creating one again is harmless.
///
/// @param owner the run, or the pool for engines of a pool of its own
/// @param index rank or number of the engine
/// @param attempt 1 for the first
public record PodKey(String owner, Role role, int index, int attempt) {
    public String name() {
        return "%s-%d".formatted(host(), attempt);
    }

    /// Stays the same over attempts; resolves below the headless service.
    public String host() {
        return "%s-%s-%d".formatted(owner, role.word(), index);
    }
}
