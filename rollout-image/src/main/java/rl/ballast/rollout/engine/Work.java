package rl.ballast.rollout.engine;

/// The compute thread's part of [EngineCounters].
record Work(
        int runningSequences,
        int waitingSequences,
        int usedBlocks,
        long finishedSequences,
        long generatedTokens,
        long steps,
        long promptRows,
        long decodeRows,
        long prefixHitTokens,
        long preemptions) {}
