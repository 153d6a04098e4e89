package rl.ballast.cli.numerics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.objective.EngineMismatch;

/// Collects a [Comparison] sequence by sequence.
final class ComparisonPass {
    private final int[] layers;
    private final int topK;
    private final long[] cells;
    private final long[] differing;
    private final long[] starting;
    private final double[] largestMargin;
    private final EngineMismatch mismatch = new EngineMismatch();
    private boolean replayed;
    private double maxDifference;
    private double sumDifference;
    private double maxSettled = Double.NaN;
    private long tokens;
    private long settledTokens;

    ComparisonPass(ModelConfig config) {
        this.layers = config.moeLayerIndices();
        this.topK = config.expertsPerToken();
        this.cells = new long[layers.length];
        this.differing = new long[layers.length];
        this.starting = new long[layers.length];
        this.largestMargin = new double[layers.length];
        Arrays.fill(largestMargin, Double.NaN);
    }

    void add(TokenScorer.Scored learner, TokenScorer.Scored engine) {
        int[] live = learner.live();
        replayed |= live != null;
        float[] a = learner.scores().logProbs();
        float[] b = engine.scores().logProbs();
        boolean[] all = new boolean[a.length];
        Arrays.fill(all, true);
        mismatch.add(a, b, all);
        boolean touched = false;
        for (int position = 0; position <= a.length; position++) {
            touched |= routes(learner, engine, position, touched);
            if (position < a.length) {
                logProb(Math.abs((double) a[position] - b[position]), !touched || live != null);
            }
        }
    }

    private void logProb(double difference, boolean settled) {
        tokens++;
        sumDifference += difference;
        maxDifference = Math.max(maxDifference, difference);
        if (settled) {
            settledTokens++;
            maxSettled = Double.isNaN(maxSettled) ? difference : Math.max(maxSettled, difference);
        }
    }

    /// Compares the sets of one position.
    ///
    /// @return whether one differs
    private boolean routes(TokenScorer.Scored learner, TokenScorer.Scored engine, int position, boolean touchedBefore) {
        int[] live = learner.live();
        int[] a = live == null ? learner.scores().experts() : live;
        int[] b = engine.scores().experts();
        boolean touched = touchedBefore;
        for (int layer = 0; layer < layers.length; layer++) {
            int at = (position * layers.length + layer) * topK;
            cells[layer]++;
            if (!Arrays.equals(a, at, at + topK, b, at, at + topK)) {
                differing[layer]++;
                if (!touched && live == null) {
                    starting[layer]++;
                    double margin = margin(learner, engine, at);
                    largestMargin[layer] =
                            Double.isNaN(largestMargin[layer]) ? margin : Math.max(largestMargin[layer], margin);
                }
                touched = true;
            }
        }
        return touched;
    }

    private double margin(TokenScorer.Scored learner, TokenScorer.Scored engine, int at) {
        double smallest = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (int slot = at; slot < at + topK; slot++) {
            if (!holds(engine.scores().experts(), at, learner.scores().experts()[slot])) {
                smallest = Math.min(smallest, learner.scores().gateWeights()[slot]);
            }
            if (!holds(learner.scores().experts(), at, engine.scores().experts()[slot])) {
                largest = Math.max(largest, engine.scores().gateWeights()[slot]);
            }
        }
        double margin = Math.abs(Math.log(smallest) - Math.log(largest));
        return Double.isNaN(margin) ? Double.POSITIVE_INFINITY : margin;
    }

    private boolean holds(int[] experts, int at, int expert) {
        for (int slot = at; slot < at + topK; slot++) {
            if (experts[slot] == expert) {
                return true;
            }
        }
        return false;
    }

    Comparison result(String name) {
        List<Comparison.Layer> perLayer = new ArrayList<>();
        for (int layer = 0; layer < layers.length; layer++) {
            perLayer.add(new Comparison.Layer(
                    layers[layer], cells[layer], differing[layer], starting[layer], largestMargin[layer]));
        }
        return new Comparison(
                name,
                replayed,
                maxDifference,
                sumDifference / tokens,
                maxSettled,
                settledTokens,
                mismatch.summary(),
                perLayer);
    }
}
