package rl.ballast.modeling.torch;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.trace.Routes;

/// What a forward pass says of one sequence.
///
/// @param trainerLogProbs per scored token, natural log, of the distribution after temperature and mask
/// @param entropies per scored token, of that same distribution, in nats
/// @param liveRoutes what the router itself chose for every fed position, T - 1 rows, also where other experts were
///        replayed; null for a dense model
/// @param gateWeights gate weights of the experts that were used, `[rows][moe layers][k]` flat, slots in ascending
///        order of expert id; null unless asked for
public record ForwardOutput(
        float[] trainerLogProbs,
        float[] entropies,
        @Nullable Routes liveRoutes,
        float @Nullable [] gateWeights) {}
