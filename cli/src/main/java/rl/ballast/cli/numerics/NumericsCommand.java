package rl.ballast.cli.numerics;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.torch.InvalidInput;
import rl.ballast.modeling.torch.TorchUnavailable;
import rl.ballast.protocol.objective.NonFiniteScore;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.rollout.engine.EngineRefusal;

/// What the commands of this package have in common: a model, threads, and failures that a person can act on.
abstract class NumericsCommand implements Callable<Integer> {
    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Hugging Face folder of the model")
    private Path model = Path.of(".");

    @Option(names = "--threads", paramLabel = "N", defaultValue = "0", description = "compute threads (all cores)")
    private int threads;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /// The exit code. Throws what [#call] turns into a message.
    abstract int run();

    final Path model() {
        return model;
    }

    final int threads() {
        return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    }

    @Override
    public Integer call() {
        try {
            return run();
        } catch (BadInput
                | InvalidSpec
                | InvalidModel
                | InvalidInput
                | NonFiniteScore
                | UnknownRoutes
                | StoreException
                | EngineRefusal
                | TorchUnavailable e) {
            spec.commandLine().getErr().println("ballast: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final CommandLine.ParameterException usage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
