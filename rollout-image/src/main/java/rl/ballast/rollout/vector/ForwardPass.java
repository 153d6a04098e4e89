package rl.ballast.rollout.vector;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.rollout.engine.StepBatch;
import rl.ballast.rollout.engine.StepOutput;
import rl.ballast.rollout.vector.ModelMatrices.FeedForward;
import rl.ballast.rollout.vector.ModelMatrices.Layer;

/// One forward pass over a batch of rows, phase by phase; between two phases all threads meet. Every result of
/// a phase is computed whole by one task in a fixed order, so bits depend on nothing but the row (numerics.md,
/// "Rollout engine").
final class ForwardPass {
    private static final int ROWS_PER_TASK = 16;

    private final ModelConfig config;
    private final KeyValueCache cache;
    private final WorkTeam team;
    private final RopeTable rope;
    private final Workspace w;
    private final Workspace.Scratch[] scratch;
    private final TiledMultiply multiply;
    private final ExpertLayer expertLayer;
    private final int mixtureLayers;
    private final int cellStride;
    private float[] logits = {};

    ForwardPass(ModelConfig config, KeyValueCache cache, WorkTeam team) {
        this.config = config;
        this.cache = cache;
        this.team = team;
        rope = new RopeTable(config.headDim(), config.ropeTheta(), config.maxPositions());
        w = new Workspace(config);
        scratch = new Workspace.Scratch[team.threads()];
        Arrays.setAll(scratch, i -> new Workspace.Scratch(config));
        multiply = new TiledMultiply(team, scratch);
        expertLayer = new ExpertLayer(config, team, scratch);
        mixtureLayers = config.moeLayerIndices().length;
        cellStride = mixtureLayers * config.expertsPerToken();
    }

    StepOutput run(ModelMatrices model, StepBatch batch) {
        int rows = batch.rows();
        w.ensure(rows);
        load(model, batch);
        int mixture = 0;
        for (int l = 0; l < config.layers(); l++) {
            Layer layer = model.layers()[l];
            attention(layer, l, rows);
            if (layer.mixture() != null) {
                mixture(layer, mixture++, rows);
            } else {
                dense(requireNonNull(layer.dense()), rows);
            }
        }
        logits(model, batch);
        return new StepOutput(logits, w.experts, w.gateWeights);
    }

    private void load(ModelMatrices model, StepBatch batch) {
        int h = config.hiddenSize();
        int row = 0;
        for (StepBatch.Segment segment : batch.segments()) {
            int last = segment.firstPosition() + segment.tokens().length - 1;
            if (last >= config.maxPositions() || last / cache.blockTokens() >= segment.blocks().length) {
                throw new IllegalArgumentException("position %d: the model has %d, the block table covers %d"
                        .formatted(last, config.maxPositions(), segment.blocks().length * cache.blockTokens()));
            }
            for (int i = 0; i < segment.tokens().length; i++, row++) {
                w.positions[row] = segment.firstPosition() + i;
                w.tables[row] = segment.blocks();
                model.embedding().scaledRow(segment.tokens()[i], w.hidden, row * h);
            }
        }
    }

    private void attention(Layer layer, int l, int rows) {
        forRows(rows, (row, s) -> norm(layer.inputNorm(), row));
        multiply.run(
                new PackedMatrix[] {layer.query(), layer.key(), layer.value()},
                w.normed,
                w.hiddenAt,
                rows,
                new float[][] {w.query, w.key, w.value});
        forRows(rows, (row, s) -> rotateAndStore(layer, l, row));
        int q = config.heads() * config.headDim();
        forRows(
                rows,
                (row, s) -> s.attention.run(
                        cache, l, w.tables[row], w.positions[row], w.query, row * q, w.attended, row * q));
        multiply.run(
                new PackedMatrix[] {layer.attentionOutput()}, w.attended, w.queryAt, rows, new float[][] {w.projected});
        forRows(rows, (row, s) -> {
            addProjected(row);
            norm(layer.postAttentionNorm(), row);
        });
    }

