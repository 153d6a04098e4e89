package rl.ballast.trainer.rollouts;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All judged responses of one step, in the order of group and sample.
public record JudgedStep(Header header, List<Rollout> rollouts) {
    public JudgedStep {
        rollouts = List.copyOf(rollouts);
    }

    /// First line of the file.
    ///
    /// @param policyVersion that every response was sampled from
    /// @param weights digest of that version's weights; null in a file of an earlier release
    /// @param seedSalt that the seeds were made with
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Header(
            int step,
            long epoch,
            long policyVersion,
            @Nullable String weights,
            long seedSalt,
            int groups,
            int groupSize) {}
}
