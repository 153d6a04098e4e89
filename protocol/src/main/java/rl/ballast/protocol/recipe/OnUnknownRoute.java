package rl.ballast.protocol.recipe;

/// Policy for (token, layer) routes that the trace marks unknown: stop the run, drop the response (its advantage stays
/// in the group mean), or let the live router choose for that row. Every case is counted by reason.
public enum OnUnknownRoute {
    Fail,
    DropSample,
    LiveRouter
}
