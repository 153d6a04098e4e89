package rl.ballast.cli.model;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.init.ModelInit;
import rl.ballast.protocol.store.StoreException;

/// `ballast model init`: a seeded random model with a tokenizer.
@Command(
        name = "init",
        description = "Make a random model with a byte tokenizer: a Hugging Face folder.",
        mixinStandardHelpOptions = true)
public final class ModelInitCommand implements Callable<Integer> {
    @ArgGroup(multiplicity = "1")
    private Shape shape = new Shape();

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "seed of the weights (0)")
    private long seed;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "folder to make; must not exist")
    private Path out = Path.of(".");

    @Spec
    private CommandSpec spec;

    public ModelInitCommand() {
        this.spec = CommandSpec.create();
    }

    static final class Shape {
        @Option(
                names = "--preset",
                paramLabel = "NAME",
                completionCandidates = Presets.class,
                description = "one of ${COMPLETION-CANDIDATES}")
        private @Nullable String preset;

        @Option(names = "--config", paramLabel = "FILE", description = "a config.json of Qwen3 or Qwen3-MoE")
        private @Nullable Path config;

        ModelConfig read() {
            return config != null ? ModelInit.configFile(config) : ModelInit.config(String.valueOf(preset));
        }
    }

    static final class Presets implements Iterable<String> {
        private final List<String> names = rl.ballast.protocol.sizing.Presets.names();

        @Override
        public java.util.Iterator<String> iterator() {
            return names.iterator();
        }
    }

    @Override
    public Integer call() {
        try {
            ModelInit.create(shape.read(), seed, out);
            spec.commandLine().getOut().println(out);
            return CommandLine.ExitCode.OK;
        } catch (InvalidModel | StoreException | IllegalArgumentException e) {
            spec.commandLine().getErr().println("ballast: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }
}
