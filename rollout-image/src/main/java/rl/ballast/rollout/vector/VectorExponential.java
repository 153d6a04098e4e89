package rl.ballast.rollout.vector;

import static rl.ballast.rollout.sample.Exponential.C3;
import static rl.ballast.rollout.sample.Exponential.C4;
import static rl.ballast.rollout.sample.Exponential.C5;
import static rl.ballast.rollout.sample.Exponential.C6;
import static rl.ballast.rollout.sample.Exponential.C7;
import static rl.ballast.rollout.sample.Exponential.HIGHEST;
import static rl.ballast.rollout.sample.Exponential.LN2_HIGH;
import static rl.ballast.rollout.sample.Exponential.LN2_LOW;
import static rl.ballast.rollout.sample.Exponential.LOG2_E;
import static rl.ballast.rollout.sample.Exponential.LOWEST;
import static rl.ballast.rollout.sample.Exponential.ROUND;
import static rl.ballast.rollout.vector.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// [rl.ballast.rollout.sample.Exponential] for all lanes at once, with the same bits.
final class VectorExponential {
    private VectorExponential() {}

    static FloatVector exp(FloatVector x) {
        VectorMask<Float> vanishes = x.compare(VectorOperators.LT, LOWEST);
        FloatVector bounded = x.min(HIGHEST).max(LOWEST);
        FloatVector round = FloatVector.broadcast(SPECIES, ROUND);
        FloatVector shifted = bounded.fma(FloatVector.broadcast(SPECIES, LOG2_E), round);
        FloatVector n = shifted.sub(round);
        FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), bounded);
        r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(SPECIES, C7), FloatVector.broadcast(SPECIES, C6));
        p = p.fma(r, FloatVector.broadcast(SPECIES, C5));
        p = p.fma(r, FloatVector.broadcast(SPECIES, C4));
        p = p.fma(r, FloatVector.broadcast(SPECIES, C3));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
        p = p.fma(r, FloatVector.broadcast(SPECIES, 1f));
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return p.reinterpretAsInts()
                .add(exponent)
                .reinterpretAsFloats()
                .blend(0f, vanishes)
                .blend(x, x.test(VectorOperators.IS_NAN));
    }
}
