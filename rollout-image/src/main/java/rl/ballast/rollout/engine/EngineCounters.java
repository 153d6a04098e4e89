package rl.ballast.rollout.engine;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.wire.EngineStatus;

/// What the engine has done since it started, and what it holds now.
///
/// @param policyVersion served now; null before the first
/// @param steps forward passes
/// @param promptRows rows fed for prompts and for caches computed again
/// @param decodeRows rows fed for one new token each
/// @param prefixHitTokens positions that were not computed because the cache had them
/// @param failure why the compute thread stopped; null while it runs
public record EngineCounters(
        EngineStatus.State state,
        @Nullable PolicyVersion policyVersion,
        int runningSequences,
        int waitingSequences,
        int usedBlocks,
        int totalBlocks,
        long finishedSequences,
        long generatedTokens,
        long steps,
        long promptRows,
        long decodeRows,
        long prefixHitTokens,
        long preemptions,
        long swaps,
        long refusedSwaps,
        @Nullable String failure) {}
