package rl.ballast.rollout.engine;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.ServedPrecision;

/// A backend whose likeliest token and chosen experts tell the policy version, and that runs a pass only when told to.
final class FakeBackend implements Backend {
    static final int VOCABULARY = 64;
    static final int BROKEN_TOKEN = 63;
    static final int MAX_POSITIONS = 40;

    final Semaphore passes = new Semaphore(0);
    final Semaphore entered = new Semaphore(0);
    final AtomicBoolean fails = new AtomicBoolean();
    final AtomicBoolean closed = new AtomicBoolean();
    final AtomicInteger openWeights = new AtomicInteger();
    private final int blocks;
    private @Nullable Weights active;

    FakeBackend(int blocks) {
        this.blocks = blocks;
    }

    private record Weights(PolicyVersion version, Map<String, String> residentDigests, AtomicInteger open)
            implements ResidentWeights {
        @Override
        public void close() {
            open.decrementAndGet();
        }
    }

    static EngineWeights weights(long version) {
        return new EngineWeights(
                new PolicyVersion(version),
                CONFIG,
                new ServedWeights(ServedPrecision.F32, Map.of()),
                Map.of("w", "d" + version));
    }

    static final ModelConfig CONFIG = new ModelConfig(
            ModelConfig.Family.QWEN3_MOE,
            VOCABULARY,
            8,
            1,
            1,
            1,
            8,
            8,
            16,
            1,
            8,
            true,
            new boolean[] {true},
            1e-6,
            10_000,
            true,
            MAX_POSITIONS,
            new int[] {2});

    @Override
    public ModelConfig config() {
        return CONFIG;
    }

    @Override
    public ServedPrecision precision() {
        return ServedPrecision.F32;
    }

    @Override
    public int blockTokens() {
        return 4;
    }

    @Override
    public int blocks() {
        return blocks;
    }

    @Override
    public ResidentWeights stage(EngineWeights weights) {
        openWeights.incrementAndGet();
        return new Weights(
                weights.version(), Map.of("w", "d" + weights.version().value()), openWeights);
    }

    @Override
    public @Nullable ResidentWeights activate(ResidentWeights weights) {
        Weights before = active;
        active = (Weights) weights;
        return before;
    }

    @Override
    public StepOutput forward(StepBatch batch) {
        entered.release();
        passes.acquireUninterruptibly();
        if (fails.get()) {
            throw new IllegalStateException("the machine is on fire");
        }
        int version = (int) requireNonNull(active).version().value();
        float[] logits = new float[batch.logitRows() * VOCABULARY];
        int[] experts = new int[batch.rows()];
        java.util.Arrays.fill(experts, version % 16);
        int logitRow = 0;
        for (StepBatch.Segment segment : batch.segments()) {
            if (segment.logitRows() == 1) {
                logits[logitRow * VOCABULARY + version % VOCABULARY] = 50;
                if (segment.tokens()[segment.tokens().length - 1] == BROKEN_TOKEN) {
                    logits[logitRow * VOCABULARY] = Float.NaN;
                }
                logitRow++;
            }
        }
        return new StepOutput(logits, experts, new float[experts.length]);
    }

    /// Waits until a pass has begun, then lets it and `more` others run.
    void letRun(int count) {
        for (int i = 0; i < count; i++) {
            entered.acquireUninterruptibly();
            passes.release();
        }
    }

    /// From now on nothing holds passes up.
    void letAllRun() {
        passes.release(1_000_000);
    }

    @Override
    public void close() {
        closed.set(true);
    }
}
