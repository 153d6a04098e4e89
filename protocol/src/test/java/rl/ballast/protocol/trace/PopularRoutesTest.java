package rl.ballast.protocol.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Routes of routers that prefer some experts take fewer bits.
class PopularRoutesTest {
    private static final long SEED = 20260103L;

    @ParameterizedTest
    @CsvSource({"8,128,24,0.5,38.7", "8,128,24,1.0,34.2", "8,256,12,0.6,45.4", "4,60,24,0.6,17.4", "2,8,48,0.9,4.3"})
    void unevenRoutesTakeFewerBits(int topK, int experts, int layers, double bias, double bits) {
        TraceHeader header = TraceSamples.header(experts, topK, layers);
        SplittableRandom random = new SplittableRandom(SEED);
        double[][] preferences = preferences(random, header, bias);
        List<Routes> routes = List.of(
                uneven(random, header, preferences, 1500, 1.0),
                uneven(random, header, preferences, 3000, 1.0),
                uneven(random, header, preferences, 500, 0.9));

        byte[] file = TraceSamples.write(header, routes, null);

        assertThat(TraceSamples.read(file)).extracting(TraceSegment::routes).isEqualTo(routes);
        assertThat(8.0 * file.length / (5000 * layers)).isBetween(bits - 0.2, bits);
    }

    @Test
    void unknownCellsDoNotKeepTheOthersFromIt() {
        TraceHeader header = TraceSamples.header(128, 8, 24);
        SplittableRandom random = new SplittableRandom(SEED);
        double[][] preferences = preferences(random, header, 1.0);
        List<Routes> routes =
                List.of(uneven(random, header, preferences, 1365, 1.0), uneven(random, header, preferences, 1000, 0.5));
        byte[] first = TraceSamples.write(header, routes.subList(0, 1), null);

        byte[] both = TraceSamples.write(header, routes, null);

        // A bit of every cell says whether it is known; a rank takes 41 bits.
        double bits = 8.0 * (both.length - first.length) - 1000 * 24;
        assertThat(bits / routes.get(1).known()).isBetween(30.0, 33.0);
        assertThat(TraceSamples.read(both)).extracting(TraceSegment::routes).isEqualTo(routes);
    }

    @Test
    void gateWeightsGoWithIt() {
        TraceHeader header = TraceSamples.header(64, 4, 24);
        SplittableRandom random = new SplittableRandom(SEED);
        double[][] preferences = preferences(random, header, 1.0);
        List<Routes> routes =
                List.of(uneven(random, header, preferences, 300, 1.0), uneven(random, header, preferences, 100, 0.9));
        List<GateWeights> weights =
                List.of(TraceSamples.weights(random, routes.get(0)), TraceSamples.weights(random, routes.get(1)));

        List<TraceSegment> read = TraceSamples.read(TraceSamples.write(header, routes, weights));

        assertThat(read).extracting(TraceSegment::routes).isEqualTo(routes);
        assertThat(read).extracting(TraceSegment::weights).isEqualTo(weights);
    }

    @ParameterizedTest
    @CsvSource({"1,1024,5,true", "1,1025,5,false", "5,700,5,true", "1,1024,129,false"})
    void onlySmallTablesAreLearned(int topK, int experts, int layers, boolean learned) {
        TraceHeader header = TraceSamples.header(experts, topK, layers);
        Routes routes = uneven(
                new SplittableRandom(SEED), header, preferences(new SplittableRandom(SEED), header, 1.0), 900, 1.0);

        assertThat(Popularity.of(experts, topK, layers, routes.idArray(), routes.validArray(), 900) != null)
                .isEqualTo(learned);
        assertThat(TraceSamples.read(TraceSamples.write(header, List.of(routes), null)))
                .extracting(TraceSegment::routes)
                .isEqualTo(List.of(routes));
    }

    @Test
    void aWrongPrefixCodeIsRefused() throws Exception {
        byte[] file = resource("popular.trace");
        int block = new String(file, java.nio.charset.StandardCharsets.ISO_8859_1).lastIndexOf("BLOK");
        // Behind tag, length, validity and coding.
        int prefix = block + 4 + 4 + 1 + 1;
        assertThat(file[prefix - 1]).isEqualTo((byte) 1);
        file[prefix] = (byte) 0xff;
        TraceForge.repairChecksums(file);

        assertThatThrownBy(() -> TraceSamples.read(file))
                .isInstanceOfSatisfying(
                        CorruptTrace.class, error -> assertThat(error.field()).contains("prefix code"));
    }

