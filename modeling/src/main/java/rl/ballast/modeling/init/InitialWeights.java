package rl.ballast.modeling.init;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterStore.Slice;

/// Random initial weights. Norms are 1. Everything else is normal with mean 0 and a standard deviation by kind,
/// chosen so that small models learn from the first step:
///
/// | tensor | standard deviation |
/// |---|---|
/// | embedding, router, output projection | 0.02 |
/// | q, k, v, gate, up | `inputs^-0.5` |
/// | o, down (they write to the residual stream) | `(2 layers inputs)^-0.5` |
///
/// Every tensor has its own stream of random numbers from the seed and its name, so neither order nor threads
/// matter.
final class InitialWeights {
    private static final double SMALL = 0.02;

    private InitialWeights() {}

    static void fill(ModelConfig config, Slice slice, long seed, MemorySegment target) {
        if (slice.shape().length == 1) {
            for (long i = 0; i < slice.elements(); i++) {
                target.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
            }
            return;
        }
        double deviation = deviation(config, slice);
        SplittableRandom random = new SplittableRandom(mix(seed, slice.name()));
        for (long i = 0; i < slice.elements(); i += 2) {
            // Box-Muller in StrictMath: the same bits on every machine.
            double radius = deviation * StrictMath.sqrt(-2 * StrictMath.log(1 - uniform(random)));
            double angle = 2 * Math.PI * uniform(random);
            target.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (radius * StrictMath.cos(angle)));
            if (i + 1 < slice.elements()) {
                target.setAtIndex(ValueLayout.JAVA_FLOAT, i + 1, (float) (radius * StrictMath.sin(angle)));
            }
        }
    }

    private static double deviation(ModelConfig config, Slice slice) {
        String name = slice.name();
        if (!name.endsWith("_proj.weight")) {
            return SMALL;
        }
        double inputs = slice.shape()[1];
        boolean writesResidual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
        return 1 / StrictMath.sqrt(writesResidual ? 2 * config.layers() * inputs : inputs);
    }

    /// In [0, 1), 53 bits.
    private static double uniform(SplittableRandom random) {
        return (random.nextLong() >>> 11) * 0x1p-53;
    }

    private static long mix(long seed, String name) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return new SplittableRandom(seed).nextLong() ^ hash;
    }
}
