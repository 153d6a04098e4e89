package rl.ballast.cli.numerics;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.trace.Routes;

/// `ballast logprobs`: what one of the engines says of given tokens.
@Command(
        name = "logprobs",
        description =
                "Score given tokens with the learner or the rollout engine: log-probabilities, entropies, experts.",
        mixinStandardHelpOptions = true)
public final class LogProbsCommand extends NumericsCommand {
    enum EngineName {
        learner,
        rollout
    }

    @Option(names = "--engine", paramLabel = "NAME", required = true, description = "${COMPLETION-CANDIDATES}")
    private EngineName engine = EngineName.learner;

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    @Option(
            names = "--routes",
            paramLabel = "FILE",
            description = "experts to use: {\"sequences\": [[rows][layers][k], ...]}; learner only")
    private @Nullable Path routes;

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "F32",
            description = "precision of the weights: ${COMPLETION-CANDIDATES} (F32)")
    private ServedPrecision precision = ServedPrecision.F32;

    @Option(
            names = "--backend",
            paramLabel = "B",
            defaultValue = "VECTOR",
            description = "of the rollout engine: ${COMPLETION-CANDIDATES} (VECTOR)")
    private EngineConfig.Backend backend = EngineConfig.Backend.VECTOR;

    @Option(names = "--out", paramLabel = "FILE", required = true, description = "JSON file to write")
    private Path out = Path.of(".");

    @Override
    int run() {
        double temperature = tokens.temperature();
        if (routes != null && engine == EngineName.rollout) {
            throw usage("--routes: the rollout engine records routes and does not replay them; use --engine learner");
        }
        try (TokenScorer scorer = open()) {
            List<int[]> sequences = tokens.sequences(scorer.config());
            List<Routes> replay = routes == null ? null : routes(routes, scorer.config(), sequences);
            ScoresFile.write(out, scorer.config(), scorer.score(sequences, replay, temperature));
        }
        return 0;
    }

    private TokenScorer open() {
        return switch (engine) {
            case learner -> LearnerScorer.open(model(), precision, threads());
            case rollout -> RolloutScorer.open(model(), backend, precision, threads());
        };
    }

    private static List<Routes> routes(Path file, ModelConfig config, List<int[]> sequences) {
        List<InputField> fields = InputField.read(file)
                .object(Set.of("sequences"))
                .get("sequences")
                .items(sequences.size(), "one per sequence of tokens");
        List<Routes> result = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            result.add(RoutesField.read(fields.get(i), config, sequences.get(i).length, true));
        }
        return result;
    }
}
