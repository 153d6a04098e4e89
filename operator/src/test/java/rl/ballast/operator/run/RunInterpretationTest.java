package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPoolSpec;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.StorageSpec.Retention;
import rl.ballast.crds.file.RunFile;
import rl.ballast.operator.TestSettings;

class RunInterpretationTest {
    @Test
    void aRunOnASharedPoolAdoptsIfThePoolSaysSo() {
        assertThat(fetchConfig(true)).contains("\"adopt\" : true");
        assertThat(fetchConfig(false)).contains("\"adopt\" : false");
    }

    private static String fetchConfig(boolean adopt) {
        RLRun run =
                RunFile.read(Path.of("src/test/golden/quickstart/rlrun.yaml")).run();
        run.getMetadata().setNamespace("team-a");
        run.getMetadata().setUid("6f1c2a34-0000-4000-8000-000000000001");
        var rollouts = run.getSpec().rollouts();
        var pool = new RolloutPoolSpec(
                1,
                false,
                rollouts.precision(),
                rollouts.backend(),
                rollouts.engine(),
                new StorageSpec("claim", null, Retention.Retain, adopt),
                null);
        return String.valueOf(
                RunInterpretation.files(RunInterpretation.plan(run, pool, "shared", TestSettings.of(), "token", 0))
                        .get("fetch.json"));
    }
}
