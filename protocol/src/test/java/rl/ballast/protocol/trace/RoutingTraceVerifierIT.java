package rl.ballast.protocol.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.PolicyVersion;

class RoutingTraceVerifierIT {
    private static final TraceHeader HEADER = TraceSamples.header(16, 2, 3);
    private static final int[] TOKENS = TraceSamples.tokens(31);

    @TempDir
    private Path folder;

    /// A segment before it is written.
    private record Piece(SegmentHeader header, Routes routes) {}

    @Test
    void acceptsASequenceWrittenByTwoVersions() throws Exception {
        TraceReport report =
                verify(Map.of("a", TOKENS), piece("a", 0, 4, 0, 20, false), piece("a", 1, 5, 20, 10, true));

        assertThat(report.rollouts()).isEqualTo(1);
        assertThat(report.completeRollouts()).isEqualTo(1);
        assertThat(report.policyVersions()).containsExactly(4L, 5L);
        assertThat(report.cells()).isEqualTo(90);
        assertThat(report.coverage()).isEqualTo(1.0);
        assertThat(report.warnings()).isEmpty();
    }

    @Test
    void countsUnknownCellsByReason() throws Exception {
        Routes routes = routes(30);
        routes.setUnknown(0, 0);
        routes.setUnknown(0, 1);
        routes.setUnknown(0, 2);
        routes.setUnknown(7, 1);
        TraceSource source = new TraceSource("e", "1", "vector", "F32", 0, 1);
        SegmentHeader header = new SegmentHeader(
                "a",
                0,
                new PolicyVersion(4),
                30,
                0,
                TokenDigest.of(TOKENS, 0, 30),
                true,
                Map.of(UnknownReason.EXTERNAL_KV, 3, UnknownReason.CAPTURE_OFF, 1),
                source);

        TraceReport report = verify(Map.of("a", TOKENS), new Piece(header, routes));

        assertThat(report.unknown()).isEqualTo(Map.of(UnknownReason.EXTERNAL_KV, 3L, UnknownReason.CAPTURE_OFF, 1L));
        assertThat(report.coverage()).isEqualTo(86.0 / 90);
        assertThat(report.completeRollouts()).isZero();
        assertThat(report.rollouts()).isEqualTo(1);
    }

    @Test
    void refusesRowsOfOtherTokens() {
        int[] others = TOKENS.clone();
        others[30]++;
        refused(() -> verify(Map.of("a", others), piece("a", 0, 4, 0, 30, true)), "tokenDigest");
    }

    @Test
    void refusesAnEndThatIsNotTheSequencesEnd() {
        refused(
                () -> verify(Map.of("a", TOKENS), piece("a", 0, 4, 0, 29, true)),
                "expected 30 for 31 tokens, found 29");
    }

    @Test
    void refusesARolloutThatNobodyAskedFor() {
        refused(() -> verify(Map.of("b", TOKENS), piece("a", 0, 4, 0, 30, true)), "segment 0 rolloutId");
    }

    @Test
    void refusesAFileThatLacksARollout() {
        refused(
                () -> verify(Map.of("a", TOKENS, "b", TOKENS), piece("a", 0, 4, 0, 30, true)),
                "rollout b: expected at least one segment, found none");
    }

    @Test
    void namesTheHeaderFieldThatDiffers() throws Exception {
        Path path = write(piece("a", 0, 4, 0, 30, true));
        TraceHeader other = new TraceHeader(HEADER.runId(), "sha256:ff", 16, 2, HEADER.layers());
        refused(() -> RoutingTraceVerifier.verify(path, other, null), "modelRevision: expected sha256:ff");
        TraceHeader shifted = new TraceHeader(HEADER.runId(), HEADER.modelRevision(), 16, 2, List.of(0, 1, 2));
        refused(() -> RoutingTraceVerifier.verify(path, shifted, null), "layers: expected [0, 1, 2], found [1, 3, 5]");
    }

