package rl.ballast.protocol.run;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/// When the learner saves, and what of a run is kept in its store.
///
/// @param everySteps steps between checkpoints
/// @param keep newest checkpoints kept
/// @param keepVersions newest weight versions kept, besides those that an engine still reports
/// @param keepRollouts newest steps whose judged rollouts are kept, besides those that a checkpoint still needs
public record CheckpointSpec(
        @Default("1") @Min(1) @Max(10_000_000) int everySteps,
        @Default("2") @Min(1) @Max(10_000) int keep,
        @Default("2") @Min(1) @Max(10_000) int keepVersions,
        @Default("20") @Min(1) @Max(10_000_000) int keepRollouts) {}
