package rl.ballast.rollout.engine;

import java.util.Arrays;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.BehaviourProbe;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.wire.EngineError.Reason;

/// The second proof of a swap: what the forward pass says of the probe's tokens must be as near to what the learner
/// says as it was for the first verified version. The digests prove what lies in the buffers; this proves that they
/// are what is computed with. The deviation is `mean |p_engine - p_learner|` over the probe's tokens: of probabilities,
/// since a policy that grows sharper moves the logarithms of unlikely tokens ever further.
final class BehaviourCheck {
    /// Of the first version's deviation.
    static final double FACTOR = 3;

    /// Allowed in any case: the float32 agreement that both engines promise.
    static final double FLOOR = 1e-4;

    private static final Logger LOG = LoggerFactory.getLogger(BehaviourCheck.class);

    private final BehaviourBase base;

    BehaviourCheck(BehaviourBase base) {
        this.base = base;
    }

    /// @throws EngineRefusal `WEIGHTS_REFUSED` if a sequence is none of this model
    static void requireFit(PolicyVersion version, BehaviourProbe probe, ModelConfig model) {
        for (int i = 0; i < probe.sequences().size(); i++) {
            int[] tokens = probe.sequences().get(i);
            boolean fits = tokens.length <= model.maxPositions()
                    && Arrays.stream(tokens).allMatch(id -> id >= 0 && id < model.vocabSize());
            if (!fits) {
                throw new EngineRefusal(
                        Reason.WEIGHTS_REFUSED,
                        "policy version %d: probe.sequences[%d]: expected at most %d tokens below %d, found %s"
                                .formatted(
                                        version.value(),
                                        i,
                                        model.maxPositions(),
                                        model.vocabSize(),
                                        Arrays.toString(tokens)));
            }
        }
    }

    /// @param score log-probabilities `[T - 1]` of a sequence with the new weights
    /// @throws EngineRefusal `WEIGHTS_REFUSED` with deviation and limit
    void check(PolicyVersion version, BehaviourProbe probe, Function<int[], float[]> score) {
        double deviation;
        try {
            deviation = deviation(probe, score);
        } catch (ArithmeticException e) {
            throw refusal(version, String.valueOf(e.getMessage()), "finite numbers");
        }
        double first = base.orFirst(version, deviation);
        double limit = Math.max(FACTOR * first, FLOOR);
        LOG.atInfo()
                .addKeyValue("policyVersion", version.value())
                .addKeyValue("deviation", deviation)
                .addKeyValue("limit", limit)
                .log("behaviour probe");
        if (deviation > limit) {
            throw refusal(
                    version,
                    Float.toString((float) deviation),
                    "at most %s (%s times the first verified version's %s, and %s in any case)"
                            .formatted((float) limit, FACTOR, (float) first, FLOOR));
        }
    }

    private static double deviation(BehaviourProbe probe, Function<int[], float[]> score) {
        double sum = 0;
        long tokens = 0;
        for (int i = 0; i < probe.sequences().size(); i++) {
            float[] expected = probe.logProbs().get(i);
            float[] found = score.apply(probe.sequences().get(i));
            for (int t = 0; t < expected.length; t++) {
                sum += Math.abs(Math.exp(found[t]) - Math.exp(expected[t]));
            }
            tokens += expected.length;
        }
        return sum / tokens;
    }

    private static EngineRefusal refusal(PolicyVersion version, String found, String expected) {
        return new EngineRefusal(
                Reason.WEIGHTS_REFUSED,
                ("policy version %d: behaviour: mean |difference| to the learner's probabilities of the probe's tokens:"
                                + " expected %s, found %s; the weights in service are unchanged")
                        .formatted(version.value(), expected, found));
    }
}
