package rl.ballast.protocol.wire;

/// `POST /v1/pause`, `/v1/resume` and `/v1/drain`.
///
/// @param epoch of the learner; an older one than the engine has seen is refused (409)
public record ControlRequest(long epoch) {}
