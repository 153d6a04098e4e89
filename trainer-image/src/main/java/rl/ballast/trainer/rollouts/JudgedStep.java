package rl.ballast.trainer.rollouts;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All judged responses of one step, in the order of group and sample.
public record JudgedStep(Header header, List<Rollout> rollouts) {
    public JudgedStep {
        rollouts = List.copyOf(rollouts);
    }

    /// The same with other responses in place of some groups'.
    ///
    /// @param others every response of those groups
    public JudgedStep with(Header other, List<Rollout> others) {
        Set<Integer> groups = others.stream().map(Rollout::group).collect(Collectors.toSet());
        return new JudgedStep(
                other,
                Stream.concat(rollouts.stream().filter(rollout -> !groups.contains(rollout.group())), others.stream())
                        .sorted(Comparator.comparingInt(Rollout::group).thenComparingInt(Rollout::sample))
                        .toList());
    }

    /// These groups alone.
    public JudgedStep only(Set<Integer> groups) {
        return new JudgedStep(
                new Header(
                        header.step(),
                        header.epoch(),
                        header.run(),
                        header.policyVersion(),
                        header.weights(),
                        header.seedSalt(),
                        groups.size(),
                        header.groupSize()),
                rollouts.stream()
                        .filter(rollout -> groups.contains(rollout.group()))
                        .toList());
    }

    /// First line of the file.
    ///
    /// @param run UID of the run that sampled; another's after an adoption; null in a file of an earlier release
    /// @param policyVersion that every response was sampled from
    /// @param weights digest of that version's weights; null in a file of an earlier release
    /// @param seedSalt that the seeds were made with
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Header(
            int step,
            long epoch,
            @Nullable String run,
            long policyVersion,
            @Nullable String weights,
            long seedSalt,
            int groups,
            int groupSize) {}
}
