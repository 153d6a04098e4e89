package rl.ballast.trainer.progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.wire.LastWord;

/// The file for a last word.
public final class TerminationFile {
    /// Names the file.
    public static final String ENVIRONMENT = "BALLAST_TERMINATION_LOG";

    private TerminationFile() {}

    /// Writes to the file that [#ENVIRONMENT] names, if it names one.
    public static void leave(LastWord word) {
        String file = System.getenv(ENVIRONMENT);
        if (file != null && !file.isBlank()) {
            write(word, Path.of(file));
        }
    }

    /// Writes to `file` in place: a termination file is mounted and cannot be replaced.
    public static void write(LastWord word, Path file) {
        try {
            Files.write(file, word.toJson());
        } catch (IOException e) {
            LoggerFactory.getLogger(TerminationFile.class).warn("{} could not be written", file, e);
        }
    }
}
