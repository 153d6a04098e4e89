package rl.ballast.trainer.rollouts;

import java.util.List;

/// All judged responses of one step, in the order of group and sample.
public record JudgedStep(Header header, List<Rollout> rollouts) {
    public JudgedStep {
        rollouts = List.copyOf(rollouts);
    }

    /// First line of the file.
    ///
    /// @param policyVersion that every response was sampled from
    /// @param seedSalt that the seeds were made with
    public record Header(int step, long epoch, long policyVersion, long seedSalt, int groups, int groupSize) {}
}
