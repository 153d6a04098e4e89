package rl.ballast.protocol.role;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.run.RunRef;

/// Configuration of one rollout engine process.
///
/// @param store absolute path of the run's folder
/// @param token shared secret that every call must carry as a bearer token; null accepts all (tests)
/// @param port to listen on; 0 picks a free one
/// @param computeThreads threads of one forward pass
/// @param maxSequences sequences decoded together
/// @param maxBatchTokens rows of one forward pass; longer prompts are fed in several chunks
/// @param kvBlockTokens tokens per KV cache block
/// @param kvCacheBytes budget of the KV cache
/// @param captureRoutes record chosen experts of every fed position
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EngineConfig(
        RunRef run,
        String store,
        Backend backend,
        ServedPrecision precision,
        String host,
        int port,
        @Nullable String token,
        int computeThreads,
        int maxSequences,
        int maxBatchTokens,
        int kvBlockTokens,
        long kvCacheBytes,
        boolean captureRoutes,
        SwapPolicy swapPolicy) {

    /// @throws IllegalArgumentException naming the field, if a number is out of range
    public EngineConfig {
        require("port", port, 0, 65_535);
        require("computeThreads", computeThreads, 1, 4_096);
        require("maxSequences", maxSequences, 1, 1 << 20);
        require("maxBatchTokens", maxBatchTokens, 1, 1 << 24);
        require("kvBlockTokens", kvBlockTokens, 1, 1 << 20);
        require("kvCacheBytes", kvCacheBytes, 1, Long.MAX_VALUE);
    }

    private static void require(String field, long found, long low, long high) {
        if (found < low || found > high) {
            throw new IllegalArgumentException("%s: expected %d to %d, found %d".formatted(field, low, high, found));
        }
    }

    public enum Backend {
        /// Java Vector API.
        @JsonProperty("Vector")
        VECTOR,
        /// PyTorch through DJL.
        @JsonProperty("Torch")
        TORCH
    }

    /// What happens to responses in progress when weights are swapped.
    public enum SwapPolicy {
        /// They end on the old weights before the swap.
        FinishOnOld,
        /// Their cache is computed again with the new weights; tokens go on with the new version.
        RecomputeCache,
        /// They keep the old cache (approximate).
        KeepCache
    }
}
