package rl.ballast.protocol.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// One wrong field at a time, checksums right: the error names the field.
class ForgedTraceTest {
    @Test
    void theUntouchedForgeryIsAValidTrace() {
        TraceSegment segment =
                TraceSamples.read(new TraceForge(8, 2, 3).bytes()).getFirst();

        assertThat(segment.header().rolloutId()).isEqualTo("rollout");
        assertThat(segment.header().tokenDigest()).isEqualTo(0x1234);
        Routes expected = new Routes(2, 3, 2);
        for (int cell = 0; cell < 6; cell++) {
            expected.set(cell / 3, cell % 3, new int[] {0, 1}, 0);
        }
        assertThat(segment.routes()).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forgeries")
    void everyFieldIsChecked(String field, Consumer<TraceForge> damage) {
        TraceForge forge = new TraceForge(8, 2, 3);
        damage.accept(forge);

        assertThatThrownBy(() -> TraceSamples.read(forge.bytes())).isInstanceOfSatisfying(CorruptTrace.class, error -> {
            assertThat(error.file()).isEqualTo("memory");
            assertThat(error.field()).contains(field);
            assertThat(error.expected()).isNotEqualTo(error.found());
        });
    }

    static Stream<Arguments> forgeries() {
        return Stream.of(
                forgery("magic", f -> f.magic++),
                forgery("schemaVersion", f -> f.schemaVersion = 2),
                forgery("flags", f -> f.flags = 1),
                forgery("header checksum", f -> f.headerSumError = 1),
                forgery("runId", f -> f.runId = TraceForge.text("")),
                forgery("runId", f -> f.runId = TraceForge.text("a\nb")),
                forgery("runId", f -> f.runId = new byte[] {(byte) 0xc3}),
                forgery("modelRevision", f -> f.modelRevision = new byte[513]),
                forgery("numExperts", f -> f.experts = 0),
                forgery("topK", f -> f.experts = 1),
                forgery("topK", f -> f.topK = 0),
                forgery("topK", f -> f.topK = 65),
                forgery("layers[3]", f -> f.layerCount = 4),
                forgery("header bytes", f -> f.layerCount = 2),
                forgery("layers", f -> f.layers = new int[] {0, 2, 2}),
                forgery("header bytes", f -> f.headerTail = 1),
                forgery("tag behind segment", f -> f.segmentTag = 7),
                forgery("segment 0 rolloutId", f -> f.rolloutId = TraceForge.text("")),
                forgery("segment 0 segment number", f -> f.segment = -1),
                forgery("segment 0 policyVersion", f -> f.policyVersion = 0),
                forgery("segment 0 policyVersion", f -> f.policyVersion = -5),
                forgery("segment 0 rows", f -> f.rows = -1),
                forgery("segment 0 rows", f -> f.rows = Integer.MAX_VALUE),
                forgery("segment 0 checksum", f -> f.rows = 0),
                forgery("segment 0 block", f -> f.rows = 1),
                forgery("segment 0 row 2, layer column 0", f -> f.rows = 3),
                forgery("segment 0 firstPosition", f -> f.firstPosition = -1),
                forgery("segment 0 rows", f -> f.firstPosition = Integer.MAX_VALUE),
                forgery("segment 0 flags", f -> f.segmentFlags = 11),
                forgery("segment 0 complete", f -> f.segmentFlags = 1),
                forgery("segment 0 row 0, layer column 0 weights", f -> f.segmentFlags = 7),
                forgery("segment 0 sharedRows", f -> f.sharedRows = 1),
                forgery("segment 0 unknown cells", f -> reasons(f, new int[][] {{1, 3}})),
                forgery("segment 0 unknown[0] reason", f -> reasons(f, new int[][] {{4, 3}})),
                forgery("segment 0 unknown[1] reason", f -> reasons(f, new int[][] {{2, 3}, {1, 1}})),
                forgery("segment 0 unknown[0] cells", f -> reasons(f, new int[][] {{1, 0}})),
                forgery("segment 0 source.engine", f -> f.engine = TraceForge.text("")),
                forgery("segment 0 source.prefixHitRows", f -> f.prefixHitRows = -1),
                forgery("segment 0 source.externalRows", f -> f.externalRows = -1),
                forgery("segment 0 header bytes", f -> f.segmentTail = 1),
                forgery("segment 0 block tag", f -> f.blockTag = 7),
                forgery("segment 0 block bytes", f -> f.blockLengthError = 1 << 20),
                forgery("segment 0 block tag", f -> f.blocks = 0),
                forgery("segment 0 checksum", f -> f.blocks = 2),
                forgery("segment 0 validity", f -> f.block[0] = 2),
                forgery("segment 0 block bytes", f -> f.block[0] = 1),
                forgery("segment 0 validity", f -> f.block = new byte[] {1, 0x3f, 0}),
                forgery("segment 0 validity", f -> f.block = new byte[] {1, 0x40, 0}),
                forgery("segment 0 validity", f -> f.block = new byte[0]),
                forgery("segment 0 coding", f -> f.block[1] = 9),
                forgery("segment 0 coding", f -> f.block[1] = 1),
                forgery("segment 0 row 0, layer column 0", f -> f.block[2] = 28),
                forgery("segment 0 padding", f -> f.block[f.block.length - 1] = (byte) 0x80),
                forgery("segment 0 row 1, layer column 0", f -> f.block = new byte[4]),
                forgery("segment 0 block bytes", f -> f.block = new byte[7]),
                forgery("segment 0 checksum", f -> f.segmentSumError = 1),
                forgery("tag behind segment 0", f -> f.trailerTag = 7),
                forgery("trailer segments", f -> f.segmentCount = 2),
                forgery("trailer file bytes", f -> f.fileBytesError = 1),
                forgery("file checksum", f -> f.fileSumError = 1));
    }

    private static void reasons(TraceForge forge, int[][] reasons) {
        forge.reasons = reasons;
        forge.segmentFlags = 1;
    }

    private static Arguments forgery(String field, Consumer<TraceForge> damage) {
        return Arguments.of(field, damage);
    }
}
