package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.EngineConfig.Backend;
import rl.ballast.protocol.role.ServedPrecision;

/// The rollout engines of a run. With `replicas` the run owns their number; with `scaling` the number is set once and
/// then left to `/scale`; with neither there is one engine.
///
/// @param pool an existing pool of the same namespace, instead of an own one
/// @param suspend frees the engines' pods; the learner waits
/// @param precision in which the engines hold their matrix weights
/// @param template pod template, merged by named container
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!(has(self.replicas) && has(self.scaling))",
        message = "set rollouts.replicas (the run owns the number) or rollouts.scaling (an autoscaler does), not both")
@ValidationRule(
        value = "!has(self.pool) || !(has(self.replicas) || has(self.scaling) || has(self.template))",
        message = "rollouts.pool has its own replicas, scaling and template: remove them here")
@ValidationRule(
        value = "!has(self.pool) || !self.suspend",
        fieldPath = ".suspend",
        message = "rollouts.suspend frees the run's own engines: set suspend on the pool, or on the whole run")
// Defaults are filled in before a rule is asked: what differs from them was set by somebody.
@ValidationRule(
        value = "!has(self.pool) || (self.precision == 'BF16' && self.backend == 'Vector'"
                + " && !has(self.engine.computeThreads) && self.engine.maxSequences == 64"
                + " && self.engine.maxBatchTokens == 512 && self.engine.kvBlockTokens == 16"
                + " && self.engine.kvCacheSize == '256Mi' && self.engine.captureRoutes"
                + " && self.engine.swap == 'RecomputeCache')",
        message = "rollouts.pool has its own precision, backend and engine: remove them here, and set them on the pool")
public record RolloutsSpec(
        @Nullable
        @ValidationRule(
                value = "!has(self.namespace)",
                fieldPath = ".namespace",
                message = "a run uses pools of its own namespace only: remove namespace, and put the pool into the"
                        + " namespace of the run")
        NameReference pool,

        @Nullable @Min(1) @Max(4096) Integer replicas,
        @Nullable ScalingSpec scaling,
        @Default("false") boolean suspend,
        @Default("BF16") ServedPrecision precision,
        @Default("Vector") Backend backend,
        @Default("{}") EngineSpec engine,
        @Nullable @PreserveUnknownFields ObjectNode template) {

    /// Engines at the start.
    public int initialReplicas() {
        if (replicas != null) {
            return replicas;
        }
        return scaling == null ? 1 : scaling.initial();
    }

    /// How many of the engines that `/scale` asks for there are to be.
    public int allowed(int asked) {
        return scaling == null ? asked : Math.clamp(asked, scaling.min(), scaling.max());
    }

    /// @param min never fewer engines, whatever `/scale` asks for
    /// @param max never more
    /// @param initial engines at the start
    @ValidationRule(
            value = "self.min <= self.initial && self.initial <= self.max",
            message = "scaling needs min <= initial <= max")
    public record ScalingSpec(
            @Default("1") @Min(1) @Max(4096) int min,
            @Default("16") @Min(1) @Max(4096) int max,
            @Default("1") @Min(1) @Max(4096) int initial) {}
}
