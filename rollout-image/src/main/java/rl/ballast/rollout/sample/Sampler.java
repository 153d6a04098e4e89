package rl.ballast.rollout.sample;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Draws tokens. The result depends on the logits, the rule, the seed and the index only. Scratch memory of one
/// thread.
public final class Sampler {
    private final Distribution distribution = new Distribution();
    /// Ids ordered by logit, in a sort by packed key.
    private long[] order = {};

    /// @param index of the token in its response
    /// @throws ArithmeticException if a logit is NaN or infinite
    public SampledToken sample(
            float[] logits, int offset, int vocabulary, SamplingRule rule, long seed, int index, boolean keepMask) {
        if (rule.greedy()) {
            return greedy(logits, offset, vocabulary, keepMask);
        }
        distribution.load(logits, offset, vocabulary, rule.temperature());
        double uniform = SampleSeed.uniform(seed, index);
        int @Nullable [] kept = rule.filters() ? kept(rule) : null;
        if (kept == null) {
            int token = drawAll(uniform * distribution.sum());
            return new SampledToken(token, distribution.logProb(token), null);
        }
        double sum = 0;
        for (int id : kept) {
            sum += distribution.weight(id);
        }
        int token = draw(kept, uniform * sum);
        return new SampledToken(token, distribution.logProb(token, sum), keepMask ? kept : null);
    }

    private SampledToken greedy(float[] logits, int offset, int vocabulary, boolean keepMask) {
        distribution.load(logits, offset, vocabulary, 1);
        int best = 0;
        for (int id = 1; id < vocabulary; id++) {
            if (distribution.scaled(id) > distribution.scaled(best)) {
                best = id;
            }
        }
        return new SampledToken(best, 0f, keepMask ? new int[] {best} : null);
    }

    private int drawAll(double target) {
        double cumulative = 0;
        int last = 0;
        for (int id = 0; id < distribution.size(); id++) {
            float weight = distribution.weight(id);
            if (weight > 0) {
                last = id;
                cumulative += weight;
                if (cumulative > target) {
                    return id;
                }
            }
        }
        return last; // rounding: the target was the whole sum
    }

    private int draw(int[] kept, double target) {
        double cumulative = 0;
        int last = kept[0];
        for (int id : kept) {
            float weight = distribution.weight(id);
            if (weight > 0) {
                last = id;
                cumulative += weight;
                if (cumulative > target) {
                    return id;
                }
            }
        }
        return last;
    }

    /// The ids that the filters keep, ascending.
    private int[] kept(SamplingRule rule) {
        int size = distribution.size();
        sortByLogit(size);
        int count = rule.topK() == 0 ? size : Math.min(rule.topK(), size);
        if (rule.topP() < 1) {
            count = nucleus(count, rule.topP());
        }
        int[] kept = new int[count];
        for (int i = 0; i < count; i++) {
            kept[i] = (int) order[i];
        }
        Arrays.sort(kept);
        return kept;
    }

    /// How many of the first `count` ids in order it takes to reach `topP` of their common weight.
    private int nucleus(int count, double topP) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += distribution.weight((int) order[i]);
        }
        double cumulative = 0;
        for (int i = 0; i < count; i++) {
            cumulative += distribution.weight((int) order[i]);
            if (cumulative >= topP * sum) {
                return i + 1;
            }
        }
        return count;
    }

    /// Fills `order` with the ids by descending logit, equal ones by ascending id: the upper half of a key
    /// orders like the negated logit, the lower half is the id.
    private void sortByLogit(int size) {
        if (order.length < size) {
            order = new long[size];
        }
        for (int id = 0; id < size; id++) {
            int bits = Float.floatToIntBits(-distribution.scaled(id) + 0f);
            int ordered = bits ^ ((bits >> 31) & 0x7fffffff);
            order[id] = ((long) ordered << 32) | id;
        }
        Arrays.sort(order, 0, size);
    }
}
