package rl.ballast.trainer.optimizer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import rl.ballast.modeling.weights.ParameterStore;
import rl.ballast.protocol.recipe.OptimizerSpec;

/// AdamW (Loshchilov and Hutter, 2019) as PyTorch computes it: decoupled weight decay on every parameter, bias
/// correction of both moments, epsilon outside the root. Linear warm-up, linear decay and clipping of the global
/// gradient norm come first. Element-wise in float32 without fused operations, so the result depends on neither threads
/// nor vector width. One thread at a time. The moments live in the arena that was passed in.
public final class AdamW {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
    /// Added to the norm before dividing, as torch.nn.utils.clip_grad_norm_ does.
    private static final double NORM_EPSILON = 1e-6;

    private final ParameterStore parameters;
    private final MemorySegment firstMoment;
    private final MemorySegment secondMoment;
    private final int threads;
    private OptimizerSpec spec;
    private long updates;

    public AdamW(ParameterStore parameters, OptimizerSpec spec, int threads, Arena arena) {
        this.parameters = parameters;
        this.spec = spec;
        this.threads = threads;
        long bytes = parameters.weights().byteSize();
        this.firstMoment = arena.allocate(bytes, 64);
        this.secondMoment = arena.allocate(bytes, 64);
    }

    /// What one update did.
    ///
    /// @param gradientNorm before clipping
    public record Update(double gradientNorm, double learningRate) {}

    public MemorySegment firstMoment() {
        return firstMoment;
    }

    public MemorySegment secondMoment() {
        return secondMoment;
    }

    /// Updates applied so far.
    public long updates() {
        return updates;
    }

    /// Continues from a checkpoint, whose moments the caller has copied in.
    public void restore(long appliedUpdates) {
        updates = appliedUpdates;
    }

    /// Goes on with other settings.
    public void configure(OptimizerSpec newSpec) {
        spec = newSpec;
    }

    /// Starts afresh: moments zero, counter zero.
    public void reset() {
        updates = 0;
        firstMoment.fill((byte) 0);
        secondMoment.fill((byte) 0);
    }

    /// The learning rate of update `number`, counted from 1.
    public double learningRate(long number) {
        double warmup = spec.warmupUpdates();
        if (number < warmup) {
            return spec.learningRate() * (number / warmup);
        }
        if (spec.decayUpdates() == 0) {
            return spec.learningRate();
        }
        double left = Math.max(0, (spec.decayUpdates() - number) / (spec.decayUpdates() - warmup));
        return spec.finalLearningRate() + left * (spec.learningRate() - spec.finalLearningRate());
    }

    /// Global norm of the gradients as they are now.
    public double gradientNorm() {
        return GradientNorm.of(parameters.gradients(), threads);
    }

    /// Applies one update with the current gradients and leaves them as they are.
    ///
    /// @param gradientNorm from [#gradientNorm()]; the caller has made sure that it is finite
    public Update step(double gradientNorm) {
        if (!Double.isFinite(gradientNorm)) {
            throw new IllegalArgumentException("gradient norm %s: expected a finite number".formatted(gradientNorm));
        }
        updates++;
        double rate = learningRate(updates);
        double correction1 = 1 - Math.pow(spec.beta1(), (double) updates);
        double correction2 = 1 - Math.pow(spec.beta2(), (double) updates);
        double clip = Math.min(1.0, spec.maxGradientNorm() / (gradientNorm + NORM_EPSILON));
        var constants = new Constants(
                (float) clip,
                (float) (1 - rate * spec.weightDecay()),
                (float) spec.beta1(),
                (float) (1 - spec.beta1()),
                (float) spec.beta2(),
                (float) (1 - spec.beta2()),
                (float) (rate / correction1),
                (float) Math.sqrt(correction2),
                (float) spec.epsilon());
        Chunks.forEach(parameters.elements(), threads, (_, from, to) -> apply(constants, from, to));
        return new Update(gradientNorm, rate);
    }

    private record Constants(
            float clip,
            float decay,
            float beta1,
            float oneMinusBeta1,
            float beta2,
            float oneMinusBeta2,
            float stepSize,
            float rootCorrection2,
            float epsilon) {}

    private void apply(Constants c, long from, long to) {
        for (long i = from; i < to; i += SPECIES.length()) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, to);
            long at = i * Float.BYTES;
            FloatVector gradient = load(parameters.gradients(), at, mask).mul(c.clip());
            FloatVector first = load(firstMoment, at, mask).mul(c.beta1()).add(gradient.mul(c.oneMinusBeta1()));
            FloatVector second = load(secondMoment, at, mask)
                    .mul(c.beta2())
                    .add(gradient.mul(gradient).mul(c.oneMinusBeta2()));
            FloatVector denominator = second.sqrt().div(c.rootCorrection2()).add(c.epsilon());
            FloatVector weight = load(parameters.weights(), at, mask)
                    .mul(c.decay())
                    .sub(first.mul(c.stepSize()).div(denominator));
            first.intoMemorySegment(firstMoment, at, NATIVE, mask);
            second.intoMemorySegment(secondMoment, at, NATIVE, mask);
            weight.intoMemorySegment(parameters.weights(), at, NATIVE, mask);
        }
    }

    private static FloatVector load(MemorySegment segment, long at, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, segment, at, NATIVE, mask);
    }
}
