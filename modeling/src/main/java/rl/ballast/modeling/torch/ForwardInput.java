package rl.ballast.modeling.torch;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.trace.Routes;

/// One sequence of a forward pass.
///
/// @param tokens the whole sequence, T ids; T - 1 positions are fed
/// @param scoredFrom first index in `tokens` whose log-probability is wanted, at least 1; the scored tokens are
///        `tokens[scoredFrom..T)`
/// @param replay experts to use instead of the router's choice, T - 1 rows; null lets the router choose. A cell
///        that is unknown lets the router choose for that cell
/// @param keptTokens per scored token the ids that sampling kept; null keeps the whole vocabulary
public record ForwardInput(
        int[] tokens, int scoredFrom, @Nullable Routes replay, int @Nullable [][] keptTokens) {}
