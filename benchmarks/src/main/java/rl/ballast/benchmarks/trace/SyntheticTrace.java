package rl.ballast.benchmarks.trace;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.protocol.trace.SegmentHeader;
import rl.ballast.protocol.trace.TraceHeader;
import rl.ballast.protocol.trace.TraceSource;

/// The responses of a group, one segment each, from a fixed seed.
///
/// A router is imitated: the score of an expert is its own bias in the layer, plus a share of the previous
/// row's noise, plus fresh noise; the top scores win.
record SyntheticTrace(TraceHeader header, List<Routes> responses) {
    static final SyntheticTrace NONE = of("1/1x1", RouteKind.UNIFORM, 1, 1);

    private static final double BIAS = 0.5;
    private static final double MEMORY = 0.5;

    static SyntheticTrace of(String shape, RouteKind kind, int count, int rows) {
        String[] parts = shape.split("[/x]", -1);
        int topK = Integer.parseInt(parts[0]);
        int experts = Integer.parseInt(parts[1]);
        int layers = Integer.parseInt(parts[2]);
        List<Integer> indices = IntStream.range(0, layers).boxed().toList();
        List<Routes> responses = IntStream.range(0, count)
                .mapToObj(i -> new Routes(rows, layers, topK))
                .toList();
        SplittableRandom random = new SplittableRandom(7);
        for (int layer = 0; layer < layers; layer++) {
            fill(responses, layer, experts, kind, random);
        }
        return new SyntheticTrace(new TraceHeader("benchmark", "none", experts, topK, indices), responses);
    }

    /// The header of a response's segment.
    SegmentHeader segment(int response) {
        TraceSource source = new TraceSource("engine-0", "0.1.0", "vector", "BF16", 0, 0);
        int rows = responses.get(response).rows();
        return new SegmentHeader("rollout-" + response, 0, new PolicyVersion(1), rows, 0, 0, true, Map.of(), source);
    }

    /// Ids of all responses.
    long ids() {
        Routes first = responses.getFirst();
        return (long) responses.size() * first.rows() * first.layers() * first.topK();
    }

    private static void fill(List<Routes> responses, int layer, int experts, RouteKind kind, SplittableRandom random) {
        double bias = kind == RouteKind.TRAINED ? BIAS : 0;
        double memory = kind == RouteKind.TRAINED ? MEMORY : 0;
        double[] popularity = new double[experts];
        double[] noise = new double[experts];
        for (int expert = 0; expert < experts; expert++) {
            popularity[expert] = bias * random.nextGaussian();
            noise[expert] = random.nextGaussian();
        }
        double fresh = Math.sqrt(1 - memory * memory);
        double[] scores = new double[experts];
        for (Routes routes : responses) {
            for (int row = 0; row < routes.rows(); row++) {
                for (int expert = 0; expert < experts; expert++) {
                    noise[expert] = memory * noise[expert] + fresh * random.nextGaussian();
                    scores[expert] = popularity[expert] + noise[expert];
                }
                routes.set(row, layer, top(scores, routes.topK()), 0);
            }
        }
    }

    private static int[] top(double[] scores, int count) {
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double least = sorted[scores.length - count];
        return IntStream.range(0, scores.length)
                .filter(expert -> scores[expert] >= least)
                .toArray();
    }
}
