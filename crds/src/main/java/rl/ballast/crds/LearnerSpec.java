package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/// The learner of a run.
///
/// @param replicas trainer ranks
/// @param suspend frees the learner's pods and keeps the engines
/// @param computeThreads threads of one forward or backward pass; absent = what the site offers
/// @param maxMicroBatchTokens tokens of one forward and backward pass
/// @param activationRecompute trades time for memory in the backward pass
/// @param template pod template, merged by named container
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LearnerSpec(
        @Default("1") @Min(1) @Max(4096) int replicas,
        @Default("false") boolean suspend,
        @Nullable @Min(1) @Max(1024) Integer computeThreads,
        @Default("8192") @Min(1) @Max(16_777_216) int maxMicroBatchTokens,
        @Default("false") boolean activationRecompute,
        @Nullable @PreserveUnknownFields ObjectNode template) {}
