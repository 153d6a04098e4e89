package rl.ballast.cli.numerics;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import rl.ballast.modeling.config.ModelConfig;

/// The tokens to score, and the temperature of the distribution that scores them.
final class TokenOptions {
    @Option(names = "--tokens", paramLabel = "FILE", required = true, description = "{\"sequences\": [[ids], ...]}")
    private Path file = Path.of(".");

    @Option(names = "--temperature", paramLabel = "T", defaultValue = "1", description = "logits are divided by it (1)")
    private double temperature = 1;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    Path file() {
        return file;
    }

    /// @throws CommandLine.ParameterException if it is not a finite number above 0
    double temperature() {
        if (!(temperature > 0) || Double.isInfinite(temperature)) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--temperature: expected a finite number above 0, found " + temperature);
        }
        return temperature;
    }

    /// @throws BadInput unless every sequence has 1 to `max_position_embeddings` tokens of the vocabulary
    List<int[]> sequences(ModelConfig config) {
        List<int[]> sequences = new ArrayList<>();
        for (InputField field : InputField.read(file)
                .object(Set.of("sequences"))
                .get("sequences")
                .items()) {
            int[] ids = field.tokens(config.vocabSize());
            if (ids.length == 0 || ids.length > config.maxPositions()) {
                throw new BadInput(
                        file,
                        field.path(),
                        "1 to %d tokens (max_position_embeddings)".formatted(config.maxPositions()),
                        ids.length + " tokens");
            }
            sequences.add(ids);
        }
        return sequences;
    }
}
