package rl.ballast.trainer;

/// Where the learner is. Entered in this order; see docs/design/formats.md, section 3.
public enum Phase {
    STARTING,
    COLD_START,
    GENERATE,
    JUDGE,
    PROXIMAL,
    DIAGNOSTICS,
    UPDATE,
    CHECKPOINT,
    PUBLISH,
    ANNOUNCE,
    EVALUATE,
    RECORD,
    CLEAN,
    DONE;

    /// Told when a phase begins. May throw to stop the learner there, as tests do.
    @FunctionalInterface
    public interface Listener {
        /// @param step in work; 0 before the first
        /// @param part update number in COLD_START, mini-batch in UPDATE, else 0
        void entered(Phase phase, int step, int part);

        Listener NONE = (_, _, _) -> {};
    }
}
