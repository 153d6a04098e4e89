package rl.ballast.protocol.trace;

/// How large coded routes are.
public final class RouteSize {
    private RouteSize() {}

    /// Most bits that one (token, layer) takes in a trace file, headers and checksums apart.
    public static int bits(int experts, int topK) {
        return SetCode.of(experts, topK).maxWidth();
    }
}
