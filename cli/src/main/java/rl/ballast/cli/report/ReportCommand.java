package rl.ballast.cli.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `ballast report DIR`: draws the curves of a run, also while it runs.
@Command(
        name = "report",
        description = "Write report.html, the curves of a run, into its folder.",
        mixinStandardHelpOptions = true)
public final class ReportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "the run's folder")
    private Path folder = Path.of(".");

    @Spec
    private CommandSpec spec;

    public ReportCommand() {
        this.spec = CommandSpec.create();
    }

    @Override
    public Integer call() {
        try {
            Path page = write(folder);
            spec.commandLine().getOut().println(page);
            return CommandLine.ExitCode.OK;
        } catch (IOException e) {
            spec.commandLine().getErr().println("ballast: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /// Writes the report of the run in `folder` and returns its path.
    public static Path write(Path folder) throws IOException {
        Path page = folder.resolve("report.html");
        Files.writeString(page, ReportPage.of(RunHistory.read(folder)), StandardCharsets.UTF_8);
        return page;
    }
}
