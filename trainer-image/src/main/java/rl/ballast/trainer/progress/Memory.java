package rl.ballast.trainer.progress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Memory of this process.
public final class Memory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private Memory() {}

    /// Resident bytes, native memory included; -1 where the system does not say.
    public static long residentBytes() {
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(-1);
        } catch (IOException e) {
            return -1;
        }
    }
}
