package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// The learner of one run, made by the operator.
///
/// @param runRef the run that this group trains
/// @param restartLimit restarts without progress before the run fails
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.runRef.name == oldSelf.runRef.name",
        fieldPath = ".runRef",
        message = "runRef cannot change: make a new group")
public record LearnerGroupSpec(
        @Required
        @ValidationRule(
                value = "!has(self.namespace)",
                fieldPath = ".namespace",
                message = "a group is in the namespace of its run: remove namespace")
        NameReference runRef,

        @Default("1") @Min(1) @Max(4096) int replicas,
        @Default("false") boolean suspend,
        @Default("5") @Min(0) @Max(31) int restartLimit,
        @Nullable @PreserveUnknownFields ObjectNode template) {}
