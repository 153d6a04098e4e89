package rl.ballast.cli.numerics;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.torch.ForwardInput;
import rl.ballast.modeling.torch.ForwardOutput;
import rl.ballast.modeling.torch.TorchOptions;
import rl.ballast.modeling.torch.TorchPolicy;
import rl.ballast.modeling.weights.FlatParameterStore;
import rl.ballast.modeling.weights.ModelWeights;
import rl.ballast.modeling.weights.ParameterStore.Slice;
import rl.ballast.modeling.weights.ServedTensor;
import rl.ballast.modeling.weights.ServedWeights;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.trace.Routes;
import rl.ballast.rollout.engine.SequenceScores;

/// The learner's forward pass. With a precision other than F32 it computes in float32 with the values that an
/// engine of that precision would hold.
final class LearnerScorer implements TokenScorer {
    private final FlatParameterStore store;
    private final TorchPolicy policy;

    private LearnerScorer(FlatParameterStore store, TorchPolicy policy) {
        this.store = store;
        this.policy = policy;
    }

    static LearnerScorer open(Path folder, ServedPrecision precision, int threads) {
        ModelConfig config = ModelConfigReader.read(folder);
        FlatParameterStore store = FlatParameterStore.load(folder, config);
        boolean opened = false;
        try {
            if (precision != ServedPrecision.F32) {
                round(folder, config, precision, store);
            }
            TorchPolicy policy = new TorchPolicy(config, store, TorchOptions.withThreads(threads));
            opened = true;
            return new LearnerScorer(store, policy);
        } finally {
            if (!opened) {
                store.close();
            }
        }
    }

    private static void round(Path folder, ModelConfig config, ServedPrecision precision, FlatParameterStore store) {
        try (ModelWeights source = ModelWeights.open(folder);
                Arena arena = Arena.ofConfined()) {
            ServedWeights served = ServedWeights.of(source, config, precision, arena);
            for (Slice slice : store.slices()) {
                ServedTensor tensor = served.tensor(slice.name());
                float[] row = new float[tensor.columns()];
                for (long r = 0; r < tensor.rows(); r++) {
                    tensor.copyRow(r, row);
                    long at = (slice.offset() + r * row.length) * Float.BYTES;
                    MemorySegment.copy(row, 0, store.weights(), ValueLayout.JAVA_FLOAT, at, row.length);
                }
            }
        }
    }

    @Override
    public ModelConfig config() {
        return policy.config();
    }

    @Override
    public List<Scored> score(List<int[]> sequences, @Nullable List<Routes> routes, double temperature) {
        List<ForwardInput> inputs = new ArrayList<>();
        for (int i = 0; i < sequences.size(); i++) {
            // one more token, so that the last one is fed too; its score is dropped
            int[] tokens = Arrays.copyOf(sequences.get(i), sequences.get(i).length + 1);
            inputs.add(new ForwardInput(tokens, 1, routes == null ? null : routes.get(i), null));
        }
        List<ForwardOutput> outputs = policy.score(inputs, temperature, true);
        List<Scored> result = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            result.add(scored(inputs.get(i), outputs.get(i)));
        }
        return result;
    }

    private static Scored scored(ForwardInput input, ForwardOutput output) {
        int length = output.entropies().length;
        float[] logProbs = Arrays.copyOf(output.trainerLogProbs(), length - 1);
        Routes live = output.liveRoutes();
        float[] gates = output.gateWeights();
        if (live == null || gates == null) {
            return new Scored(new SequenceScores(logProbs, output.entropies(), new int[0], new float[0]), null);
        }
        Routes replay = input.replay();
        int[] used = new int[gates.length];
        int[] own = new int[gates.length];
        for (int cell = 0; cell < gates.length / live.topK(); cell++) {
            int row = cell / live.layers();
            int layer = cell % live.layers();
            boolean replayed = replay != null && replay.valid(row, layer);
            for (int slot = 0; slot < live.topK(); slot++) {
                own[cell * live.topK() + slot] = live.id(row, layer, slot);
                used[cell * live.topK() + slot] =
                        replay != null && replayed ? replay.id(row, layer, slot) : live.id(row, layer, slot);
            }
        }
        return new Scored(new SequenceScores(logProbs, output.entropies(), used, gates), replay == null ? null : own);
    }

    @Override
    public void close() {
        policy.close();
        store.close();
    }
}
