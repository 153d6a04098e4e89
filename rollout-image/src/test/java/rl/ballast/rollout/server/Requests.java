package rl.ballast.rollout.server;

import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.wire.GenerateRequest;

/// Requests and a model for tests.
final class Requests {
    private Requests() {}

    static ModelConfig model(boolean mixture) {
        return new ModelConfig(
                mixture ? ModelConfig.Family.QWEN3_MOE : ModelConfig.Family.QWEN3,
                32,
                16,
                2,
                2,
                1,
                8,
                24,
                mixture ? 4 : 0,
                mixture ? 2 : 0,
                mixture ? 8 : 0,
                true,
                new boolean[] {mixture, mixture},
                1e-6,
                10_000,
                true,
                64,
                new int[] {0});
    }

    static GenerateRequest request(String id) {
        return request(id, 1, 1, null);
    }

    static GenerateRequest request(String id, long epoch, long minPolicyVersion, @Nullable String traceFile) {
        return new GenerateRequest(
                id,
                epoch,
                minPolicyVersion,
                3,
                new int[] {1, 2, 3},
                new long[] {11, 12},
                1.0,
                0,
                1.0,
                8,
                new int[] {0},
                false,
                traceFile);
    }
}
