package rl.ballast.protocol.trace;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Checks a trace file against everything that can be known without the model:
///
/// 1. rows belong to the given tokens (digest over each range); 2. a finished sequence of T tokens has T-1 rows, all
/// known, or its segments say that it is partial; 3. ids are in range, ascending and distinct, and gate weights
/// finite; 4. rows from outside the engine are unknown, and every unknown cell has a reason; 5. every row has one
/// policy version, and versions go forward; 6. checksums of segments and file hold, and the file belongs to the
/// expected run, model and layers.
///
/// What a trainer must obey while it replays (the same rows in the proximal and the update pass, nowhere else, each
/// exactly as often as planned) is the trainer's to check. Not thread-safe.
public final class RoutingTraceVerifier {
    private static final int ENOUGH_CELLS_TO_DOUBT = 256;

    private final RoutingTraceReader reader;
    private final String file;
    private final SequenceRules rules;
    private final @Nullable Map<String, int[]> tokens;
    private final TreeSet<Long> versions = new TreeSet<>();
    private final Map<UnknownReason, Long> unknown = new EnumMap<>(UnknownReason.class);
    private final ConstantLayers constant;
    private int segments;
    private long rows;

    private RoutingTraceVerifier(RoutingTraceReader reader, String file, @Nullable Map<String, int[]> tokens) {
        this.reader = reader;
        this.file = file;
        this.tokens = tokens;
        this.rules = new SequenceRules(reader.header().layers().size());
        this.constant = new ConstantLayers(reader.header(), ENOUGH_CELLS_TO_DOUBT);
    }

    /// Checks what a file says about itself.
    ///
    /// @throws CorruptTrace at the first thing that is wrong
    public static TraceReport verify(Path path) throws IOException {
        return verify(path, null, null);
    }

    /// Checks a file against what its reader expects.
    ///
    /// @param expected run, model and layers that the file must be of
    /// @param tokens every sequence in full by rollout id; exactly these must be in the file
    /// @throws CorruptTrace at the first thing that is wrong
    public static TraceReport verify(Path path, @Nullable TraceHeader expected, @Nullable Map<String, int[]> tokens)
            throws IOException {
        try (RoutingTraceReader reader = RoutingTraceReader.open(path)) {
            if (expected != null) {
                requireHeader(path.toString(), expected, reader.header());
            }
            return new RoutingTraceVerifier(reader, path.toString(), tokens).run(path);
        }
    }

    /// Refuses a file of another run, model or shape.
    ///
    /// @throws CorruptTrace naming the first field that differs
    public static void requireHeader(String file, TraceHeader expected, TraceHeader found) {
        requireEqual(file, "runId", expected.runId(), found.runId());
        requireEqual(file, "modelRevision", expected.modelRevision(), found.modelRevision());
        requireEqual(file, "numExperts", expected.numExperts(), found.numExperts());
        requireEqual(file, "topK", expected.topK(), found.topK());
        requireEqual(file, "layers", expected.layers(), found.layers());
    }

    /// Refuses a segment that was recorded for other tokens, or that does not end where its sequence does.
    ///
    /// @param tokens the whole sequence from position 0
    /// @throws CorruptTrace if the digest or the range differs
    public static void requireTokens(String file, TraceSegment segment, int[] tokens) {
        SegmentHeader header = segment.header();
        String place = "segment %d rollout %s ".formatted(segment.index(), header.rolloutId());
        long end = (long) header.firstPosition() + header.rows();
        if (header.endsSequence() ? end != tokens.length - 1 : end > tokens.length - 1) {
            throw new CorruptTrace(
                    file,
                    place + "end of the range",
                    "%s%d for %d tokens"
                            .formatted(header.endsSequence() ? "" : "at most ", tokens.length - 1, tokens.length),
                    String.valueOf(end));
        }
        long digest = TokenDigest.of(tokens, header.firstPosition(), header.rows());
        if (digest != header.tokenDigest()) {
            throw new CorruptTrace(
                    file,
                    place + "tokenDigest",
                    "%016x of the given tokens".formatted(digest),
                    "%016x".formatted(header.tokenDigest()));
        }
    }

    private TraceReport run(Path path) throws IOException {
        for (Optional<TraceSegment> next = reader.next(); next.isPresent(); next = reader.next()) {
            check(next.get());
        }
        if (tokens != null) {
            for (String rollout : new TreeMap<>(tokens).keySet()) {
                if (!rules.rollouts().containsKey(rollout)) {
                    throw new CorruptTrace(file, "rollout " + rollout, "at least one segment", "none");
                }
            }
        }
        return report(path);
    }

    private void check(TraceSegment segment) {
        SegmentHeader header = segment.header();
        Optional<Violation> broken = rules.accept(header);
        if (broken.isPresent()) {
            Violation rule = broken.get();
            throw new CorruptTrace(
                    file, "segment %d %s".formatted(segment.index(), rule.field()), rule.expected(), rule.found());
        }
        if (tokens != null) {
            int[] sequence = tokens.get(header.rolloutId());
            if (sequence == null) {
                throw new CorruptTrace(
                        file,
                        "segment %d rolloutId".formatted(segment.index()),
                        "one of the %d given rollouts".formatted(tokens.size()),
                        header.rolloutId());
            }
            requireTokens(file, segment, sequence);
        }
        segments++;
        rows += header.rows();
        versions.add(header.policyVersion().value());
        header.unknown().forEach((reason, cells) -> unknown.merge(reason, (long) cells, Long::sum));
        constant.add(segment.routes());
    }

    private TraceReport report(Path path) throws IOException {
        long bytes = java.nio.file.Files.size(path);
        long cells = rows * reader.header().layers().size();
        long known =
                cells - unknown.values().stream().mapToLong(Long::longValue).sum();
        int complete = (int) rules.rollouts().values().stream()
                .filter(rollout -> rollout.ended() && rollout.complete())
                .count();
        List<String> warnings = new ArrayList<>(constant.warnings());
        return new TraceReport(
                file,
                reader.header(),
                new TraceSummary(segments, bytes, RoutingTraceReader.sha256(path)),
                rules.rollouts().size(),
                complete,
                List.copyOf(versions),
                rows,
                cells,
                unknown,
                known == 0 ? 0 : 8.0 * bytes / known,
                warnings);
    }

    private static void requireEqual(String file, String field, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new CorruptTrace(file, field, String.valueOf(expected), String.valueOf(found));
        }
    }
}
