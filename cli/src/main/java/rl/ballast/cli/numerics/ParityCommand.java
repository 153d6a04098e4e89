package rl.ballast.cli.numerics;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.protocol.role.EngineConfig.Backend;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.trace.Routes;

/// `ballast parity`: how far learner and rollout engine are from each other over given tokens.
@Command(
        name = "parity",
        description = {
            "Score the same tokens with the learner and with both backends of the rollout engine, and compare:",
            "log-probabilities, k3, tails F(1.1) and F(1.5), and the experts of every layer."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 within the tolerance; 1 above it, or bad input; 2 wrong usage."})
public final class ParityCommand extends NumericsCommand {
    private static final double F32_TOLERANCE = 1e-4;

    enum YesNo {
        yes,
        no
    }

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "F32",
            description = "of the rollout engine's weights; the learner's are F32: ${COMPLETION-CANDIDATES} (F32)")
    private ServedPrecision precision = ServedPrecision.F32;

    @Option(
            names = "--routes",
            paramLabel = "yes|no",
            defaultValue = "yes",
            description = "compare also with the engine's routes replayed in the learner (yes)")
    private YesNo routes = YesNo.yes;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            description =
                    "largest |difference| of log-probabilities where the experts are the same, and of the router's"
                            + " logits where they are not (1e-4 for F32; none for BF16 and FP8)")
    private @Nullable Double tolerance;

    @Option(names = "--json", description = "print one JSON document instead of text")
    private boolean json;

    @Override
    int run() {
        tokens.temperature();
        if (tolerance != null && !(tolerance >= 0)) {
            throw usage("--tolerance: expected at least 0, found " + tolerance);
        }
        ModelConfig config = ModelConfigReader.read(model());
        List<int[]> sequences = tokens.sequences(config);
        if (sequences.stream().noneMatch(ids -> ids.length > 1)) {
            throw new BadInput(tokens.file(), "sequences", "a sequence of two tokens at least", "none");
        }
        ParityReport report = new ParityReport(compare(config, sequences), limit());
        PrintWriter out = out();
        if (json) {
            out.println(report.json().toPrettyString());
        } else {
            report.print(out);
        }
        out.flush();
        return report.fine() ? 0 : 1;
    }

    private OptionalDouble limit() {
        if (tolerance != null) {
            return OptionalDouble.of(tolerance);
        }
        return precision == ServedPrecision.F32 ? OptionalDouble.of(F32_TOLERANCE) : OptionalDouble.empty();
    }

    private List<Comparison> compare(ModelConfig config, List<int[]> sequences) {
        List<TokenScorer.Scored> vector = engine(Backend.VECTOR, sequences);
        List<TokenScorer.Scored> torch = engine(Backend.TORCH, sequences);
        List<Comparison> comparisons = new ArrayList<>();
        try (TokenScorer learner = LearnerScorer.open(model(), ServedPrecision.F32, threads())) {
            List<TokenScorer.Scored> live = learner.score(sequences, null, tokens.temperature());
            comparisons.add(Comparison.of("learner - rollout " + name(Backend.VECTOR), config, live, vector));
            comparisons.add(Comparison.of("learner - rollout " + name(Backend.TORCH), config, live, torch));
            if (routes == YesNo.yes && config.mixtureOfExperts()) {
                comparisons.add(replayed(Backend.VECTOR, learner, sequences, vector));
                comparisons.add(replayed(Backend.TORCH, learner, sequences, torch));
            }
        }
        comparisons.add(Comparison.of(
                "rollout %s - rollout %s".formatted(name(Backend.TORCH), name(Backend.VECTOR)), config, torch, vector));
        return comparisons;
    }

    private List<TokenScorer.Scored> engine(Backend backend, List<int[]> sequences) {
        try (TokenScorer scorer = RolloutScorer.open(model(), backend, precision, threads())) {
            return scorer.score(sequences, null, tokens.temperature());
        }
    }

    private Comparison replayed(
            Backend backend, TokenScorer learner, List<int[]> sequences, List<TokenScorer.Scored> engine) {
        ModelConfig config = learner.config();
        List<Routes> recorded = new ArrayList<>();
        for (int i = 0; i < engine.size(); i++) {
            recorded.add(routes(
                    config, sequences.get(i).length, engine.get(i).scores().experts()));
        }
        return Comparison.of(
                "learner with the engine's routes - rollout " + name(backend),
                config,
                learner.score(sequences, recorded, tokens.temperature()),
                engine);
    }

    private static Routes routes(ModelConfig config, int rows, int[] experts) {
        int layers = config.moeLayerIndices().length;
        Routes routes = new Routes(rows, layers, config.expertsPerToken());
        for (int cell = 0; cell < rows * layers; cell++) {
            routes.set(cell / layers, cell % layers, experts, cell * config.expertsPerToken());
        }
        return routes;
    }

    private String name(Backend backend) {
        return backend + " " + precision;
    }
}
