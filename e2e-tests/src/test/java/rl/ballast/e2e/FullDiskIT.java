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
    private static final long LEFT = 8L << 20;

    @TempDir
    Path folder;

    @Test
    void aFullDiskEndsTheRunWithItsNameAndRoomLetsItGoOn() throws IOException, InterruptedException {
        SmallRun run = new SmallRun(folder);
        run.edit("updates: 30", "updates: 200").edit("steps: 8", "steps: 1");
        Path disk = Files.createDirectories(run.store("disk"));
        boolean mounted = command("mount", "-t", "tmpfs", "-o", "size=160m", "ballast-test", disk.toString());
        if (!mounted) {
            System.err.println("FullDiskIT: SKIPPED, NOT PASSED: this user may not mount a file system");
        }
        assumeTrue(mounted, "may not mount a file system");
        try {
            // Somebody else's file, before the run begins: it is told at once.
            Path foreign = disk.resolve("foreign");
            takeAllBut(LEFT, foreign);
            Result refused = Invocation.of(run.arguments("disk/store"));
            assertThat(refused.exitCode()).as(refused.output()).isEqualTo(1);
            assertThat(refused.output())
                    .contains("the run needs ", "3 checkpoints of 16.0 MiB", "has 8.0 MiB free. Make room there")
                    .doesNotContain("\tat ", "defect");
            Files.delete(foreign);

            // The same file, once the run has found room and begun.
            try (var started = run.start("disk/store", "--resume")) {
                started.child(BallastProcess.LEARNER);
                try (var phases = new LearnerPhases(run.store("disk/store").resolve("logs/learner.log"), 1)) {
                    phases.awaitPhase("cold_start");
                }
                takeAllBut(LEFT, foreign);
                assertThat(started.exitCode()).as(started::output).isEqualTo(1);
                assertThat(started.output())
                        .contains(disk.toString(), "No space left on device")
                        .doesNotContain("\tat ", "defect");
            }

            Files.delete(foreign);
            Result resumed = Invocation.of(run.arguments("disk/store", "--resume"));
            assertThat(resumed.exitCode()).as(resumed.output()).isZero();
        } finally {
            assertThat(command("umount", disk.toString())).isTrue();
        }
    }

    /// Leaves less than a checkpoint, and enough for the last words.
    private static void takeAllBut(long left, Path foreign) throws IOException {
        long free = Files.getFileStore(foreign.getParent()).getUsableSpace();
        try (var file = new RandomAccessFile(foreign.toFile(), "rw")) {
            file.write(new byte[(int) (free - left)]);
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
