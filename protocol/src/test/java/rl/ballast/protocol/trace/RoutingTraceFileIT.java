package rl.ballast.protocol.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutingTraceFileIT {
    private static final TraceHeader HEADER = TraceSamples.header(128, 8, 6);

    @TempDir
    private Path folder;

    @Test
    void publishesACompleteFileWithItsDigest() throws Exception {
        Path path = folder.resolve("v000012/group.trace");
        TraceSummary summary = write(path);

        assertThat(summary.bytes()).isEqualTo(Files.size(path));
        assertThat(summary.sha256()).isEqualTo(RoutingTraceReader.sha256(path));
        assertThat(summary.segments()).isEqualTo(4);
        assertThat(RoutingTraceReader.readAll(path, summary.sha256()))
                .extracting(TraceSegment::routes)
                .isEqualTo(group());
    }

    @Test
    void readsOneSegmentByItsPlace() throws Exception {
        Path path = folder.resolve("group.trace");
        write(path);
        for (int index = 0; index < 4; index++) {
            assertThat(RoutingTraceReader.read(path, index).routes()).isEqualTo(group().get(index));
        }
        assertThatThrownBy(() -> RoutingTraceReader.read(path, 4))
                .isInstanceOf(CorruptTrace.class)
                .hasMessageContaining("expected at least 5, found 4");
    }

    @Test
    void leavesNothingBehindWhenItIsNotFinished() throws Exception {
        Path path = folder.resolve("group.trace");
        try (RoutingTraceWriter writer = RoutingTraceWriter.create(path, HEADER)) {
            writer.append(TraceSamples.segment("rollout-0", group().getFirst()), group().getFirst());
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void refusesAFileWithAnotherDigest() throws Exception {
        Path path = folder.resolve("group.trace");
        write(path);
        assertThatThrownBy(() -> RoutingTraceReader.readAll(path, "00"))
                .isInstanceOf(CorruptTrace.class)
                .hasMessageContaining("sha256: expected 00");
    }

    private static TraceSummary write(Path path) throws Exception {
        List<Routes> group = group();
        try (RoutingTraceWriter writer = RoutingTraceWriter.create(path, HEADER)) {
            for (int i = 0; i < group.size(); i++) {
                writer.append(TraceSamples.segment("rollout-" + i, group.get(i)), group.get(i));
            }
            return writer.finish();
        }
    }

    private static List<Routes> group() {
        SplittableRandom random = new SplittableRandom(5);
        return Stream.generate(() -> TraceSamples.uniform(random, HEADER, 50, 0.95))
                .limit(4)
                .toList();
    }
}
