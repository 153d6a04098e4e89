package rl.ballast.cli.traces;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rl.ballast.protocol.trace.CorruptTrace;

/// What `inspect` and `verify` have in common: they go through files, report each, and go on behind a corrupt one.
abstract class TraceFilesCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(paramLabel = "PATH", description = "a trace file, or a folder: every *.trace file in it and below")
    private Path path = Path.of(".");

    @Option(names = "--json", description = "print one JSON document instead of text")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /// Reads a file, describes it in `node`, and prints text to `out`.
    ///
    /// @throws CorruptTrace if the file cannot be trusted
    abstract void report(Path file, ObjectNode node, PrintWriter out) throws IOException;

    @Override
    public Integer call() throws IOException {
        CommandLine commandLine = spec.commandLine();
        PrintWriter text = json ? new PrintWriter(PrintWriter.nullWriter()) : commandLine.getOut();
        ObjectNode document = JSON.createObjectNode();
        ArrayNode files = document.putArray("files");
        int corrupt = 0;
        for (Path file : TracePaths.of(path, commandLine)) {
            ObjectNode node = files.addObject().put("file", file.toString());
            try {
                report(file, node, text);
                node.put("ok", true);
            } catch (CorruptTrace e) {
                corrupt++;
                text.printf(
                        Locale.ROOT,
                        "%s: CORRUPT%n  %s: expected %s, found %s%n",
                        file,
                        e.field(),
                        e.expected(),
                        e.found());
                node.put("ok", false)
                        .putObject("error")
                        .put("field", e.field())
                        .put("expected", e.expected())
                        .put("found", e.found());
            } catch (IOException e) {
                corrupt++;
                text.printf(Locale.ROOT, "%s: UNREADABLE%n  %s%n", file, e);
                node.put("ok", false).putObject("error").put("field", "file").put("found", e.toString());
            }
        }
        text.printf(Locale.ROOT, "%d of %d files fine%n", files.size() - corrupt, files.size());
        text.flush();
        if (json) {
            document.put("corrupt", corrupt);
            commandLine.getOut().println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(document));
        }
        return corrupt == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }
}
