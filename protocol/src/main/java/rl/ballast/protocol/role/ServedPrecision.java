package rl.ballast.protocol.role;

/// The precision in which an engine holds its matrix weights.
public enum ServedPrecision {
    F32,
    BF16,
    /// FP8 E4M3 with one scale per output channel.
    FP8
}
