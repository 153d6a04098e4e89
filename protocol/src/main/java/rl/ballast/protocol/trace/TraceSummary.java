package rl.ballast.protocol.trace;

/// A finished trace file; bytes and digest are what the wire carries.
///
/// @param segments number of segments
/// @param bytes size of the file
/// @param sha256 lower-case hex digest of the whole file
public record TraceSummary(int segments, long bytes, String sha256) {}
