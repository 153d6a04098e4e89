package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What `Chart.yaml` repeats of the values.
class ChartMetadataTest {
    @Test
    void theImagesOfArtifactHubAreThoseOfTheValues() throws IOException {
        JsonNode chart = Chart.read(Chart.FOLDER.resolve("Chart.yaml"));
        Map<String, String> listed = new TreeMap<>();
        for (JsonNode image : Chart.YAML.readTree(
                chart.at("/annotations/artifacthub.io~1images").asText())) {
            listed.put(image.path("name").asText(), image.path("image").asText());
        }

        Map<String, String> used = new TreeMap<>();
        String version = chart.path("appVersion").asText();
        Chart.read(Chart.FOLDER.resolve("values.yaml")).path("images").properties().stream()
                .filter(entry -> entry.getValue().has("repository"))
                .forEach(entry -> used.put(
                        entry.getKey(), entry.getValue().path("repository").asText() + ":" + version));
        assertThat(used).isNotEmpty();
        assertThat(listed).isEqualTo(used);
    }
}
