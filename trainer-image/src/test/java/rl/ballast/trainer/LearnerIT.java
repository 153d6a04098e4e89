package rl.ballast.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.recipe.ReplayChoice;
import rl.ballast.trainer.fixture.FakeEngine;
import rl.ballast.trainer.fixture.TestRun;

class LearnerIT {
    @TempDir
    Path folder;

    @Test
    void trainsAWholeRun() {
        var run = new TestRun(folder);
        run.offPolicy = TestRun.offPolicy(2, ReplayChoice.R3);
        try (var engine = new FakeEngine(run.layout().root(), TestRun.UID)) {
            run.start(false, engine);
        }
        assertThat(run.metricLines()).containsExactly("0/1", "1/1", "2/1", "3/1");
    }
}
