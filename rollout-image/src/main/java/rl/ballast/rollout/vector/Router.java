package rl.ballast.rollout.vector;

import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.rollout.sample.Exponential;

/// Softmax over all router logits, then the k largest probabilities; equal ones: the lowest expert id. The
/// chosen ids ascend, their weights beside them, renormalised in that order if the model says so. Scratch
/// memory of one worker.
final class Router {
    private final int experts;
    private final int topK;
    private final boolean renormalise;
    private final float[] probabilities;

    Router(ModelConfig config) {
        experts = config.numExperts();
        topK = config.expertsPerToken();
        renormalise = config.normTopkProb();
        probabilities = new float[experts];
    }

    /// @param at offset of the row's `topK` cells in `ids` and `weights`
    void choose(float[] logits, int offset, int[] ids, float[] weights, int at) {
        softmax(logits, offset);
        for (int slot = 0; slot < topK; slot++) {
            insert(ids, at, slot, best(ids, at, slot));
        }
        double sum = 0;
        for (int slot = 0; slot < topK; slot++) {
            weights[at + slot] = probabilities[ids[at + slot]];
            sum += weights[at + slot];
        }
        if (renormalise) {
            for (int slot = 0; slot < topK; slot++) {
                weights[at + slot] = (float) (weights[at + slot] / sum);
            }
        }
    }

    private void softmax(float[] logits, int offset) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int e = 0; e < experts; e++) {
            largest = Math.max(largest, logits[offset + e]);
        }
        if (!(Math.abs(largest) <= Float.MAX_VALUE)) {
            throw new ArithmeticException("router logits are not finite");
        }
        double sum = 0;
        for (int e = 0; e < experts; e++) {
            probabilities[e] = Exponential.exp(logits[offset + e] - largest);
            sum += probabilities[e];
        }
        for (int e = 0; e < experts; e++) {
            probabilities[e] = (float) (probabilities[e] / sum);
        }
    }

    private int best(int[] ids, int at, int chosen) {
        int best = -1;
        for (int e = 0; e < experts; e++) {
            if ((best < 0 || probabilities[e] > probabilities[best]) && !contains(ids, at, chosen, e)) {
                best = e;
            }
        }
        return best;
    }

    private static boolean contains(int[] ids, int at, int chosen, int expert) {
        for (int slot = 0; slot < chosen; slot++) {
            if (ids[at + slot] == expert) {
                return true;
            }
        }
        return false;
    }

    private static void insert(int[] ids, int at, int chosen, int expert) {
        int slot = chosen;
        while (slot > 0 && ids[at + slot - 1] > expert) {
            ids[at + slot] = ids[at + slot - 1];
            slot--;
        }
        ids[at + slot] = expert;
    }
}
