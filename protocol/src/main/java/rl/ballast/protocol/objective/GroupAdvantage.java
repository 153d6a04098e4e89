package rl.ballast.protocol.objective;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import rl.ballast.protocol.recipe.AdvantageSpec;

/// Advantages of the responses to one prompt.
///
/// The paper (arXiv 2512.01374): `A_i = R_i - mean_j R_j` over the G responses of the group.
///
/// With `normalizeByStd` (GRPO, arXiv 2402.03300): `A_i = (R_i - mean_j R_j) / std_j R_j`, with the standard deviation
/// of the G rewards themselves (divided by G, no epsilon). Dr.GRPO and the paper leave the division out, because it
/// weighs prompts by how nearly they are solved.
///
/// A group without spread has advantages of exactly 0 in both.
public final class GroupAdvantage {
    private GroupAdvantage() {}

    /// @param rewards one per response of the group
    /// @return one advantage per response
    /// @throws IllegalArgumentException if a reward is not finite
    public static double[] of(double[] rewards, AdvantageSpec spec) {
        double[] advantages = new double[rewards.length];
        if (!spread(rewards)) {
            return advantages;
        }
        double mean = Arrays.stream(rewards).sum() / rewards.length;
        double squares = 0;
        for (int i = 0; i < rewards.length; i++) {
            advantages[i] = rewards[i] - mean;
            squares += advantages[i] * advantages[i];
        }
        if (spec.normalizeByStd()) {
            double std = Math.sqrt(squares / rewards.length);
            for (int i = 0; i < advantages.length; i++) {
                advantages[i] /= std;
            }
        }
        return advantages;
    }

    /// Advantages of responses to several prompts, in any order.
    ///
    /// @param groups which prompt each response belongs to
    /// @param rewards one per response
    public static double[] byGroup(int[] groups, double[] rewards, AdvantageSpec spec) {
        if (groups.length != rewards.length) {
            throw new IllegalArgumentException(
                    "rewards: expected %d, one per response, found %d".formatted(groups.length, rewards.length));
        }
        double[] advantages = new double[rewards.length];
        Map<Integer, List<Integer>> members = IntStream.range(0, groups.length)
                .boxed()
                .collect(Collectors.groupingBy(i -> groups[i], LinkedHashMap::new, Collectors.toList()));
        for (List<Integer> group : members.values()) {
            double[] own = group.stream().mapToDouble(i -> rewards[i]).toArray();
            double[] part = of(own, spec);
            for (int j = 0; j < part.length; j++) {
                advantages[group.get(j)] = part[j];
            }
        }
        return advantages;
    }

    private static boolean spread(double[] rewards) {
        boolean differs = false;
        for (int i = 0; i < rewards.length; i++) {
            if (!Double.isFinite(rewards[i])) {
                throw new IllegalArgumentException(
                        "reward of response %d: expected a finite number, found %s".formatted(i, rewards[i]));
            }
            differs |= rewards[i] != rewards[0];
        }
        return differs;
    }
}
