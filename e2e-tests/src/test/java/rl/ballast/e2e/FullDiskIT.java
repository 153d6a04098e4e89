package rl.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run on a disk that fills up. Needs the right to mount a small file system; says so where it lacks it.
@NeedsDistribution
class FullDiskIT {
    @TempDir
    Path folder;

    @Test
    void aFullDiskEndsTheRunWithItsNameAndRoomLetsItGoOn() throws IOException, InterruptedException {
        SmallRun run = new SmallRun(folder);
        run.edit("updates: 30", "updates: 1").edit("steps: 8", "steps: 1");
        Path disk = Files.createDirectories(run.store("disk"));
        boolean mounted = command("mount", "-t", "tmpfs", "-o", "size=160m", "ballast-test", disk.toString());
        if (!mounted) {
            System.err.println("FullDiskIT: SKIPPED, NOT PASSED: this user may not mount a file system");
        }
        assumeTrue(mounted, "may not mount a file system");
        try {
            // Somebody else's file, so that the volume is large enough and yet has no room.
            Path foreign = disk.resolve("foreign");
            try (var file = new RandomAccessFile(foreign.toFile(), "rw")) {
                file.write(new byte[146 << 20]);
            }
            Result result = Invocation.of(run.arguments("disk/store"));
            assertThat(result.exitCode()).as(result.output()).isEqualTo(1);
            assertThat(result.output())
                    .contains(disk.toString(), "No space left on device")
                    .doesNotContain("\tat ", "defect");

            Files.delete(foreign);
            Result resumed = Invocation.of(run.arguments("disk/store", "--resume"));
            assertThat(resumed.exitCode()).as(resumed.output()).isZero();
        } finally {
            assertThat(command("umount", disk.toString())).isTrue();
        }
    }

    private static boolean command(String... words) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException notInstalled) {
            return false;
        }
    }
}
