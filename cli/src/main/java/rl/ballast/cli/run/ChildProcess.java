package rl.ballast.cli.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import rl.ballast.protocol.role.ParentProcess;
import rl.ballast.trainer.progress.TerminationFile;

/// One child process whose output goes to a log file. The caller stops it; it is also told the id of this
/// process and ends by itself when this one is gone ([ParentProcess]).
final class ChildProcess {
    private static final int TAIL_BYTES = 4000;
    private static final int LOG_LINES = 12;

    private final String name;
    private final Path log;
    private final Process process;

    private ChildProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /// Starts the command; its output is appended to `log`.
    static ChildProcess start(String name, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        Files.createDirectories(log.toAbsolutePath().getParent());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.environment()
                .put(
                        ParentProcess.VARIABLE,
                        Long.toString(ProcessHandle.current().pid()));
        Path lastWord = lastWordOf(log);
        Files.deleteIfExists(lastWord);
        builder.environment().put(TerminationFile.ENVIRONMENT, lastWord.toString());
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return new ChildProcess(name, log, builder.start());
    }

    String name() {
        return name;
    }

    Path log() {
        return log;
    }

    boolean alive() {
        return process.isAlive();
    }

    int exitCode() {
        return process.exitValue();
    }

    boolean waitFor(long millis) throws InterruptedException {
        return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    void askToEnd() {
        process.destroy();
    }

    /// Waits for the process that was asked to end, and ends it if it has not after `graceSeconds`.
    void awaitEnd(long graceSeconds) {
        try {
            if (!process.waitFor(graceSeconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /// What the process said when it ended: its last word if it left one, else the end of its log. Then where
    /// the log is.
    String lastWords() {
        return "%s%n  log     %s".formatted(lastWord().orElseGet(this::endOfLog), log);
    }

    private String endOfLog() {
        return "it left no last word, and its log ends with%n%s"
                .formatted(logEnd(LOG_LINES).indent(4).stripTrailing());
    }

    private Optional<String> lastWord() {
        try {
            Path file = lastWordOf(log);
            String message = Files.exists(file)
                    ? new ObjectMapper()
                            .readTree(Files.readString(file, StandardCharsets.UTF_8))
                            .path("message")
                            .asText()
                    : "";
            return message.isEmpty() ? Optional.empty() : Optional.of(message);
        } catch (IOException e) {
            // cut short by the end of the process: the log has to do
            return Optional.empty();
        }
    }

    private static Path lastWordOf(Path log) {
        return log.resolveSibling(log.getFileName() + ".last");
    }

    private String logEnd(int lines) {
        try {
            byte[] bytes = Files.readAllBytes(log);
            int from = Math.max(0, bytes.length - TAIL_BYTES);
            List<String> tail = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                    .toList();
            return String.join("\n", tail.subList(Math.max(0, tail.size() - lines), tail.size()));
        } catch (IOException e) {
            return "(%s cannot be read: %s)".formatted(log, e.getMessage());
        }
    }
}
