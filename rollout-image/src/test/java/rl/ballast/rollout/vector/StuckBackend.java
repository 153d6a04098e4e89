package rl.ballast.rollout.vector;

import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.Backend;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.ResidentWeights;
import rl.ballast.rollout.engine.StepBatch;
import rl.ballast.rollout.engine.StepOutput;

/// A backend with a fault: while `stuck`, it takes new weights, can show them all, and computes with the old ones.
final class StuckBackend implements Backend {
    private final VectorBackend backend;
    private @Nullable ResidentWeights nominal;
    volatile boolean stuck;

    StuckBackend(VectorBackend backend) {
        this.backend = backend;
    }

    @Override
    public ModelConfig config() {
        return backend.config();
    }

    @Override
    public ServedPrecision precision() {
        return backend.precision();
    }

    @Override
    public int blockTokens() {
        return backend.blockTokens();
    }

    @Override
    public int blocks() {
        return backend.blocks();
    }

    @Override
    public ResidentWeights stage(EngineWeights weights) {
        return backend.stage(weights);
    }

    @Override
    public @Nullable ResidentWeights activate(ResidentWeights weights) {
        ResidentWeights before = nominal;
        nominal = weights;
        if (!stuck) {
            backend.activate(weights);
        }
        return before;
    }

    @Override
    public StepOutput forward(StepBatch batch) {
        return backend.forward(batch);
    }

    @Override
    public void close() {
        backend.close();
    }
}
