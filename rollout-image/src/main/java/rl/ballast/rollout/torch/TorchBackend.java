package rl.ballast.rollout.torch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.torch.CachedDecoder;
import rl.ballast.modeling.torch.DecoderStep;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.rollout.engine.Backend;
import rl.ballast.rollout.engine.CacheBudget;
import rl.ballast.rollout.engine.EngineWeights;
import rl.ballast.rollout.engine.ResidentWeights;
import rl.ballast.rollout.engine.StepBatch;
import rl.ballast.rollout.engine.StepOutput;
import rl.ballast.rollout.engine.WeightsCheck;

/// The backend on PyTorch, through DJL: float32 activations and cache, weights with the values of any served
/// precision, held as float32. Row-wise operations are the learner's; attention gathers the keys that a row
/// sees (docs/design/numerics.md, "PyTorch backend").
public final class TorchBackend implements Backend {
    private final ModelConfig config;
    private final ServedPrecision precision;
    private final int blockTokens;
    private final int blocks;
    private final CachedDecoder decoder;
    private @Nullable TorchWeights active;

    private TorchBackend(
            ModelConfig config, ServedPrecision precision, int blockTokens, int blocks, CachedDecoder decoder) {
        this.config = config;
        this.precision = precision;
        this.blockTokens = blockTokens;
        this.blocks = blocks;
        this.decoder = decoder;
    }

    /// Makes a backend without weights.
    ///
    /// @param cacheBytes budget of the KV cache; holds at least one block
    /// @throws rl.ballast.modeling.torch.TorchUnavailable when libtorch cannot be used
    /// @throws IllegalArgumentException if a size is out of range
    public static TorchBackend create(
            ModelConfig config, ServedPrecision precision, int threads, int blockTokens, long cacheBytes) {
        if (blockTokens < 1) {
            throw new IllegalArgumentException("kvBlockTokens: expected at least 1, found " + blockTokens);
        }
        long blockBytes = 2L * Float.BYTES * blockTokens * config.layers() * config.kvHeads() * config.headDim();
        int blocks = CacheBudget.blocks(cacheBytes, blockBytes, Integer.MAX_VALUE / blockTokens);
        CachedDecoder decoder = new CachedDecoder(config, threads, blocks * blockTokens);
        return new TorchBackend(config, precision, blockTokens, blocks, decoder);
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public ServedPrecision precision() {
        return precision;
    }

    @Override
    public int blockTokens() {
        return blockTokens;
    }

    @Override
    public int blocks() {
        return blocks;
    }

    @Override
    public ResidentWeights stage(EngineWeights weights) {
        WeightsCheck.check(weights, config, precision);
        return TorchWeights.load(weights, decoder);
    }

    @Override
    public @Nullable ResidentWeights activate(ResidentWeights weights) {
        TorchWeights before = active;
        active = (TorchWeights) weights;
        return before;
    }

    @Override
    public StepOutput forward(StepBatch batch) {
        if (active == null) {
            throw new IllegalStateException("no weights are active");
        }
        DecoderStep.Result result = decoder.forward(active.loaded(), step(batch));
        return new StepOutput(result.logits(), result.experts(), result.gateWeights());
    }

    private DecoderStep step(StepBatch batch) {
        int[] tokens = new int[batch.rows()];
        int[] positions = new int[tokens.length];
        int[][] visible = new int[tokens.length][];
        List<Integer> logitRows = new ArrayList<>();
        int row = 0;
        for (StepBatch.Segment segment : batch.segments()) {
            int count = segment.tokens().length;
            int[] slots = slots(segment.blocks(), segment.firstPosition() + count);
            for (int i = 0; i < count; i++, row++) {
                tokens[row] = segment.tokens()[i];
                positions[row] = segment.firstPosition() + i;
                visible[row] = slots;
                if (i >= count - segment.logitRows()) {
                    logitRows.add(row);
                }
            }
        }
        int[] wanted = logitRows.stream().mapToInt(Integer::intValue).toArray();
        return new DecoderStep(tokens, positions, visible, wanted);
    }

    private int[] slots(int[] table, int count) {
        int[] slots = new int[count];
        for (int p = 0; p < count; p++) {
            slots[p] = table[p / blockTokens] * blockTokens + p % blockTokens;
        }
        return slots;
    }

    @Override
    public void close() {
        decoder.close();
    }
}
