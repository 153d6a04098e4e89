package rl.ballast.modeling.torch;

/// How many recorded (row, layer) routes were used, and how many uses were due: one per forward pass and one more
/// per activation recompute.
public record RouteConsumption(long consumed, long expected) {
    public static final RouteConsumption NONE = new RouteConsumption(0, 0);

    public RouteConsumption plus(RouteConsumption other) {
        return new RouteConsumption(consumed + other.consumed, expected + other.expected);
    }
}
