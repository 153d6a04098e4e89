package rl.ballast.trainer.step;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.torch.ForwardInput;
import rl.ballast.modeling.torch.ForwardOutput;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.protocol.recipe.ReplayMode;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.trainer.StopSignal;

/// Scores responses in the training engine with the weights that they were sampled from, before any update. R3 replays
/// the engine's routes here; R2 lets the router choose and records its choice for the updates.
final class ProximalPass {
    private final Policy policy;
    private final double temperature;
    private final int maxMicroBatchTokens;
    private final StopSignal stop;

    ProximalPass(Policy policy, double temperature, int maxMicroBatchTokens, StopSignal stop) {
        this.policy = policy;
        this.temperature = temperature;
        this.maxMicroBatchTokens = maxMicroBatchTokens;
        this.stop = stop;
    }

    /// @param mode R3 replays what was recorded; the other modes let the router choose
    /// @return one entry per response, in order
    List<ScoredResponse> score(List<TrainingResponse> responses, ReplayMode mode) {
        var scored = new @Nullable ScoredResponse[responses.size()];
        for (int[] batch : MicroBatches.of(lengths(responses), maxMicroBatchTokens)) {
            stop.check();
            var inputs = new ArrayList<ForwardInput>();
            for (int i : batch) {
                inputs.add(input(
                        responses.get(i),
                        mode == ReplayMode.R3 ? responses.get(i).recorded() : null));
            }
            List<ForwardOutput> outputs = policy.score(inputs, temperature, false);
            for (int k = 0; k < batch.length; k++) {
                scored[batch[k]] = scored(responses.get(batch[k]), outputs.get(k), mode);
            }
        }
        var all = new ArrayList<ScoredResponse>();
        for (int i = 0; i < scored.length; i++) {
            ScoredResponse one = scored[i];
            all.add(one == null ? new ScoredResponse(responses.get(i), new float[0], new float[0], null, null) : one);
        }
        return all;
    }

    private static ScoredResponse scored(TrainingResponse response, ForwardOutput output, ReplayMode mode) {
        Routes replay = switch (mode) {
            case NONE -> null;
            case R2 -> output.liveRoutes();
            case R3 -> response.recorded();
        };
        return new ScoredResponse(response, output.trainerLogProbs(), output.entropies(), output.liveRoutes(), replay);
    }

    static ForwardInput input(TrainingResponse response, @Nullable Routes replay) {
        var rollout = response.rollout();
        return new ForwardInput(rollout.sequence(), rollout.promptTokens().length, replay, rollout.keptTokens());
    }

    /// Tokens that a forward pass holds for each response; 0 where there is nothing to score.
    static int[] lengths(List<TrainingResponse> responses) {
        return responses.stream()
                .mapToInt(r -> r.scored()
                        ? r.rollout().promptTokens().length + r.rollout().tokens().length
                        : 0)
                .toArray();
    }
}
