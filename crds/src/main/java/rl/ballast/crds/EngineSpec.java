package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.EngineConfig.SwapPolicy;

/// How one rollout engine works.
///
/// @param computeThreads threads of one forward pass; absent = what the site offers
/// @param maxSequences sequences decoded together
/// @param maxBatchTokens rows of one forward pass; longer prompts are fed in several chunks
/// @param kvBlockTokens tokens per block of the key-value cache
/// @param kvCacheSize budget of the key-value cache in bytes, with an optional suffix Ki, Mi, Gi or Ti
/// @param captureRoutes records the chosen experts of every position; replay R3 and the disagreement metrics need it
/// @param swap what happens to responses in progress when weights are swapped
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EngineSpec(
        @Nullable @Min(1) @Max(1024) Integer computeThreads,
        @Default("64") @Min(1) @Max(65536) int maxSequences,
        @Default("512") @Min(1) @Max(1_048_576) int maxBatchTokens,
        @Default("16") @Min(1) @Max(1024) int kvBlockTokens,

        @Default("256Mi") @Size(max = 20) @Pattern(FEWER_THAN_2_TO_63)
        String kvCacheSize,

        @Default("true") boolean captureRoutes,
        @Default("RecomputeCache") SwapPolicy swap) {
    private static final String FEWER_THAN_2_TO_63 =
            "^[1-9]([0-9]{0,17}|[0-9]{0,14}Ki|[0-9]{0,11}Mi|[0-9]{0,8}Gi|[0-9]{0,5}Ti)$";
}
