package rl.ballast.modeling.torch;

import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.trace.Routes;

/// Routes that have nothing to do with what a router would choose; one cell in ten is unknown.
final class RandomRoutes {
    private RandomRoutes() {}

    static Routes of(ModelConfig config, int rows, RandomGenerator random) {
        int layers = config.moeLayerIndices().length;
        Routes routes = new Routes(rows, layers, config.expertsPerToken());
        for (int row = 0; row < rows; row++) {
            for (int layer = 0; layer < layers; layer++) {
                int[] ids = IntStream.generate(() -> random.nextInt(config.numExperts()))
                        .distinct()
                        .limit(config.expertsPerToken())
                        .sorted()
                        .toArray();
                if (random.nextInt(10) > 0) {
                    routes.set(row, layer, ids, 0);
                }
            }
        }
        return routes;
    }
}
