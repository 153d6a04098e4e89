package rl.ballast.cli.traces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// Which files a `PATH` argument means.
final class TracePaths {
    private static final String SUFFIX = ".trace";

    private TracePaths() {}

    /// A file as it is; of a folder every `*.trace` file in it and below, in order.
    ///
    /// @throws ParameterException if there is none
    static List<Path> of(Path path, CommandLine commandLine) throws IOException {
        if (Files.isDirectory(path)) {
            try (Stream<Path> below = Files.walk(path)) {
                List<Path> files = below.filter(TracePaths::isTrace).sorted().toList();
                if (!files.isEmpty()) {
                    return files;
                }
            }
            throw new ParameterException(commandLine, "%s: expected *%s files, found none".formatted(path, SUFFIX));
        }
        if (!Files.exists(path)) {
            throw new ParameterException(
                    commandLine, "%s: expected a trace file or a folder, found nothing".formatted(path));
        }
        return List.of(path);
    }

    /// Hidden names are files that a writer has not finished.
    private static boolean isTrace(Path path) {
        String name = path.getFileName().toString();
        return name.endsWith(SUFFIX) && !name.startsWith(".") && Files.isRegularFile(path);
    }
}
