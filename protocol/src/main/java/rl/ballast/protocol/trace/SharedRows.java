package rl.ballast.protocol.trace;

import java.util.Arrays;
import rl.ballast.protocol.PolicyVersion;

/// The first rows of a file's first segment. Responses to one prompt have the prompt's rows in common, so later
/// segments that start at the same position under the same policy version only say how many of their rows are equal.
final class SharedRows {
    private final PolicyVersion version;
    private final int firstPosition;
    private final int rows;
    private final Routes routes;

    private SharedRows(SegmentHeader header, Routes routes, int rows) {
        this.version = header.policyVersion();
        this.firstPosition = header.firstPosition();
        this.rows = rows;
        this.routes = routes;
    }

    /// Keeps the routes, which do not change any more, or a copy of the first rows of many.
    static SharedRows of(SegmentHeader header, Routes routes) {
        int most = TraceFormat.maxSharedRows(routes.layers(), routes.topK());
        if (routes.rows() <= most) {
            return new SharedRows(header, routes, routes.rows());
        }
        Routes first = new Routes(most, routes.layers(), routes.topK());
        first.copyRows(routes, 0, most, 0);
        return new SharedRows(header, first, most);
    }

    /// Rows that a segment may share at most.
    int limit(SegmentHeader header) {
        boolean same = header.policyVersion().equals(version) && header.firstPosition() == firstPosition;
        return same ? Math.min(rows, header.rows()) : 0;
    }

    /// Leading rows of `other` that are equal.
    int match(SegmentHeader header, Routes other) {
        int limit = limit(header);
        int cells = limit * routes.layers();
        int ids = cells * routes.topK();
        int sameIds = Arrays.mismatch(routes.idArray(), 0, ids, other.idArray(), 0, ids);
        int sameFlags = Arrays.mismatch(routes.validArray(), 0, cells, other.validArray(), 0, cells);
        int byIds = sameIds < 0 ? limit : sameIds / (routes.layers() * routes.topK());
        int byFlags = sameFlags < 0 ? limit : sameFlags / routes.layers();
        return Math.min(byIds, byFlags);
    }

    /// Copies the first `count` rows.
    void copyTo(RoutesBuilder into, int count) {
        System.arraycopy(routes.idArray(), 0, into.ids(), 0, count * routes.layers() * routes.topK());
        System.arraycopy(routes.validArray(), 0, into.valid(), 0, count * routes.layers());
    }
}
