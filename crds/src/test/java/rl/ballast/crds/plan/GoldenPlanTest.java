package rl.ballast.crds.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.file.RunFile;

/// RLRun in, plan out. After a wanted change run this test with `-Dballast.golden.write=true` and read the difference.
class GoldenPlanTest {
    private static final Path FOLDER = Path.of("src/test/resources/plan");
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    @ParameterizedTest
    @CsvSource({"quickstart,local", "quickstart,cluster", "off-policy,cluster"})
    void planIsTheGoldenOne(String name, String place) throws IOException {
        RunFile file = RunFile.read(FOLDER.resolve(name + ".yaml"));

        RunPlan plan = RunPlanner.plan(
                name, "6f1c2a34-0000-4000-8000-000000000001", file.run().getSpec(), site(place, file));

        String json = JSON.writeValueAsString(plan) + "\n";
        Path golden = FOLDER.resolve("%s.%s.json".formatted(name, place));
        if (Boolean.getBoolean("ballast.golden.write")) {
            Files.writeString(golden, json);
        }
        assertThat(Files.readString(golden)).isEqualTo(json);
    }

    private static Site site(String place, RunFile file) {
        if (place.equals("cluster")) {
            StorageSpec storage = file.run().getSpec().storage();
            return new Site.Cluster(
                    "team-a", "quickstart", 2, "secret", true, storage != null && storage.adopt(), 10L << 30);
        }
        int engines = file.run().getSpec().rollouts().initialReplicas();
        return new Site.Local(
                Path.of("/runs/quickstart-6f1c2a34"),
                Path.of("/examples/quickstart"),
                file.configMaps(),
                2,
                IntStream.range(0, engines).mapToObj(i -> 18090 + i).toList(),
                18080,
                "secret",
                false);
    }
}
