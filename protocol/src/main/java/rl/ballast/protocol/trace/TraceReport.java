package rl.ballast.protocol.trace;

import java.util.List;
import java.util.Map;

/// What a verified trace file holds.
///
/// @param summary size and digest
/// @param rollouts number of sequences
/// @param completeRollouts those that are finished and have every cell known
/// @param policyVersions that recorded rows, ascending
/// @param rows over all segments
/// @param cells (row, layer) routes over all segments
/// @param unknown unknown cells by reason
/// @param bitsPerCell size of the file over known cells; 0 if there is none
/// @param warnings what no rule forbids but a person should look at
public record TraceReport(
        String file,
        TraceHeader header,
        TraceSummary summary,
        int rollouts,
        int completeRollouts,
        List<Long> policyVersions,
        long rows,
        long cells,
        Map<UnknownReason, Long> unknown,
        double bitsPerCell,
        List<String> warnings) {
    public TraceReport {
        policyVersions = List.copyOf(policyVersions);
        unknown = Map.copyOf(unknown);
        warnings = List.copyOf(warnings);
    }

    public long unknownCells() {
        return unknown.values().stream().mapToLong(Long::longValue).sum();
    }

    /// Known share of the cells, 1 for a file without cells.
    public double coverage() {
        return cells == 0 ? 1 : (double) (cells - unknownCells()) / cells;
    }
}