    @Test
    void aSegmentBehindOthersCanBeReadAlone() throws Exception {
        TraceHeader header = TraceSamples.header(64, 4, 24);
        SplittableRandom random = new SplittableRandom(SEED);
        double[][] preferences = preferences(random, header, 1.0);
        List<Routes> routes = List.of(
                uneven(random, header, preferences, 400, 1.0),
                uneven(random, header, preferences, 300, 1.0),
                uneven(random, header, preferences, 200, 1.0));
        java.nio.file.Path file = java.nio.file.Files.createTempFile("popular", ".trace");
        try {
            java.nio.file.Files.write(file, TraceSamples.write(header, routes, null));
            assertThat(RoutingTraceReader.read(file, 2).routes()).isEqualTo(routes.get(2));
        } finally {
            java.nio.file.Files.delete(file);
        }
    }

    @Test
    void aFileThatWasMadeFromTheDescriptionAloneHoldsWhatItsMakerSays() throws Exception {
        JsonNode expected = new ObjectMapper().readTree(resource("popular.json"));

        List<TraceSegment> segments = TraceSamples.read(resource("popular.trace"));

        assertThat(segments).hasSize(expected.size());
        for (TraceSegment segment : segments) {
            String name = segment.header().rolloutId();
            assertThat(sha256(json(segment.routes())))
                    .as(name)
                    .isEqualTo(expected.path(name).asText());
        }
    }

    @Test
    void theWriterMakesTheSameFile() throws Exception {
        byte[] file = resource("popular.trace");
        java.io.ByteArrayOutputStream again = new java.io.ByteArrayOutputStream();
        try (RoutingTraceReader reader = RoutingTraceReader.open("memory", new java.io.ByteArrayInputStream(file));
                RoutingTraceWriter writer = RoutingTraceWriter.to(again, reader.header())) {
            for (var next = reader.next(); next.isPresent(); next = reader.next()) {
                writer.append(next.get().header(), next.get().routes());
            }
            writer.finish();
        }

        assertThat(again.toByteArray()).isEqualTo(file);
    }

    @Test
    void routesOfATraceStayAsTheyAre() {
        TraceHeader header = TraceSamples.header(8, 2, 1);
        Routes routes = TraceSamples.uniform(new SplittableRandom(SEED), header, 3, 1.0);
        Routes read = TraceSamples.read(TraceSamples.write(header, List.of(routes), null))
                .getFirst()
                .routes();

        for (Routes fixed : List.of(routes, read)) {
            assertThatThrownBy(() -> fixed.set(0, 0, new int[] {0, 1}, 0)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> fixed.setUnknown(0, 0)).hasMessageContaining("belong to a trace");
            assertThatThrownBy(() -> fixed.copyRows(new Routes(1, 1, 2), 0, 1, 0))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = PopularRoutesTest.class.getResourceAsStream("/trace/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private static double[][] preferences(SplittableRandom random, TraceHeader header, double bias) {
        double[][] preferences = new double[header.layers().size()][header.numExperts()];
        for (double[] layer : preferences) {
            java.util.Arrays.setAll(layer, expert -> bias * random.nextGaussian());
        }
        return preferences;
    }

    /// The experts of the highest scores: a preference and noise.
    private static Routes uneven(
            SplittableRandom random, TraceHeader header, double[][] preferences, int rows, double known) {
        Routes routes = new Routes(rows, preferences.length, header.topK());
        for (int row = 0; row < rows; row++) {
            for (int layer = 0; layer < preferences.length; layer++) {
                double[] scores = preferences[layer].clone();
                for (int expert = 0; expert < scores.length; expert++) {
                    scores[expert] += random.nextGaussian();
                }
                double[] sorted = scores.clone();
                java.util.Arrays.sort(sorted);
                double least = sorted[scores.length - header.topK()];
                int[] ids = java.util.stream.IntStream.range(0, scores.length)
                        .filter(expert -> scores[expert] >= least)
                        .toArray();
                if (random.nextDouble() < known) {
                    routes.set(row, layer, ids, 0);
                }
            }
        }
        return routes;
    }

    private static String json(Routes routes) {
        StringBuilder out = new StringBuilder("[");
        for (int row = 0; row < routes.rows(); row++) {
            out.append(row == 0 ? "[" : ",[");
            for (int layer = 0; layer < routes.layers(); layer++) {
                out.append(layer == 0 ? "[" : ",[");
                if (!routes.valid(row, layer)) {
                    out.append("-1");
                }
                for (int slot = 0; routes.valid(row, layer) && slot < routes.topK(); slot++) {
                    out.append(slot == 0 ? "" : ",").append(routes.id(row, layer, slot));
                }
                out.append(']');
            }
            out.append(']');
        }
        return out.append(']').toString();
    }

    private static String sha256(String text) throws Exception {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
