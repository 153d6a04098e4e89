package rl.ballast.benchmarks.trace;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import rl.ballast.protocol.trace.RoutingTraceReader;
import rl.ballast.protocol.trace.RoutingTraceWriter;
import rl.ballast.protocol.trace.TraceSegment;
import rl.ballast.protocol.trace.TraceSummary;

/// Writes and reads the file of a group, 8 responses of 2048 rows, in memory: coding, checksums and, when writing, the
/// file's SHA-256. The
/// counter `id` is ids per second, which is bytes per second of a table with one byte per id. The counter `cpu` is
/// nanoseconds of CPU time per second of the thread: `id / cpu * 1e9` holds on a busy machine, too.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(1)
public class TraceCodecBenchmark {
    private static final int RESPONSES = 8;
    private static final int ROWS = 2048;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /// Experts chosen, experts, layers.
    @Param({"8/128x48", "2/8x48", "4/128x36", "8/256x58", "10/512x48", "1/128x48"})
    public String shape = "";

    /// Uniformly random sets, or sets as a trained router's: some experts are used more, and rows resemble the
    /// row before.
    @Param({"UNIFORM", "TRAINED"})
    public RouteKind kind = RouteKind.UNIFORM;

    private SyntheticTrace trace = SyntheticTrace.NONE;
    private byte[] file = {};

    /// Ids that went through, as a rate.
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Ids {
        public long id;
        public long cpu;
    }

    @Setup
    public void prepare() throws IOException {
        trace = SyntheticTrace.of(shape, kind, RESPONSES, ROWS);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TraceSummary summary = write(bytes);
        file = bytes.toByteArray();
        System.out.printf(
                Locale.ROOT,
                "%s %s: %d ids, %.2f bits per route%n",
                shape,
                kind,
                trace.ids(),
                8.0 * summary.bytes() * trace.header().topK() / trace.ids());
    }

    @Benchmark
    public TraceSummary encode(Ids ids) throws IOException {
        long start = THREADS.getCurrentThreadCpuTime();
        TraceSummary summary = write(OutputStream.nullOutputStream());
        ids.cpu += THREADS.getCurrentThreadCpuTime() - start;
        ids.id += trace.ids();
        return summary;
    }

    @Benchmark
    public long decode(Ids ids) throws IOException {
        long start = THREADS.getCurrentThreadCpuTime();
        long known = 0;
        try (RoutingTraceReader reader =
                RoutingTraceReader.open("memory", new ByteArrayInputStream(file), file.length)) {
            for (Optional<TraceSegment> next = reader.next(); next.isPresent(); next = reader.next()) {
                known += next.get().routes().known();
            }
        }
        ids.cpu += THREADS.getCurrentThreadCpuTime() - start;
        ids.id += trace.ids();
        return known;
    }

    private TraceSummary write(OutputStream out) throws IOException {
        try (RoutingTraceWriter writer = RoutingTraceWriter.to(out, trace.header())) {
            for (int response = 0; response < RESPONSES; response++) {
                writer.append(trace.segment(response), trace.responses().get(response));
            }
            return writer.finish();
        }
    }
}
