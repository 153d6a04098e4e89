package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.EngineConfig.Backend;
import rl.ballast.protocol.role.ServedPrecision;

/// A pool of engines. `replicas` is the field that `/scale` writes.
///
/// @param storage the pool's claim; a run that names the pool uses it
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.precision == oldSelf.precision",
        fieldPath = ".precision",
        message = "precision cannot change while engines hold verified weights: make a new pool")
@ValidationRule(
        value = "self.engine.captureRoutes == oldSelf.engine.captureRoutes",
        fieldPath = ".engine.captureRoutes",
        message = "engine.captureRoutes cannot change under the learner that asks for routes: make a new pool")
@ValidationRule(
        value = "has(self.storage.claimName) == has(oldSelf.storage.claimName)"
                + " && (!has(self.storage.claimName) || self.storage.claimName == oldSelf.storage.claimName)",
        fieldPath = ".storage",
        message = "storage.claimName cannot change: make a new pool")
@ValidationRule(
        value = "has(self.storage.volume) == has(oldSelf.storage.volume)",
        fieldPath = ".storage",
        message = "storage.volume cannot be added or removed: make a new pool (its size may grow, retain may change)")
public record RolloutPoolSpec(
        @Default("1") @Min(0) @Max(4096) @SpecReplicas int replicas,
        @Default("false") boolean suspend,
        @Default("BF16") ServedPrecision precision,
        @Default("Vector") Backend backend,
        @Default("{}") EngineSpec engine,
        @Required StorageSpec storage,
        @Nullable @PreserveUnknownFields ObjectNode template) {}
