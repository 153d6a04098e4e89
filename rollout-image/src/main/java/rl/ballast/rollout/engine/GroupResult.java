package rl.ballast.rollout.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;
import rl.ballast.protocol.wire.GenerateResponse.VersionSpan;

/// Answer to a [GroupRequest]: one sample per seed, in order.
public record GroupResult(String requestId, List<Sample> samples) {
    public GroupResult {
        samples = List.copyOf(samples);
    }

    /// @param tokens sampled ids, the stop token included
    /// @param rolloutLogProbs natural log of the probability that each token was really sampled with: after
    ///        temperature, top-k and top-p, renormalised; 0 at temperature 0
    /// @param versions which weights sampled which tokens
    /// @param keptTokens per token the ids that top-k and top-p kept, ascending; null unless asked for, and
    ///        null when neither filters
    /// @param routes null unless asked for, and for a dense model
    public record Sample(
            int[] tokens,
            float[] rolloutLogProbs,
            List<VersionSpan> versions,
            FinishReason finishReason,
            int @Nullable [][] keptTokens,
            @Nullable CapturedRoutes routes) {
        public Sample {
            versions = List.copyOf(versions);
        }
    }

    /// Chosen experts of every fed position: prompt and response without its last token, all cells known.
    ///
    /// @param versions per row range the weights whose forward pass chose these experts and wrote the key and
    ///        value that later positions attended to. A row that was computed again (preemption, swap) counts
    ///        as computed last.
    public record CapturedRoutes(Routes routes, List<RowSpan> versions) {
        public CapturedRoutes {
            versions = List.copyOf(versions);
        }
    }

    public record RowSpan(PolicyVersion version, int firstRow, int rows) {}
}
