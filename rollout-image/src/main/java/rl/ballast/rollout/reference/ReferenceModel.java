package rl.ballast.rollout.reference;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.modeling.weights.TensorNames;

/// The forward pass of docs/design/numerics.md in double, one position at a time over a growing list of keys
/// and values. Slow on purpose: nothing is blocked, batched or fused. Immutable, so any thread may use it.
public final class ReferenceModel {
    private final ModelConfig config;
    private final Map<String, double[][]> weights = new HashMap<>();

    public ReferenceModel(ModelConfig config, ServedWeights served) {
        this.config = config;
        for (ServedTensor tensor : served.tensors().values()) {
            weights.put(tensor.name(), rows(tensor));
        }
    }

    /// Scores a sequence.
    ///
    /// @param temperature logits are divided by it
    public ReferenceScores score(int[] tokens, double temperature) {
        int mixtures = config.moeLayerIndices().length;
        ReferenceScores scores = new ReferenceScores(
                new double[tokens.length - 1],
                new double[tokens.length],
                new int[tokens.length][mixtures][],
                new double[tokens.length][mixtures][]);
        double[][][] keys = new double[config.layers()][tokens.length][];
        double[][][] values = new double[config.layers()][tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            double[] logProbs = position(tokens, t, keys, values, scores);
            logSoftmax(logProbs, temperature);
            for (double logProb : logProbs) {
                scores.entropies()[t] -= Math.exp(logProb) * logProb;
            }
            if (t + 1 < tokens.length) {
                scores.logProbs()[t] = logProbs[tokens[t + 1]];
            }
        }
        return scores;
    }

    /// Logits at position `t`.
    private double[] position(int[] tokens, int t, double[][][] keys, double[][][] values, ReferenceScores scores) {
        double[] hidden = matrix(TensorNames.EMBEDDING)[tokens[t]].clone();
        int mixture = 0;
        for (int l = 0; l < config.layers(); l++) {
            double[] normed = rmsNorm(hidden, matrix(TensorNames.inputNorm(l))[0]);
            add(hidden, attention(l, t, normed, keys[l], values[l]), 1);
            normed = rmsNorm(hidden, matrix(TensorNames.postAttentionNorm(l))[0]);
            if (config.moeLayer()[l]) {
                double[] probabilities = multiply(matrix(TensorNames.router(l)), normed);
                softmax(probabilities);
                int[] ids = largest(probabilities, config.expertsPerToken());
                double[] gates = gates(probabilities, ids);
                for (int slot = 0; slot < ids.length; slot++) {
                    add(hidden, expert(l, ids[slot], normed), gates[slot]);
                }
                scores.experts()[t][mixture] = ids;
                scores.gateWeights()[t][mixture++] = gates;
            } else {
                add(hidden, feedForward(TensorNames.gate(l), TensorNames.up(l), TensorNames.down(l), normed), 1);
            }
        }
        String output = config.tieWordEmbeddings() ? TensorNames.EMBEDDING : TensorNames.OUTPUT;
        return multiply(matrix(output), rmsNorm(hidden, matrix(TensorNames.FINAL_NORM)[0]));
    }

    private double[] attention(int l, int t, double[] normed, double[][] keys, double[][] values) {
        int d = config.headDim();
        double[] query = multiply(matrix(TensorNames.query(l)), normed);
        keys[t] = multiply(matrix(TensorNames.key(l)), normed);
        values[t] = multiply(matrix(TensorNames.value(l)), normed);
        normAndRotate(query, config.heads(), matrix(TensorNames.queryNorm(l))[0], t);
        normAndRotate(keys[t], config.kvHeads(), matrix(TensorNames.keyNorm(l))[0], t);
        double[] attended = new double[query.length];
        for (int head = 0; head < config.heads(); head++) {
            int from = head / (config.heads() / config.kvHeads()) * d;
            double[] weight = new double[t + 1];
            for (int j = 0; j <= t; j++) {
                for (int i = 0; i < d; i++) {
                    weight[j] += query[head * d + i] * keys[j][from + i];
                }
                weight[j] /= Math.sqrt(d);
            }
            softmax(weight);
            for (int j = 0; j <= t; j++) {
                for (int i = 0; i < d; i++) {
                    attended[head * d + i] += weight[j] * values[j][from + i];
                }
            }
        }
        return multiply(matrix(TensorNames.attentionOutput(l)), attended);
    }

