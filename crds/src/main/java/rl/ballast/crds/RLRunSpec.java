package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.run.CheckpointSpec;
import rl.ballast.protocol.run.ColdStartSpec;
import rl.ballast.protocol.run.DataSpec;
import rl.ballast.protocol.run.Guard;
import rl.ballast.protocol.run.RewardSpec;
import rl.ballast.protocol.run.Source;
import rl.ballast.protocol.run.StalenessSpec;

/// What a run is. Every default is in the schema; what is `@Nullable` may really be absent.
///
/// @param model the initial model, a Hugging Face folder
/// @param data prompts and evaluation problems
/// @param coldStart supervised stage before the first step
/// @param steps rollout batches to train on; may be raised while the run goes on
/// @param seed of everything that is random in the run
/// @param storage the run's store; absent = a volume of the operator's default size, a folder locally
/// @param suspend frees every pod and keeps the store
/// @param activeDeadlineSeconds the run fails when it has not ended after so many seconds; a suspension begins them
///     anew
/// @param ttlSecondsAfterFinished the object is deleted so many seconds after the run ended
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.staleness.maxPolicyLag == 0 || has(self.recipe.offPolicy)",
        fieldPath = ".staleness",
        message =
                "staleness.maxPolicyLag above 0 needs recipe.offPolicy: rollouts of an older policy need its clipping")
@ValidationRule(
        value = "!has(self.rollouts.pool) || !has(self.storage)",
        fieldPath = ".storage",
        message = "rollouts.pool brings the pool's claim: remove storage, or remove rollouts.pool")
@ValidationRule(
        value = "self.rollouts.engine.captureRoutes || !has(self.recipe.offPolicy)"
                + " || self.recipe.offPolicy.replay in ['None', 'R2']"
                + " || (self.recipe.offPolicy.replay == 'Auto'"
                + " && self.recipe.offPolicy.miniBatchesPerStep < 4 && self.staleness.maxPolicyLag == 0)",
        fieldPath = ".rollouts.engine.captureRoutes",
        message = "replay R3 (asked for, or chosen by Auto from 4 mini-batches or a policy lag on) needs the engines'"
                + " routes: set captureRoutes: true or another replay")
@ValidationRule(
        value = "self.model == oldSelf.model",
        fieldPath = ".model",
        message = "model cannot change during a run: make a new run")
@ValidationRule(
        value = "self.data == oldSelf.data",
        fieldPath = ".data",
        message = "data cannot change during a run: make a new run")
@ValidationRule(
        value = "has(self.coldStart) == has(oldSelf.coldStart)"
                + " && (!has(self.coldStart) || self.coldStart == oldSelf.coldStart)",
        fieldPath = ".coldStart",
        message = "coldStart cannot change during a run: make a new run")
@ValidationRule(
        value = "self.reward == oldSelf.reward",
        fieldPath = ".reward",
        message = "reward cannot change during a run: make a new run")
@ValidationRule(
        value = "self.recipe == oldSelf.recipe",
        fieldPath = ".recipe",
        message = "recipe cannot change during a run: make a new run")
@ValidationRule(
        value = "self.staleness == oldSelf.staleness",
        fieldPath = ".staleness",
        message = "staleness cannot change during a run: make a new run")
@ValidationRule(
        value = "self.seed == oldSelf.seed",
        fieldPath = ".seed",
        message = "seed cannot change during a run: make a new run")
@ValidationRule(
        value = "(has(self.storage) && has(self.storage.claimName) ? self.storage.claimName : '')"
                + " == (has(oldSelf.storage) && has(oldSelf.storage.claimName) ? oldSelf.storage.claimName : '')",
        fieldPath = ".storage",
        message = "storage.claimName cannot change during a run: make a new run (retain may change)")
@ValidationRule(
        value = "(has(self.storage) && has(self.storage.volume))"
                + " == (has(oldSelf.storage) && has(oldSelf.storage.volume))",
        fieldPath = ".storage",
        message = "storage.volume cannot be added or removed during a run: make a new run"
                + " (its size may grow, retain may change)")
@ValidationRule(
        value = "has(self.rollouts.pool) == has(oldSelf.rollouts.pool)"
                + " && (!has(self.rollouts.pool) || self.rollouts.pool.name == oldSelf.rollouts.pool.name)",
        fieldPath = ".rollouts",
        message = "rollouts.pool cannot change during a run: make a new run")
@ValidationRule(
        value = "self.rollouts.precision == oldSelf.rollouts.precision",
        fieldPath = ".rollouts.precision",
        message = "rollouts.precision cannot change during a run: make a new run")
@ValidationRule(
        value = "self.rollouts.engine.captureRoutes == oldSelf.rollouts.engine.captureRoutes",
        fieldPath = ".rollouts.engine.captureRoutes",
        message = "rollouts.engine.captureRoutes cannot change during a run: make a new run")
public record RLRunSpec(
        @Required
        @ValidationRule(
                value = "!has(self.configMap)",
                message =
                        "a model is a folder and does not fit a config map:" + " use path, claim, image, url or random")
        Source model,

        @Required DataSpec data,
        @Nullable ColdStartSpec coldStart,
        @Required RewardSpec reward,
        @Required Recipe recipe,
        @Default("{}") StalenessSpec staleness,
        @Default("[]") @Size(max = 32) List<Guard> guards,
        @Required @Min(1) @Max(10_000_000) int steps,
        @Default("0") long seed,
        @Default("{}") LearnerSpec learner,
        @Default("{}") RolloutsSpec rollouts,
        @Nullable StorageSpec storage,
        @Default("{}") CheckpointSpec checkpoint,
        @Default("false") boolean suspend,
        @Nullable @Min(1) @Max(Integer.MAX_VALUE) Long activeDeadlineSeconds,
        @Nullable @Min(0) Integer ttlSecondsAfterFinished) {
    public RLRunSpec {
        guards = List.copyOf(guards);
    }

    /// The same run, ending after other many steps.
    public RLRunSpec withSteps(int other) {
        return new RLRunSpec(
                model,
                data,
                coldStart,
                reward,
                recipe,
                staleness,
                guards,
                other,
                seed,
                learner,
                rollouts,
                storage,
                checkpoint,
                suspend,
                activeDeadlineSeconds,
                ttlSecondsAfterFinished);
    }

    /// The same run with other engines: on a cluster a pool knows how many there are and how they work.
    public RLRunSpec withRollouts(RolloutsSpec engines) {
        return new RLRunSpec(
                model,
                data,
                coldStart,
                reward,
                recipe,
                staleness,
                guards,
                steps,
                seed,
                learner,
                engines,
                storage,
                checkpoint,
                suspend,
                activeDeadlineSeconds,
                ttlSecondsAfterFinished);
    }
}
