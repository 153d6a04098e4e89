package rl.ballast.protocol.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.protocol.PolicyVersion;

class RoutingTraceTest {
    private static final long SEED = 20260101L;

    @ParameterizedTest
    @CsvSource({
        "1,1,1",
        "2,1,3",
        "2,2,2",
        "8,2,3",
        "60,4,24",
        "64,8,16",
        "64,64,2",
        "128,1,4",
        "128,4,36",
        "128,8,48",
        "128,64,3",
        "256,8,58",
        "257,8,5",
        "384,8,6",
        "512,10,48",
        "512,22,4",
        "1024,64,2",
        "4096,16,3",
        "65535,1,2",
        "65535,8,2",
        "65535,64,1"
    })
    void readsWhatWasWritten(int experts, int topK, int layers) {
        TraceHeader header = TraceSamples.header(experts, topK, layers);
        SplittableRandom random = new SplittableRandom(SEED);
        List<Routes> routes = List.of(
                TraceSamples.uniform(random, header, 57, 1.0),
                TraceSamples.uniform(random, header, 33, 0.7),
                new Routes(0, layers, topK));

        List<TraceSegment> read = TraceSamples.read(TraceSamples.write(header, routes, null));

        assertThat(read).extracting(TraceSegment::routes).isEqualTo(routes);
        assertThat(read)
                .extracting(TraceSegment::header)
                .isEqualTo(List.of(
                        TraceSamples.segment("rollout-0", routes.get(0)),
                        TraceSamples.segment("rollout-1", routes.get(1)),
                        TraceSamples.segment("rollout-2", routes.get(2))));
    }

    @Test
    void readsWhatWasWrittenForRandomShapes() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < 150; round++) {
            int experts = 1 + (int) Math.pow(4_095, random.nextDouble());
            int topK = 1 + random.nextInt(Math.min(experts, 64));
            TraceHeader header = TraceSamples.header(experts, topK, 1 + random.nextInt(5));
            List<Routes> routes = new ArrayList<>();
            for (int i = random.nextInt(4); i >= 0; i--) {
                routes.add(TraceSamples.uniform(random, header, random.nextInt(20), random.nextBoolean() ? 1 : 0.5));
            }

            List<TraceSegment> read = TraceSamples.read(TraceSamples.write(header, routes, null));

            assertThat(read)
                    .as("seed %d, round %d: %d of %d", SEED, round, topK, experts)
                    .extracting(TraceSegment::routes)
                    .isEqualTo(routes);
        }
    }

    @Test
    void readsSegmentsThatSpanSeveralBlocks() {
        TraceHeader header = TraceSamples.header(16, 2, 48);
        SplittableRandom random = new SplittableRandom(SEED);
        List<Routes> routes = List.of(TraceSamples.uniform(random, header, 3000, 0.9));

        assertThat(TraceSamples.read(TraceSamples.write(header, routes, null)))
                .extracting(TraceSegment::routes)
                .isEqualTo(routes);
    }

    @Test
    void carriesGateWeights() {
        TraceHeader header = TraceSamples.header(16, 3, 5);
        SplittableRandom random = new SplittableRandom(SEED);
        Routes routes = TraceSamples.uniform(random, header, 40, 0.8);
        GateWeights weights = TraceSamples.weights(random, routes);

        List<TraceSegment> read = TraceSamples.read(TraceSamples.write(header, List.of(routes), List.of(weights)));

        assertThat(read.getFirst().weights()).isEqualTo(weights);
        assertThat(read.getFirst().routes()).isEqualTo(routes);
    }

    @Test
    void storesThePromptRowsOfAGroupOnce() {
        TraceHeader header = TraceSamples.header(128, 8, 4);
        SplittableRandom random = new SplittableRandom(SEED);
        Routes prompt = TraceSamples.uniform(random, header, 500, 1.0);
        List<Routes> group = new ArrayList<>();
        for (int sample = 0; sample < 16; sample++) {
            Routes routes = TraceSamples.uniform(random, header, 510, 1.0);
            routes.copyRows(prompt, 0, prompt.rows(), 0);
            group.add(routes);
        }

        byte[] one = TraceSamples.write(header, group.subList(0, 1), null);
        byte[] all = TraceSamples.write(header, group, null);

        assertThat(all.length).isLessThan(2 * one.length);
        assertThat(TraceSamples.read(all)).extracting(TraceSegment::routes).isEqualTo(group);
    }

    @ParameterizedTest
    @CsvSource({"2,8,5", "4,128,24", "8,128,41", "8,256,49", "10,512,69.7", "1,128,7"})
    void codesUniformRoutesCloseToTheInformationTheyHold(int topK, int experts, double bits) {
        TraceHeader header = TraceSamples.header(experts, topK, 48);
        Routes routes = TraceSamples.uniform(new SplittableRandom(SEED), header, 4096, 1.0);

        double size = 8.0 * TraceSamples.write(header, List.of(routes), null).length;

        assertThat(size / (4096 * 48)).isBetween(bits - 0.1, bits + 0.05);
    }

    @Test
    void refusesRoutesThatDoNotFitTheirHeader() throws Exception {
        TraceHeader header = TraceSamples.header(8, 2, 3);
        Routes routes = TraceSamples.uniform(new SplittableRandom(SEED), header, 4, 0.5);
        SegmentHeader claimsAll =
                new SegmentHeader("a", 0, new PolicyVersion(1), 4, 0, 0L, true, Map.of(), TraceSamples.SOURCE);
        try (RoutingTraceWriter writer = RoutingTraceWriter.to(new ByteArrayOutputStream(), header)) {
            assertThatThrownBy(() -> writer.append(claimsAll, routes))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("reasons for");
            assertThatThrownBy(() -> writer.append(claimsAll, new Routes(4, 2, 2)))
                    .hasMessageContaining("expected routes [4][3][2], found [4][2][2]");
        }
    }

    @Test
    void refusesIdsOutOfRangeOrOrder() throws Exception {
        TraceHeader header = TraceSamples.header(8, 2, 1);
        Routes routes = new Routes(2, 1, 2);
        routes.set(0, 0, new int[] {1, 5}, 0);
        routes.set(1, 0, new int[] {1, 8}, 0);
        try (RoutingTraceWriter writer = RoutingTraceWriter.to(new ByteArrayOutputStream(), header)) {
            assertThatThrownBy(() -> writer.append(TraceSamples.segment("a", routes), routes))
                    .hasMessageContaining("row 1, layer column 0: expected ids below 8, found [1, 8]");
        }
        assertThatThrownBy(() -> routes.set(0, 0, new int[] {1, 1}, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ids [1, 1] are not ascending and distinct");
        assertThatThrownBy(() -> routes.set(0, 0, new int[] {5, 1}, 0)).hasMessageContaining("[5, 1]");
        assertThatThrownBy(() -> routes.copyRows(new Routes(2, 1, 3), 0, 1, 0))
                .hasMessageContaining("expected routes [][1][2], found [][1][3]");
    }
}
