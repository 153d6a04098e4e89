package rl.ballast.cli.run;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rl.ballast.crds.file.RunFile;
import rl.ballast.crds.schema.InvalidSpec;

/// `ballast run FILE`: trains on this machine.
@Command(
        name = "run",
        description = "Train an RLRun on this machine: engine and learner as child processes, the store in a folder.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 the run completed; 1 it failed, was refused or was stopped; 2 wrong usage.",
            "Ctrl-C stops the run and keeps everything; go on with --resume."
        })
public final class RunCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "a YAML file or folder with one RLRun and its config maps")
    private Path file = Path.of(".");

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "the run's folder (default: runs/NAME-UID below the working directory)")
    private @Nullable Path out;

    @Option(names = "--max-steps", paramLabel = "N", description = "end after N steps at most")
    private @Nullable Integer maxSteps;

    @Option(
            names = "--set",
            paramLabel = "PATH=VALUE",
            description = "override a field of the spec, for example --set recipe.groupSize=8 (repeatable)")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--resume", description = "go on with the newest run of that name, or with the one in --out")
    private boolean resume;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        try {
            if (maxSteps != null && maxSteps < 1) {
                err.println("ballast: --max-steps %d: expected at least 1".formatted(maxSteps));
                return CommandLine.ExitCode.USAGE;
            }
            RunFile run = RunFile.read(file, settings(RunFile.read(file, settings)));
            run.warnings().forEach(warning -> err.println("warning: " + warning));
            String name = run.run().getMetadata().getName();
            RunFolder folder = RunFolder.choose(out, name, resume, Path.of(""));
            Progress progress = new Progress(
                    spec.commandLine().getOut(),
                    Optional.ofNullable(System.console())
                            .filter(Console::isTerminal)
                            .isPresent(),
                    InstantSource.system(),
                    run.run().getSpec().steps());
            return new LocalRun(run, folder, resume, progress).call() ? 0 : 1;
        } catch (InvalidSpec e) {
            e.problems().forEach(problem -> err.println("ballast: " + problem));
            return CommandLine.ExitCode.SOFTWARE;
        } catch (IOException e) {
            err.println("ballast: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /// `--set`, and the bound of `--max-steps` if the run asks for more.
    private List<String> settings(RunFile asked) {
        List<String> all = new ArrayList<>(settings);
        if (maxSteps != null && maxSteps < asked.run().getSpec().steps()) {
            all.add("spec.steps=" + maxSteps);
        }
        return all;
    }
}