    private void normAndRotate(double[] x, int heads, double[] weight, int position) {
        int d = config.headDim();
        for (int head = 0; head < heads; head++) {
            double[] part = new double[d];
            System.arraycopy(x, head * d, part, 0, d);
            part = rmsNorm(part, weight);
            for (int i = 0; i < d / 2; i++) {
                // The angle is float32 by definition (numerics.md).
                float power = (float) StrictMath.pow(config.ropeTheta(), (double) (2f * i / d));
                double angle = position * (1f / power);
                double cosine = Math.cos(angle);
                double sine = Math.sin(angle);
                x[head * d + i] = part[i] * cosine - part[i + d / 2] * sine;
                x[head * d + i + d / 2] = part[i + d / 2] * cosine + part[i] * sine;
            }
        }
    }

    private double[] expert(int l, int e, double[] x) {
        return feedForward(TensorNames.expertGate(l, e), TensorNames.expertUp(l, e), TensorNames.expertDown(l, e), x);
    }

    private double[] feedForward(String gate, String up, String down, double[] x) {
        double[] gated = multiply(matrix(gate), x);
        double[] wide = multiply(matrix(up), x);
        for (int i = 0; i < gated.length; i++) {
            gated[i] = gated[i] / (1 + Math.exp(-gated[i])) * wide[i];
        }
        return multiply(matrix(down), gated);
    }

    /// The ids of the `k` largest, ascending; equal ones: the lowest id.
    private static int[] largest(double[] probabilities, int k) {
        boolean[] taken = new boolean[probabilities.length];
        for (int slot = 0; slot < k; slot++) {
            int best = -1;
            for (int e = 0; e < probabilities.length; e++) {
                if (!taken[e] && (best < 0 || probabilities[e] > probabilities[best])) {
                    best = e;
                }
            }
            taken[best] = true;
        }
        return java.util.stream.IntStream.range(0, taken.length)
                .filter(e -> taken[e])
                .toArray();
    }

    private double[] gates(double[] probabilities, int[] ids) {
        double[] gates = new double[ids.length];
        double sum = 0;
        for (int slot = 0; slot < ids.length; slot++) {
            gates[slot] = probabilities[ids[slot]];
            sum += gates[slot];
        }
        for (int slot = 0; config.normTopkProb() && slot < ids.length; slot++) {
            gates[slot] /= sum;
        }
        return gates;
    }

    private double[] rmsNorm(double[] x, double[] weight) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double scale = 1 / Math.sqrt(squares / x.length + config.rmsNormEps());
        double[] normed = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            normed[i] = weight[i] * (x[i] * scale);
        }
        return normed;
    }

    private static double[] multiply(double[][] matrix, double[] x) {
        double[] y = new double[matrix.length];
        for (int n = 0; n < y.length; n++) {
            for (int k = 0; k < x.length; k++) {
                y[n] += matrix[n][k] * x[k];
            }
        }
        return y;
    }

    private static void add(double[] sum, double[] x, double factor) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += factor * x[i];
        }
    }

    private static void softmax(double[] x) {
        logSoftmax(x, 1);
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.exp(x[i]);
        }
    }

    private static void logSoftmax(double[] x, double temperature) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < x.length; i++) {
            x[i] /= temperature;
            largest = Math.max(largest, x[i]);
        }
        double sum = 0;
        for (double value : x) {
            sum += Math.exp(value - largest);
        }
        for (int i = 0; i < x.length; i++) {
            x[i] -= largest + Math.log(sum);
        }
    }

    private double[][] matrix(String name) {
        return requireNonNull(weights.get(name), name);
    }

    private static double[][] rows(ServedTensor tensor) {
        double[][] rows = new double[Math.toIntExact(tensor.rows())][tensor.columns()];
        float[] row = new float[tensor.columns()];
        for (int r = 0; r < rows.length; r++) {
            tensor.copyRow(r, row);
            for (int c = 0; c < row.length; c++) {
                rows[r][c] = row[c];
            }
        }
        return rows;
    }
}
