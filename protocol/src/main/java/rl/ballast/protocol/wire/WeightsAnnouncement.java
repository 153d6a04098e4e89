package rl.ballast.protocol.wire;

/// `POST /v1/weights`: load this version from the store, verify it, swap to it between two decode steps.
///
/// @param folder store-relative, for example `weights/v000012`
/// @param manifestSha256 hex digest of `manifest.json`
public record WeightsAnnouncement(long epoch, long policyVersion, String folder, String manifestSha256) {}
