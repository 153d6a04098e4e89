package rl.ballast.trainer.coldstart;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rl.ballast.modeling.torch.ForwardInput;
import rl.ballast.modeling.torch.ForwardOutput;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.run.TrainingSpec;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.optimizer.AdamW;
import rl.ballast.trainer.optimizer.GradientNorm;
import rl.ballast.trainer.progress.ColdStartLine;
import rl.ballast.trainer.rollouts.DataOrder;
import rl.ballast.trainer.rollouts.Seeds;
import rl.ballast.trainer.step.MicroBatches;

/// Supervised updates on demonstrations: loss = mean negative log-likelihood over the response tokens of a batch. Batch
/// `u` is a pure function of the seed and `u`.
public final class ColdStart {
    private final Policy policy;
    private final AdamW optimizer;
    private final List<Demonstration> demonstrations;
    private final TrainingSpec.ColdStart spec;
    private final DataOrder order;
    private final int maxMicroBatchTokens;

    public ColdStart(
            Policy policy,
            AdamW optimizer,
            List<Demonstration> demonstrations,
            TrainingSpec.ColdStart spec,
            Seeds seeds,
            int maxMicroBatchTokens) {
        this.policy = policy;
        this.optimizer = optimizer;
        this.demonstrations = List.copyOf(demonstrations);
        this.spec = spec;
        this.order = new DataOrder(demonstrations.size(), seeds::demonstrationOrder);
        this.maxMicroBatchTokens = maxMicroBatchTokens;
    }

    public int updates() {
        return spec.updates();
    }

    /// Applies one update.
    ///
    /// @param update counted from 1
    public ColdStartLine update(int update, long epoch) {
        long start = System.nanoTime();
        var batch = new ArrayList<Demonstration>();
        for (int i : order.take((update - 1L) * spec.batchSize(), spec.batchSize())) {
            batch.add(demonstrations.get(i));
        }
        long tokens = batch.stream().mapToLong(d -> d.response().length).sum();
        float coefficient = -1f / (float) tokens;
        int[] lengths = batch.stream()
                .mapToInt(d -> d.prompt().length + d.response().length)
                .toArray();
        policy.parameters().zeroGradients();
        double loss = 0;
        for (int[] members : MicroBatches.of(lengths, maxMicroBatchTokens)) {
            var inputs = new ArrayList<ForwardInput>();
            for (int i : members) {
                Demonstration d = batch.get(i);
                inputs.add(new ForwardInput(d.sequence(), d.prompt().length, null, null));
            }
            for (ForwardOutput output : policy.forwardBackward(inputs, 1.0, outputs -> same(outputs, coefficient))) {
                for (float logProb : output.trainerLogProbs()) {
                    loss -= logProb;
                }
            }
        }
        AdamW.Update applied = apply(update, loss / (double) tokens);
        return new ColdStartLine(
                update,
                epoch,
                loss / (double) tokens,
                applied.learningRate(),
                applied.gradientNorm(),
                (System.nanoTime() - start) / 1e9);
    }

    private AdamW.Update apply(int update, double loss) {
        double norm = optimizer.gradientNorm();
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            var parameters = policy.parameters();
            throw new LearnerFailure(
                    ExitCode.NUMERICS,
                    "cold start, update %d: loss %s, gradient norm %s%s. The weights were not changed"
                            .formatted(
                                    update,
                                    loss,
                                    norm,
                                    GradientNorm.firstNonFinite(parameters, parameters.gradients())
                                            .map(text -> ", " + text)
                                            .orElse("")));
        }
        return optimizer.step(norm);
    }

    private static float[][] same(List<ForwardOutput> outputs, float coefficient) {
        var coefficients = new float[outputs.size()][];
        for (int i = 0; i < coefficients.length; i++) {
            coefficients[i] = new float[outputs.get(i).trainerLogProbs().length];
            Arrays.fill(coefficients[i], coefficient);
        }
        return coefficients;
    }
}
