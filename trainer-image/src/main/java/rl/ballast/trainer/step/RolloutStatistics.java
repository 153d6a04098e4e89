package rl.ballast.trainer.step;

import java.util.List;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;
import rl.ballast.trainer.rollouts.Rollout;

/// Rewards and lengths of a step's responses.
final class RolloutStatistics {
    private RolloutStatistics() {}

    /// @param rollouts in the order of groups
    static StepMetrics.Reward reward(List<Rollout> rollouts, int groupSize) {
        double sum = 0;
        double squares = 0;
        double best = Double.NEGATIVE_INFINITY;
        double worst = Double.POSITIVE_INFINITY;
        for (Rollout rollout : rollouts) {
            sum += rollout.reward();
            squares += rollout.reward() * rollout.reward();
            best = Math.max(best, rollout.reward());
            worst = Math.min(worst, rollout.reward());
        }
        int allRight = 0;
        int allWrong = 0;
        for (int from = 0; from < rollouts.size(); from += groupSize) {
            var group = rollouts.subList(from, from + groupSize);
            double first = group.getFirst().reward();
            boolean flat = group.stream().allMatch(r -> r.reward() == first);
            allRight += flat && first >= 1 ? 1 : 0;
            allWrong += flat && first <= 0 ? 1 : 0;
        }
        double mean = sum / rollouts.size();
        double variance = best == worst ? 0 : Math.max(0, squares / rollouts.size() - mean * mean);
        return new StepMetrics.Reward(mean, Math.sqrt(variance), allRight, allWrong, rollouts.size() / groupSize);
    }

    static StepMetrics.Length length(List<Rollout> rollouts) {
        var lengths = rollouts.stream().mapToInt(r -> r.tokens().length).summaryStatistics();
        long truncated = rollouts.stream()
                .filter(r -> r.finishReason() == FinishReason.LENGTH)
                .count();
        return new StepMetrics.Length(
                lengths.getAverage(), lengths.getMin(), lengths.getMax(), truncated / (double) rollouts.size());
    }
}
