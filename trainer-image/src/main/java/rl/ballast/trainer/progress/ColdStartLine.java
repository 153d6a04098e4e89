package rl.ballast.trainer.progress;

import com.fasterxml.jackson.annotation.JsonProperty;

/// A line of `coldstart.jsonl`.
///
/// @param loss before the update, in nats per token
public record ColdStartLine(
        @JsonProperty("update") int update,
        @JsonProperty("epoch") long epoch,
        @JsonProperty("loss") double loss,
        @JsonProperty("learningRate") double learningRate,
        @JsonProperty("gradientNorm") double gradientNorm,
        @JsonProperty("seconds") double seconds) {}
