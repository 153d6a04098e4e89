package rl.ballast.cli;

import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import rl.ballast.cli.model.ModelCommand;
import rl.ballast.cli.numerics.LogProbsCommand;
import rl.ballast.cli.numerics.ObjectiveCommand;
import rl.ballast.cli.numerics.ParityCommand;
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
            ObjectiveCommand.class,
            ParityCommand.class
        })
public final class Main {
    private static final String LOG_CONFIGURATION = "logback.configurationFile";

    private Main() {}

    /// The command line, for tests and for [#main].
    public static CommandLine commandLine() {
        return new CommandLine(new Main()).setExecutionExceptionHandler(Main::defect);
    }

    /// Commands say themselves what is wrong with their input; what arrives here is a defect of the program.
    private static int defect(Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
        command.getErr().println("ballast: defect in this program: " + failure);
        if (System.getenv("BALLAST_STACK_TRACE") != null) {
            failure.printStackTrace(command.getErr());
        } else {
            command.getErr().println("Set BALLAST_STACK_TRACE=1 to see where, and report it.");
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT);
        // Standard output is for results.
        if (System.getProperty(LOG_CONFIGURATION) == null) {
            System.setProperty(LOG_CONFIGURATION, "ballast-logback.xml");
        }
        System.exit(commandLine().execute(arguments));
    }
}
