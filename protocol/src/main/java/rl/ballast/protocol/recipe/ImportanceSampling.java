package rl.ballast.protocol.recipe;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;

/// Token-level importance sampling between the policy that is trained and the engine that sampled.
///
/// @param enabled false drops the correction, which the paper shows to collapse quickly
/// @param acknowledgeInstability must be true when `enabled` is false
/// @param truncation upper bound of the importance weight
@ValidationRule(
        value = "self.enabled || self.acknowledgeInstability",
        message =
                "importanceSampling.enabled: false needs acknowledgeInstability: true (without it training collapses)")
@ValidationRule(value = "self.maskLow < self.maskHigh", message = "importanceSampling.maskLow must be below maskHigh")
@ValidationRule(
        value = "self.sequenceLow < self.sequenceHigh",
        message = "importanceSampling.sequenceLow must be below sequenceHigh")
public record ImportanceSampling(
        @Default("true") boolean enabled,
        @Default("false") boolean acknowledgeInstability,
        @Default("5.0") @Min(value = 0, inclusive = false) double truncation,
        @Default("Truncate") TokenRule rule,
        @Default("0.5") @Min(0) double maskLow,
        @Default("5.0") @Min(value = 0, inclusive = false) double maskHigh,
        @Default("0.2") @Min(value = 0, inclusive = false) double divergenceLimit,
        @Default("None") SequenceRule sequenceRule,
        @Default("0.999") @Min(0) double sequenceLow,
        @Default("1.001") @Min(value = 0, inclusive = false) double sequenceHigh,
        @Default("0.0001") @Min(0) double opsmDelta) {}
