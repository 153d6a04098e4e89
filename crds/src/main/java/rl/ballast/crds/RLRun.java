package rl.ballast.crds;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/// A reinforcement-learning post-training run: what a person writes.
@Group(BallastApi.GROUP)
@Version(BallastApi.VERSION)
@Kind("RLRun")
@Singular("rlrun")
@Plural("rlruns")
@ShortNames("rlr")
@Categories("ballast")
@AdditionalPrinterColumn(
        name = "Status",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Step", jsonPath = ".status.step", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Steps", jsonPath = ".spec.steps", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Version",
        jsonPath = ".status.policyVersion",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Reward", jsonPath = ".status.reward", type = AdditionalPrinterColumn.Type.NUMBER)
@AdditionalPrinterColumn(
        name = "Score",
        jsonPath = ".status.evaluationScore",
        type = AdditionalPrinterColumn.Type.NUMBER)
@AdditionalPrinterColumn(name = "Replay", jsonPath = ".status.replay.mode", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Engines",
        jsonPath = ".status.engines.ready",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Desired",
        jsonPath = ".status.engines.desired",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Lag",
        jsonPath = ".status.largestLag",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "KL",
        jsonPath = ".status.mismatchKl",
        type = AdditionalPrinterColumn.Type.NUMBER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Coverage",
        jsonPath = ".status.replay.coverage",
        type = AdditionalPrinterColumn.Type.NUMBER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Trace bytes",
        jsonPath = ".status.traceBytes",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Restarts",
        jsonPath = ".status.restarts",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalSelectableField(jsonPath = ".spec.rollouts.pool.name")
@AdditionalSelectableField(jsonPath = ".spec.suspend")
@AdditionalSelectableField(jsonPath = ".status.replay.mode")
@ValidationRule(
        value = "self.metadata.name.size() <= 40",
        message = "the name of a run is at most 40 characters long, so that the names of its pods fit")
@ValidationRule(
        value = "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        message = "the name of a run starts with a letter and has only a-z, 0-9 and '-':"
                + " its pods and its service are named after it")
@ValidationRule(
        value = "!has(self.spec.rollouts.pool) || self.spec.rollouts.pool.name != self.metadata.name",
        fieldPath = ".spec.rollouts.pool.name",
        message = "a run and the pool that it shares name their objects after themselves: give the run another name")
public class RLRun extends CustomResource<RLRunSpec, RLRunStatus> implements Namespaced {}