    @Test
    void writerAndVerifierRefuseTheSameSequences() {
        impossible(
                "no segment behind the one that ends", piece("a", 0, 4, 0, 20, true), piece("a", 1, 4, 20, 10, true));
        impossible(
                "segment number: expected 1, found 0", piece("a", 0, 4, 0, 20, false), piece("a", 0, 4, 0, 20, false));
        impossible(
                "segment number: expected 1, found 2", piece("a", 0, 4, 0, 20, false), piece("a", 2, 4, 20, 10, true));
        impossible(
                "firstPosition: expected 20, found 19", piece("a", 0, 4, 0, 20, false), piece("a", 1, 4, 19, 11, true));
        impossible("firstPosition: expected 0, found 1", piece("a", 0, 4, 1, 20, false));
        impossible(
                "policyVersion: expected at least 4, found 3",
                piece("a", 0, 4, 0, 20, false),
                piece("a", 1, 3, 20, 10, true));
        Piece piece = piece("a", 0, 4, 0, 20, false);
        impossible(
                "unknown EXTERNAL_KV: expected 2 external rows of 3 layers, found 0 cells",
                with(piece, new TraceSource("e", "1", "v", "F32", 0, 2)));
        impossible("source rows: expected at most 20", with(piece, new TraceSource("e", "1", "v", "F32", 21, 0)));
    }

    @Test
    void warnsOfALayerThatNeverVaries() throws Exception {
        TraceHeader header = TraceSamples.header(16, 1, 2);
        Routes zeros = TraceSamples.uniform(new SplittableRandom(1), header, 300, 1.0);
        for (int row = 0; row < 300; row++) {
            zeros.set(row, 0, new int[] {0}, 0);
        }
        Path path = folder.resolve("zeros.trace");
        try (RoutingTraceWriter writer = RoutingTraceWriter.create(path, header)) {
            writer.append(TraceSamples.segment("a", zeros), zeros);
            writer.finish();
        }
        assertThat(RoutingTraceVerifier.verify(path).warnings())
                .singleElement()
                .asString()
                .startsWith("layer 1: all 300 recorded sets are the same");
    }

    private void impossible(String message, Piece... pieces) {
        assertThatThrownBy(() -> write(pieces))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
        SequenceRules rules = new SequenceRules(HEADER.layers().size());
        Violation last = null;
        for (Piece piece : pieces) {
            last = rules.accept(piece.header()).orElse(null);
        }
        assertThat(last).asString().contains(message);
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(CorruptTrace.class).hasMessageContaining(message);
    }

    private TraceReport verify(Map<String, int[]> tokens, Piece... pieces) throws IOException {
        return RoutingTraceVerifier.verify(write(pieces), HEADER, tokens);
    }

    private Path write(Piece... pieces) throws IOException {
        Path path = folder.resolve("case.trace");
        try (RoutingTraceWriter writer = RoutingTraceWriter.create(path, HEADER)) {
            for (Piece piece : pieces) {
                writer.append(piece.header(), piece.routes());
            }
            writer.finish();
        }
        return path;
    }

    private static Piece piece(String rollout, int segment, int version, int first, int rows, boolean ends) {
        long digest = first + rows < TOKENS.length ? TokenDigest.of(TOKENS, first, rows) : 0;
        PolicyVersion policy = new PolicyVersion(version);
        SegmentHeader header =
                new SegmentHeader(rollout, segment, policy, rows, first, digest, ends, Map.of(), TraceSamples.SOURCE);
        return new Piece(header, routes(rows));
    }

    private static Piece with(Piece piece, TraceSource source) {
        SegmentHeader h = piece.header();
        SegmentHeader changed = new SegmentHeader(
                h.rolloutId(),
                h.segment(),
                h.policyVersion(),
                h.rows(),
                h.firstPosition(),
                h.tokenDigest(),
                h.endsSequence(),
                h.unknown(),
                source);
        return new Piece(changed, piece.routes());
    }

    private static Routes routes(int rows) {
        return TraceSamples.uniform(new SplittableRandom(rows), HEADER, rows, 1.0);
    }
}
