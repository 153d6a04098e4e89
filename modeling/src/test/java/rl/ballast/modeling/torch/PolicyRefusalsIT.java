package rl.ballast.modeling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.protocol.trace.Routes;

/// Input that does not fit the model is refused with the sequence and the field; passes leave nothing behind.
class PolicyRefusalsIT {
    private final TransformersFixture fixture = TransformersFixture.open("moe-normalised");
    private final FlatParameterStore store = fixture.weights();
    private final TorchPolicy policy = fixture.policy(store);

    @AfterEach
    void close() {
        policy.close();
        store.close();
    }

    @Test
    void tokensOutsideTheVocabulary() {
        refused("sequence 1: token 2 is 97, expected 0 to 96", input(1, 2), input(1, 2, 97));
        refused("sequence 0: token 0 is -1, expected 0 to 96", input(-1, 2));
    }

    @Test
    void sequencesTooShortAndTooLong() {
        refused("sequence 0: 1 tokens, expected at least 2", input(1));
        refused("sequence 0: 129 positions, the model has 128", input(new int[130]));
    }

    @Test
    void positionsToScoreOutsideTheSequence() {
        refused("sequence 0: scoredFrom 0, expected 1 to 2", new ForwardInput(new int[] {1, 2}, 0, null, null));
    }

    @Test
    void routesOfAnotherShapeOrModel() {
        refused("sequence 0: routes are [3][2][2], expected [2][2][2]", replaying(new Routes(3, 2, 2)));
        refused("sequence 0: routes are [2][1][2], expected [2][2][2]", replaying(new Routes(2, 1, 2)));
        Routes foreign = new Routes(2, 2, 2);
        foreign.set(1, 0, new int[] {0, 8}, 0);
        refused("sequence 0: routes of row 1, MoE layer 0 name expert 8, expected 0 to 7", replaying(foreign));
    }

    @Test
    void keptTokensWithoutTheSampledOne() {
        refused(
                "sequence 0: keptTokens[0] lacks the sampled token 2",
                new ForwardInput(new int[] {1, 2}, 1, null, new int[][] {{3, 4}}));
        refused(
                "sequence 0: keptTokens for 2 tokens, expected 1 scored tokens",
                new ForwardInput(new int[] {1, 2}, 1, null, new int[][] {{2}, {2}}));
    }

    @Test
    void temperaturesThatAreNotPositive() {
        assertThatThrownBy(() -> policy.score(List.of(input(1, 2)), 0, false))
                .isInstanceOf(InvalidInput.class)
                .hasMessage("temperature: 0.0, expected a finite number above 0");
    }

    @Test
    void coefficientsThatDoNotMatchTheScores() {
        assertThatThrownBy(() -> policy.forwardBackward(List.of(input(1, 2, 3)), 1, outputs -> new float[][] {{1}}))
                .hasMessage("sequence 0: 1 coefficients, expected 2 scored tokens");
    }

    @Test
    void weightsOfAnotherModel() {
        TransformersFixture other = TransformersFixture.open("dense-untied");
        assertThatThrownBy(() -> new TorchPolicy(other.config(), store, TorchOptions.withThreads(1)))
                .isInstanceOf(InvalidInput.class)
                .hasMessage(
                        "tensor 'model.embed_tokens.weight': expected shape [101, 32] by the configuration, found [97, 32]");
    }

    @Test
    void passesReleaseEverythingTheyAllocate() {
        List<ForwardInput> inputs = fixture.inputs();
        policy.forwardBackward(inputs, 1, BatchInvarianceIT::ones);
        int held = policy.heldArrays();

        for (int i = 0; i < 5; i++) {
            policy.forwardBackward(inputs, 1, BatchInvarianceIT::ones);
            policy.score(inputs, 1, true);
            refused("sequence 0: 1 tokens, expected at least 2", input(1));
            assertThatThrownBy(() -> policy.forwardBackward(inputs, 1, outputs -> {
                        throw new IllegalStateException("stop");
                    }))
                    .hasMessage("stop");
        }

        assertThat(policy.heldArrays()).isEqualTo(held);
    }

    private void refused(String message, ForwardInput... inputs) {
        assertThatThrownBy(() -> policy.score(List.of(inputs), 1, false))
                .isInstanceOf(InvalidInput.class)
                .hasMessageStartingWith(message);
    }

    private static ForwardInput input(int... tokens) {
        return new ForwardInput(tokens, 1, null, null);
    }

    private static ForwardInput replaying(@Nullable Routes routes) {
        return new ForwardInput(new int[] {1, 2, 3}, 1, routes, null);
    }
}
