package rl.ballast.cli.traces;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import rl.ballast.cli.Main;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.protocol.trace.RoutingTraceWriter;
import rl.ballast.protocol.trace.SegmentHeader;
import rl.ballast.protocol.trace.TraceHeader;
import rl.ballast.protocol.trace.TraceSource;
import rl.ballast.protocol.trace.TraceSummary;
import rl.ballast.protocol.trace.UnknownReason;

class TracesCommandIT {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void inspectShowsModelAndSegments() throws IOException {
        write(folder.resolve("a.trace"));

        assertThat(run("traces", "inspect", folder.resolve("a.trace").toString()))
                .isZero();
        assertThat(out.toString())
                .contains("run u-1, model revision sha256:ab")
                .contains("2 of 8 experts, MoE layers 0-1, 4")
                .contains("[0] rollout r-0 segment 0: version 7, positions 0..3, partial, ends the sequence")
                .contains("unknown CAPTURE_OFF=1")
                .contains("1 of 1 files fine");
    }

    @Test
    void verifyGoesThroughAFolder() throws IOException {
        write(folder.resolve("v000007/a.trace"));
        TraceSummary summary = write(folder.resolve("v000008/b.trace"));
        Files.writeString(folder.resolve("v000008/.c.trace"), "unfinished");

        assertThat(run("traces", "verify", "--json", folder.toString())).isZero();
        JsonNode document = new ObjectMapper().readTree(out.toString());
        assertThat(document.get("corrupt").asInt()).isZero();
        assertThat(document.get("files")).hasSize(2);
        JsonNode second = document.get("files").get(1);
        assertThat(second.get("sha256").asText()).isEqualTo(summary.sha256());
        assertThat(second.get("routes").asInt()).isEqualTo(12);
        assertThat(second.get("coverage").asDouble()).isEqualTo(11.0 / 12);
        assertThat(second.get("unknown").get("CAPTURE_OFF").asInt()).isEqualTo(1);
        assertThat(second.get("layers")).hasSize(3);
    }

    @Test
    void verifyNamesWhatIsCorruptAndGoesOn() throws IOException {
        Path bad = folder.resolve("a.trace");
        write(bad);
        byte[] bytes = Files.readAllBytes(bad);
        bytes[bytes.length - 30] ^= 1;
        Files.write(bad, bytes);
        write(folder.resolve("b.trace"));

        assertThat(run("traces", "verify", folder.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains(bad + ": CORRUPT")
                .containsPattern("segment 0 .*: expected .*, found ")
                .contains("b.trace: ok, 1 segments of 1 rollouts")
                .contains("1 of 2 files fine");
        assertThat(run("traces", "inspect", "--json", bad.toString())).isEqualTo(1);
    }

    @Test
    void wrongUsageIsNotCorruption() {
        assertThat(run("traces", "verify", folder.resolve("missing").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("expected a trace file or a folder, found nothing");
        assertThat(run("traces", "verify", folder.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("expected *.trace files, found none");
        assertThat(run("traces", "verify")).isEqualTo(2);
        assertThat(run("traces", "inspect", "--nonsense", folder.toString())).isEqualTo(2);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        CommandLine commandLine =
                Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }

    private static TraceSummary write(Path path) throws IOException {
        Routes routes = new Routes(4, 3, 2);
        for (int cell = 1; cell < 12; cell++) {
            routes.set(cell / 3, cell % 3, new int[] {cell % 4, 4 + cell % 3}, 0);
        }
        TraceSource source = new TraceSource("engine-0", "0.1.0", "vector", "FP8", 0, 0);
        SegmentHeader segment = new SegmentHeader(
                "r-0", 0, new PolicyVersion(7), 4, 0, 1L, true, Map.of(UnknownReason.CAPTURE_OFF, 1), source);
        TraceHeader header = new TraceHeader("u-1", "sha256:ab", 8, 2, List.of(0, 1, 4));
        try (RoutingTraceWriter writer = RoutingTraceWriter.create(path, header)) {
            writer.append(segment, routes);
            return writer.finish();
        }
    }
}