    private void rotateAndStore(Layer layer, int l, int row) {
        int d = config.headDim();
        int position = w.positions[row];
        for (int head = 0; head < config.heads(); head++) {
            int at = (row * config.heads() + head) * d;
            Lanes.rmsNorm(w.query, at, layer.queryNorm(), d, config.rmsNormEps(), w.query, at);
            rope.rotate(w.query, at, position);
        }
        for (int head = 0; head < config.kvHeads(); head++) {
            int at = (row * config.kvHeads() + head) * d;
            Lanes.rmsNorm(w.key, at, layer.keyNorm(), d, config.rmsNormEps(), w.key, at);
            rope.rotate(w.key, at, position);
        }
        int block = w.tables[row][position / cache.blockTokens()];
        int at = row * config.kvHeads() * d;
        cache.store(l, block, position % cache.blockTokens(), w.key, at, w.value, at);
    }

    private void mixture(Layer layer, int mixture, int rows) {
        ModelMatrices.Mixture experts = requireNonNull(layer.mixture());
        int cell = mixture * config.expertsPerToken();
        multiply.run(new PackedMatrix[] {experts.router()}, w.normed, w.hiddenAt, rows, new float[][] {w.routerLogits});
        forRows(
                rows,
                (row, s) -> requireNonNull(s.router)
                        .choose(
                                w.routerLogits,
                                row * config.numExperts(),
                                w.experts,
                                w.gateWeights,
                                row * cellStride + cell));
        expertLayer.run(experts, w, rows, cell, cellStride);
        forRows(rows, (row, s) -> expertLayer.combine(w, row, row * cellStride + cell));
    }

    private void dense(FeedForward ffn, int rows) {
        multiply.run(
                new PackedMatrix[] {ffn.gate(), ffn.up()}, w.normed, w.hiddenAt, rows, new float[][] {w.gate, w.up});
        int width = config.intermediateSize();
        forRows(rows, (row, s) -> Lanes.siluTimes(w.gate, w.up, row * width, width));
        multiply.run(new PackedMatrix[] {ffn.down()}, w.gate, w.wideAt, rows, new float[][] {w.projected});
        forRows(rows, (row, s) -> addProjected(row));
    }

    /// Gathers the rows whose logits are wanted, norms them and multiplies with the output projection.
    private void logits(ModelMatrices model, StepBatch batch) {
        int wanted = batch.logitRows();
        int needed = Math.multiplyExact(wanted, config.vocabSize());
        if (logits.length < needed) {
            logits = new float[needed];
        }
        int[] at = new int[wanted];
        int end = 0;
        int next = 0;
        for (StepBatch.Segment segment : batch.segments()) {
            end += segment.tokens().length;
            for (int row = end - segment.logitRows(); row < end; row++) {
                at[next++] = row * config.hiddenSize();
            }
        }
        forRows(
                wanted,
                (row, s) -> Lanes.rmsNorm(
                        w.hidden,
                        at[row],
                        model.finalNorm(),
                        config.hiddenSize(),
                        config.rmsNormEps(),
                        w.normed,
                        at[row]));
        multiply.run(new PackedMatrix[] {model.output()}, w.normed, at, wanted, new float[][] {logits});
    }

    private void norm(float[] weight, int row) {
        int at = row * config.hiddenSize();
        Lanes.rmsNorm(w.hidden, at, weight, config.hiddenSize(), config.rmsNormEps(), w.normed, at);
    }

    private void addProjected(int row) {
        int at = row * config.hiddenSize();
        Lanes.add(w.hidden, at, w.projected, at, config.hiddenSize());
    }

    @FunctionalInterface
    private interface RowTask {
        void run(int row, Workspace.Scratch scratch);
    }

    private void forRows(int rows, RowTask task) {
        team.run((rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK, (index, worker) -> {
            int last = Math.min(rows, (index + 1) * ROWS_PER_TASK);
            for (int row = index * ROWS_PER_TASK; row < last; row++) {
                task.run(row, scratch[worker]);
            }
        });
    }
}
