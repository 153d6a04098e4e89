package rl.ballast.protocol.sizing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Shapes of the random models that Ballast makes by name, known to those that cannot make them.
public final class Presets {
    private static final Map<String, ModelShape> SHAPES = shapes();

    private Presets() {}

    private static Map<String, ModelShape> shapes() {
        var shapes = new LinkedHashMap<String, ModelShape>();
        shapes.put("tiny-moe", new ModelShape(1_398_848, 3, 8, 2, 1024));
        shapes.put("tiny-dense", new ModelShape(658_496, 0, 0, 0, 1024));
        shapes.put("small-moe", new ModelShape(20_242_048, 6, 32, 4, 4096));
        return shapes;
    }

    public static List<String> names() {
        return List.copyOf(SHAPES.keySet());
    }

    /// Empty if there is no such preset.
    public static Optional<ModelShape> shape(String preset) {
        return Optional.ofNullable(SHAPES.get(preset));
    }
}
