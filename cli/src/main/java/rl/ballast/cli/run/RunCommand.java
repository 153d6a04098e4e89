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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rl.ballast.crds.file.RunFile;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.protocol.store.StoreException;

/// `ballast run FILE`: trains on this machine.
@Command(
        name = "run",
        description = "Train an RLRun on this machine: engine and learner as child processes, the store in a folder.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exit codes: 0 the run completed; 1 it failed or was refused; 2 wrong usage; 130 or 143 stopped by a signal.",
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
            RunFile asked = RunFile.read(file, settings);
            RunFile run = maxSteps == null ? asked : asked.endingAfter(maxSteps);
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
            return new LocalRun(run, folder, resume, progress, resumeCommand(folder)).call() ? 0 : 1;
        } catch (InvalidSpec e) {
            e.problems().forEach(problem -> err.println("ballast: " + problem));
            return CommandLine.ExitCode.SOFTWARE;
        } catch (IOException | StoreException | InvalidModel e) {
            err.println("ballast: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private String resumeCommand(RunFolder folder) {
        var words = new ArrayList<>(List.of("ballast", "run", file.toString(), "--resume"));
        words.addAll(List.of("--out", folder.path().toString()));
        if (maxSteps != null) {
            words.addAll(List.of("--max-steps", maxSteps.toString()));
        }
        settings.forEach(setting -> words.addAll(List.of("--set", setting)));
        return words.stream().map(RunCommand::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./:=,@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
