package rl.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.protocol.store.StoreLayout;

/// Every example, shortened by options alone: the files are those that a user runs.
@NeedsDistribution
class ExamplesIT {
    private static final Path EXAMPLES = Path.of(System.getProperty("ballast.examples", "../examples"));
    private static final Pattern DRAWING = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL);
    private static final int STEPS = 2;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"quickstart, NONE, 1", "off-policy-r2, R2, 2", "off-policy-r3, R3, 4"})
    void anExampleRunsToItsEnd(String name, String replay, int updates) throws Exception {
        StoreLayout store = run(name);
        List<JsonNode> lines = JsonLines.read(store.metrics()).objects();
        assertThat(lines).extracting(line -> line.path("step").asInt()).containsExactly(0, 1, 2);
        for (JsonNode line : lines.subList(1, lines.size())) {
            assertThat(line.at("/update/perMiniBatch")).hasSize(updates);
            assertThat(line.at("/engineMismatch/k3").asDouble()).isBetween(0.0, 0.01);
            assertReplay(line.path("replay"), replay);
        }
        assertThat(lines.getLast().at("/evaluation/score").isNumber()).isTrue();
        assertReport(store.root().resolve("report.html"));
        assertLoads(store);
    }

    private StoreLayout run(String name) throws InterruptedException {
        Path store = folder.resolve(name);
        String file = EXAMPLES.resolve(name).resolve("rlrun.yaml").toString();
        var arguments = List.of(
                "run",
                file,
                "--out",
                store.toString(),
                "--max-steps",
                Integer.toString(STEPS),
                "--set",
                "coldStart.updates=12",
                "--set",
                "coldStart.batchSize=16",
                "--set",
                "recipe.groupSize=4",
                "--set",
                "recipe.promptsPerMiniBatch=4",
                "--set",
                "data.evaluation.samplesPerPrompt=1");
        try (var started = BallastProcess.start(folder, arguments)) {
            assertThat(started.exitCode()).as(started::output).isZero();
            assertThat(started.output())
                    .contains("cold start 12/12", "step 0/2", "step 2/2", "Completed after", "report.html")
                    .doesNotContain("WARNING", "\u001b", "\tat ");
        }
        return new StoreLayout(store);
    }

    private static void assertReplay(JsonNode replay, String mode) {
        assertThat(replay.path("mode").asText()).isEqualTo(mode);
        assertThat(replay.path("coverage").asDouble()).isEqualTo(1.0);
        assertThat(replay.path("unknown")).isEmpty();
        assertThat(replay.path("consumed").asLong())
                .isEqualTo(replay.path("expectedConsumed").asLong());
        assertThat(replay.path("consumed").asLong() > 0).isEqualTo(!mode.equals("NONE"));
        JsonNode perLayer = replay.at("/disagreement/perLayer");
        assertThat(perLayer).hasSize(3);
        for (JsonNode layer : perLayer) {
            assertThat(layer.path("slot").asDouble()).isBetween(0.0, 0.5);
            assertThat(layer.path("any").asDouble()).isBetween(0.0, 0.5);
        }
    }

    private static void assertReport(Path report) throws IOException, ParserConfigurationException, SAXException {
        String page = Files.readString(report, StandardCharsets.UTF_8);
        assertThat(page).startsWith("<!").endsWith("</html>\n").doesNotContain("NaN", "Infinity", "<script");
        List<String> drawings =
                DRAWING.matcher(page).results().map(match -> match.group()).toList();
        assertThat(drawings).hasSizeGreaterThan(5);
        for (String drawing : drawings) {
            DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(drawing)));
        }
    }

    /// The weights that the run ends with are a Hugging Face folder that anybody can load.
    private static void assertLoads(StoreLayout store) throws IOException {
        Path newest = store.weights()
                .resolve(Files.readString(store.current(), StandardCharsets.UTF_8)
                        .strip());
        try (var parameters = FlatParameterStore.load(newest, ModelConfigReader.read(newest))) {
            assertThat(parameters.elements()).isPositive();
        }
    }
}
