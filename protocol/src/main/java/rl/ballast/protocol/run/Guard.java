package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// One warning sign and what to do when it appears (section 7 of the design). Exactly one of `above`, `below` and
/// `trend` says when.
///
/// @param name names the guard in events and conditions
/// @param above trips when the signal is above this number
/// @param below trips when the signal is below this number
/// @param trend trips when the signal leaves its own recent median; safer than a number, since FP8 rollouts sit ten
/// times above BF16
/// @param forSteps steps in a row that must trip before the action is taken
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "[has(self.above), has(self.below), has(self.trend)].filter(x, x).size() == 1",
        message = "set exactly one of above, below and trend in each guard")
public record Guard(
        @Required @Size(min = 1, max = 63) String name,
        @Required Signal signal,
        @Nullable Double above,
        @Nullable Double below,
        @Nullable Trend trend,
        @Default("1") @Min(1) @Max(10000) int forSteps,
        @Default("Warn") Action action) {

    /// What is watched; the figures of `metrics.jsonl`.
    public enum Signal {
        /// `engineMismatch.k3`.
        MismatchKl,
        /// `engineMismatch.tails["2"]`.
        TailFraction,
        /// `engineMismatch.meanRatio`.
        MeanEngineRatio,
        /// `engineMismatch.essFraction`.
        EssFraction,
        /// `engineMismatch.chi2`.
        Chi2,
        /// `update.clipFraction`.
        ClipFraction,
        /// `update.gradientNorm`.
        GradientNorm,
        /// `entropy.mean`.
        Entropy,
        /// `replay.disagreement.slot`.
        RoutingDisagreement,
        /// `reward.mean`.
        Reward,
        /// `length.mean`.
        ResponseLength
    }

    /// What happens.
    public enum Action {
        /// An event and a condition.
        Warn,
        /// Stop before the next update and keep everything.
        Pause,
        /// Back to the last good checkpoint, with a change.
        Rollback,
        /// End the run as failed.
        Stop
    }

    /// The signal against its own median over the last `windowSteps` steps.
    ///
    /// @param factor above 1 watches a rise (signal > factor x median), below 1 a fall (signal < factor x median)
    @ValidationRule(
            value = "self.factor != 1.0",
            message = "trend.factor must differ from 1: above 1 watches a rise, below 1 a fall")
    public record Trend(
            @Default("2.0") @Min(value = 0, inclusive = false)
            double factor,

            @Default("200") @Min(2) @Max(10000) int windowSteps) {}
}
