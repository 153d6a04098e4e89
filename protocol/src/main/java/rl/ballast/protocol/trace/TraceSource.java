package rl.ballast.protocol.trace;

/// Who recorded a segment, for debugging.
///
/// @param engine engine instance, for example `engine-0`
/// @param engineVersion version of its software
/// @param backend what computed the forward pass, for example `vector`
/// @param precision precision of the served weights, for example `BF16`
/// @param prefixHitRows rows whose keys and values came from the engine's own prefix cache
/// @param externalRows rows whose keys and values came from outside the engine; all of their cells are unknown
public record TraceSource(
        String engine, String engineVersion, String backend, String precision, int prefixHitRows, int externalRows) {
    /// @throws IllegalArgumentException if a text is empty or too long or a count is negative
    public TraceSource {
        TraceText.require("source.engine", engine);
        TraceText.require("source.engineVersion", engineVersion);
        TraceText.require("source.backend", backend);
        TraceText.require("source.precision", precision);
        if (prefixHitRows < 0 || externalRows < 0) {
            throw new IllegalArgumentException(
                    "source: expected row counts of at least 0, found prefixHitRows=%d, externalRows=%d"
                            .formatted(prefixHitRows, externalRows));
        }
    }
}
