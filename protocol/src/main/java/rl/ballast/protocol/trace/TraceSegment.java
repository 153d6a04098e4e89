package rl.ballast.protocol.trace;

import org.jspecify.annotations.Nullable;

/// One segment as read.
///
/// @param index place in the file, from 0
/// @param routes `[header.rows()][layers of the file][topK]`
/// @param weights gate weights of the same shape; null if the file has none for this segment
public record TraceSegment(
        int index,
        SegmentHeader header,
        Routes routes,
        @Nullable GateWeights weights) {}
