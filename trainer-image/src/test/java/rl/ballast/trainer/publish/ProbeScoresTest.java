package rl.ballast.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.BehaviourProbe;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.trainer.fixture.FakePolicy;
import rl.ballast.trainer.fixture.TestRun;

class ProbeScoresTest {
    private static final ModelConfig MODEL = TestRun.model();

    private final FlatParameterStore parameters = FlatParameterStore.allocate(MODEL);
    private final FakePolicy policy = new FakePolicy(MODEL, parameters);

    @AfterEach
    void close() {
        parameters.close();
    }

    @Test
    void theFirstSequencesOfTwoTokensAreCutAndScoredWhole() {
        List<int[]> data = IntStream.range(0, 20)
                .mapToObj(i -> IntStream.range(0, 10 * i).map(t -> t % 5).toArray())
                .toList();

        BehaviourProbe probe = ProbeScores.of(policy, data).get().orElseThrow();

        assertThat(probe.sequences()).hasSize(8);
        assertThat(probe.sequences().get(0)).hasSize(10);
        assertThat(probe.sequences().get(7)).hasSize(32);
        assertThat(probe.logProbs().get(0)).hasSize(9);
        assertThat(probe.logProbs().get(7)).hasSize(31);
    }

    @Test
    void withoutSuchASequenceThereIsNoProbe() {
        assertThat(ProbeScores.of(policy, List.of(new int[] {1}, new int[0])).get())
                .isEmpty();
    }
}
