package rl.ballast.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import rl.ballast.cli.model.ModelCommand;
import rl.ballast.cli.numerics.LogProbsCommand;
import rl.ballast.cli.numerics.ObjectiveCommand;
import rl.ballast.cli.report.ReportCommand;
import rl.ballast.cli.run.RunCommand;
import rl.ballast.cli.traces.TracesCommand;
import rl.ballast.cli.validate.ValidateCommand;

/// The `ballast` command. Exit codes: 0 done, 1 failed or refused with a message, 2 wrong usage.
@Command(
        name = "ballast",
        version = "ballast 0.1.0",
        mixinStandardHelpOptions = true,
        description = "Stable reinforcement-learning post-training of language models.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RunCommand.class,
            ValidateCommand.class,
            ModelCommand.class,
            ReportCommand.class,
            TracesCommand.class,
            LogProbsCommand.class,
            ObjectiveCommand.class
        })
public final class Main {
    private Main() {}

    /// The command line, for tests and for [#main].
    public static CommandLine commandLine() {
        return new CommandLine(new Main());
    }

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }
}
