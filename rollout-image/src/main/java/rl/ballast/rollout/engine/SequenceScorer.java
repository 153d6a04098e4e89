package rl.ballast.rollout.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.rollout.sample.Distribution;

/// Scores given sequences with the forward pass that also generates. Needs a backend with active weights for
/// itself; overwrites its cache. One thread.
public final class SequenceScorer {
    private final Backend backend;
    private final ModelConfig config;
    private final int maxBatchTokens;
    private final int cellsPerRow;
    private final Distribution distribution = new Distribution();

    /// @param maxBatchTokens rows of one forward pass
    public SequenceScorer(Backend backend, int maxBatchTokens) {
        this.backend = backend;
        this.config = backend.config();
        this.maxBatchTokens = maxBatchTokens;
        this.cellsPerRow = config.moeLayerIndices().length * config.expertsPerToken();
    }

    /// @param temperature logits are divided by it; above 0
    /// @throws EngineRefusal `BAD_REQUEST` naming the sequence if it is empty, too long, or has an unknown
    ///        token
    public List<SequenceScores> score(List<int[]> sequences, double temperature) {
        for (int i = 0; i < sequences.size(); i++) {
            check(i, sequences.get(i));
        }
        List<Progress> all = sequences.stream()
                .map(tokens -> new Progress(tokens, cellsPerRow))
                .toList();
        List<Progress> waiting = new ArrayList<>(all);
        while (!waiting.isEmpty()) {
            pass(waiting, temperature);
            waiting.removeIf(progress -> progress.fed == progress.tokens.length);
        }
        return all.stream().map(p -> p.scores).toList();
    }

    /// One forward pass over the next rows of the first sequences. One that does not fit whole goes on alone.
    private void pass(List<Progress> waiting, double temperature) {
        List<StepBatch.Segment> segments = new ArrayList<>();
        List<Progress> members = new ArrayList<>();
        int rows = 0;
        int blocks = 0;
        for (Progress progress : waiting) {
            int needed = Math.ceilDiv(progress.tokens.length, backend.blockTokens());
            int chunk = Math.min(progress.tokens.length - progress.fed, maxBatchTokens - rows);
            boolean goesOn = progress.fed > 0;
            if (chunk == 0 || blocks + needed > backend.blocks() || (goesOn && !members.isEmpty())) {
                break;
            }
            if (!goesOn) {
                progress.table = new int[needed];
                int first = blocks;
                Arrays.setAll(progress.table, i -> first + i);
            }
            int[] tokens = Arrays.copyOfRange(progress.tokens, progress.fed, progress.fed + chunk);
            segments.add(new StepBatch.Segment(tokens, progress.fed, progress.table, chunk));
            members.add(progress);
            rows += chunk;
            blocks += needed;
            if (goesOn) {
                break;
            }
        }
        keep(members, segments, backend.forward(new StepBatch(segments)), temperature);
    }

    private void keep(List<Progress> members, List<StepBatch.Segment> segments, StepOutput output, double temperature) {
        int row = 0;
        for (int m = 0; m < members.size(); m++) {
            Progress progress = members.get(m);
            int rows = segments.get(m).tokens().length;
            SequenceScores scores = progress.scores;
            System.arraycopy(
                    output.experts(),
                    row * cellsPerRow,
                    scores.experts(),
                    progress.fed * cellsPerRow,
                    rows * cellsPerRow);
            System.arraycopy(
                    output.gateWeights(),
                    row * cellsPerRow,
                    scores.gateWeights(),
                    progress.fed * cellsPerRow,
                    rows * cellsPerRow);
            for (int i = 0; i < rows; i++, row++, progress.fed++) {
                distribution.load(output.logits(), row * config.vocabSize(), config.vocabSize(), temperature);
                scores.entropies()[progress.fed] = distribution.entropy();
                if (progress.fed + 1 < progress.tokens.length) {
                    scores.logProbs()[progress.fed] = distribution.logProb(progress.tokens[progress.fed + 1]);
                }
            }
        }
    }

    private void check(int index, int[] tokens) {
        int longest = (int) Math.min(config.maxPositions(), (long) backend.blocks() * backend.blockTokens());
        if (tokens.length == 0 || tokens.length > longest) {
            throw new EngineRefusal(
                    Reason.BAD_REQUEST,
                    "sequences[%d]: expected 1 to %d tokens, found %d".formatted(index, longest, tokens.length));
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= config.vocabSize()) {
                throw new EngineRefusal(
                        Reason.BAD_REQUEST,
                        "sequences[%d][%d]: expected a token id below %d, found %d"
                                .formatted(index, i, config.vocabSize(), tokens[i]));
            }
        }
    }

    private static final class Progress {
        final int[] tokens;
        final SequenceScores scores;
        int[] table = {};
        int fed;

        Progress(int[] tokens, int cellsPerRow) {
            this.tokens = tokens;
            this.scores = new SequenceScores(
                    new float[tokens.length - 1],
                    new float[tokens.length],
                    new int[Math.multiplyExact(tokens.length, cellsPerRow)],
                    new float[tokens.length * cellsPerRow]);
        }
    }
}
