package rl.ballast.protocol.trace;

import java.util.Arrays;
import rl.ballast.protocol.PolicyVersion;

/// The first rows of a file's first segment. Responses to one prompt have the prompt's rows in common, so later
/// segments that start at the same position under the same policy version only say how many of their rows are equal.
final class SharedRows {
    private final PolicyVersion version;
    private final int firstPosition;
    private final int rows;
    private final int layers;
    private final int topK;
    private final short[] ids;
    private final boolean[] valid;

    private SharedRows(SegmentHeader header, Routes routes, int rows) {
        this.version = header.policyVersion();
        this.firstPosition = header.firstPosition();
        this.rows = rows;
        this.layers = routes.layers();
        this.topK = routes.topK();
        this.ids = Arrays.copyOf(routes.idArray(), rows * layers * topK);
        this.valid = Arrays.copyOf(routes.validArray(), rows * layers);
    }

    static SharedRows of(SegmentHeader header, Routes routes) {
        int most = TraceFormat.maxSharedRows(routes.layers(), routes.topK());
        return new SharedRows(header, routes, Math.min(routes.rows(), most));
    }

    /// Rows that a segment may share at most.
    int limit(SegmentHeader header) {
        boolean same = header.policyVersion().equals(version) && header.firstPosition() == firstPosition;
        return same ? Math.min(rows, header.rows()) : 0;
    }

    /// Leading rows of `routes` that are equal.
    int match(SegmentHeader header, Routes routes) {
        int limit = limit(header);
        int sameIds = Arrays.mismatch(ids, 0, limit * layers * topK, routes.idArray(), 0, limit * layers * topK);
        int sameFlags = Arrays.mismatch(valid, 0, limit * layers, routes.validArray(), 0, limit * layers);
        int byIds = sameIds < 0 ? limit : sameIds / (layers * topK);
        int byFlags = sameFlags < 0 ? limit : sameFlags / layers;
        return Math.min(byIds, byFlags);
    }

    /// Copies the first `count` rows.
    void copyTo(RoutesBuilder into, int count) {
        System.arraycopy(ids, 0, into.ids(), 0, count * layers * topK);
        System.arraycopy(valid, 0, into.valid(), 0, count * layers);
    }
}
