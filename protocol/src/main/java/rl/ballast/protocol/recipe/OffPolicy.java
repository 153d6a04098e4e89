package rl.ballast.protocol.recipe;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/// The paper's second setting: N updates per rollout batch; clipping and routing replay.
///
/// @param miniBatchesPerStep N
/// @param clip one-sided clip range on the staleness ratio
/// @param replay which routing replay to use; `Auto` chooses by N, lag and model
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OffPolicy(
        @Default("2") @Min(1) @Max(1024) int miniBatchesPerStep,
        @Default("{}") ClipRange clip,
        @Default("Auto") ReplayChoice replay) {}
