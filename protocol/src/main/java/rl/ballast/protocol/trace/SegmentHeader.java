package rl.ballast.protocol.trace;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import rl.ballast.protocol.PolicyVersion;

/// One token range of one sequence, recorded at one policy version. Row `r` is the forward pass of the token at
/// position `firstPosition + r`; a finished sequence of T tokens has rows for positions 0..T-2, since its last token
/// is never fed.
///
/// @param rolloutId which sequence; unique in the file together with `segment`
/// @param segment 0 for the range that starts at position 0, then counting up without gaps
/// @param policyVersion the weights that computed every row of the range
/// @param rows length of the range; 0 is allowed (nothing was fed after a swap)
/// @param firstPosition absolute position of the first row
/// @param tokenDigest [TokenDigest#of] over the tokens of the range and the one that follows it
/// @param endsSequence whether the range ends at T-2 of a finished sequence; false for an aborted one and for all
///        segments but the last
/// @param unknown number of unknown (row, layer) cells by reason, no zero entries; empty says that the range is
///        complete
/// @param source who recorded it
public record SegmentHeader(
        String rolloutId,
        int segment,
        PolicyVersion policyVersion,
        int rows,
        int firstPosition,
        long tokenDigest,
        boolean endsSequence,
        Map<UnknownReason, Integer> unknown,
        TraceSource source) {
    static final int MAX_POSITION = Integer.MAX_VALUE - 1;

    /// @throws IllegalArgumentException if a value is out of range
    public SegmentHeader {
        TraceText.require("rolloutId", rolloutId);
        if (segment < 0 || rows < 0 || firstPosition < 0 || (long) firstPosition + rows > MAX_POSITION) {
            throw new IllegalArgumentException(
                    "rollout %s: expected segment, rows and firstPosition in 0..2^31-2, found segment %d, rows %d, firstPosition %d"
                            .formatted(rolloutId, segment, rows, firstPosition));
        }
        EnumMap<UnknownReason, Integer> counts = new EnumMap<>(UnknownReason.class);
        unknown.forEach((reason, count) -> {
            if (count < 1) {
                throw new IllegalArgumentException("rollout %s: expected at least 1 unknown cell for %s, found %d"
                        .formatted(rolloutId, reason, count));
            }
            counts.put(reason, count);
        });
        unknown = Collections.unmodifiableMap(counts);
    }

    /// Whether every (row, layer) of the range is known.
    public boolean complete() {
        return unknown.isEmpty();
    }

    /// Unknown (row, layer) cells over all reasons.
    public long unknownCells() {
        long sum = 0;
        for (int count : unknown.values()) {
            sum += count;
        }
        return sum;
    }
}
