package rl.ballast.protocol.trace;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.PolicyVersion;

/// Traces made from a seed, and reading and writing them in memory.
final class TraceSamples {
    static final TraceSource SOURCE = new TraceSource("engine-0", "0.1.0", "vector", "BF16", 0, 0);

    private TraceSamples() {}

    static TraceHeader header(int experts, int topK, int layers) {
        List<Integer> indices =
                IntStream.range(0, layers).mapToObj(i -> 2 * i + 1).toList();
        return new TraceHeader("run-7f3a", "sha256:0123456789abcdef", experts, topK, indices);
    }

    static SegmentHeader segment(String rolloutId, Routes routes) {
        int unknown = routes.rows() * routes.layers() - routes.known();
        return new SegmentHeader(
                rolloutId,
                0,
                new PolicyVersion(12),
                routes.rows(),
                0,
                TokenDigest.of(tokens(routes.rows() + 1), 0, routes.rows()),
                true,
                unknown == 0 ? Map.of() : Map.of(UnknownReason.PREEMPTED, unknown),
                SOURCE);
    }

    static int[] tokens(int count) {
        return IntStream.range(0, count).map(i -> 31 * i % 1009).toArray();
    }

    /// Uniformly random sets, each cell known with probability `known`.
    static Routes uniform(RandomGenerator random, TraceHeader header, int rows, double known) {
        Routes routes = new Routes(rows, header.layers().size(), header.topK());
        for (int row = 0; row < rows; row++) {
            for (int layer = 0; layer < routes.layers(); layer++) {
                if (random.nextDouble() < known) {
                    routes.set(row, layer, subset(random, header.numExperts(), header.topK()), 0);
                }
            }
        }
        return routes;
    }

    /// Every set equally likely (Floyd).
    static int[] subset(RandomGenerator random, int experts, int topK) {
        int[] chosen = new int[topK];
        for (int i = 0; i < topK; i++) {
            int top = experts - topK + i;
            int candidate = random.nextInt(top + 1);
            boolean taken = false;
            for (int j = 0; j < i; j++) {
                taken |= chosen[j] == candidate;
            }
            chosen[i] = taken ? top : candidate;
        }
        Arrays.sort(chosen);
        return chosen;
    }

    static GateWeights weights(RandomGenerator random, Routes routes) {
        GateWeights weights = new GateWeights(routes.rows(), routes.layers(), routes.topK());
        for (int row = 0; row < routes.rows(); row++) {
            for (int layer = 0; layer < routes.layers(); layer++) {
                for (int slot = 0; routes.valid(row, layer) && slot < routes.topK(); slot++) {
                    weights.set(row, layer, slot, random.nextFloat());
                }
            }
        }
        return weights;
    }

    static byte[] write(TraceHeader header, List<Routes> segments, @Nullable List<GateWeights> weights) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (RoutingTraceWriter writer = RoutingTraceWriter.to(bytes, header)) {
            for (int i = 0; i < segments.size(); i++) {
                SegmentHeader segment = segment("rollout-" + i, segments.get(i));
                writer.append(segment, segments.get(i), weights == null ? null : weights.get(i));
            }
            writer.finish();
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    static TraceHeader readHeader(byte[] bytes) {
        try (RoutingTraceReader reader = RoutingTraceReader.open("memory", new ByteArrayInputStream(bytes))) {
            return reader.header();
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
    }

    static List<TraceSegment> read(byte[] bytes) {
        List<TraceSegment> segments = new ArrayList<>();
        try (RoutingTraceReader reader = RoutingTraceReader.open("memory", new ByteArrayInputStream(bytes))) {
            for (Optional<TraceSegment> next = reader.next(); next.isPresent(); next = reader.next()) {
                segments.add(next.get());
            }
        } catch (IOException e) {
            throw new AssertionError("memory does not fail", e);
        }
        return segments;
    }
}
