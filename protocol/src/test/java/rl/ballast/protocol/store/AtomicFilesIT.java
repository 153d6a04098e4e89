package rl.ballast.protocol.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesIT {
    @TempDir
    Path folder;

    @Test
    void writesReplacesAndMakesMissingParents() throws IOException {
        Path file = folder.resolve("a/b/file");

        AtomicFiles.write(file, "one");
        AtomicFiles.write(file, "two");

        assertThat(file).hasContent("two");
        assertThat(names(folder.resolve("a/b"))).containsExactly("file");
    }

    @Test
    void aBodyThatFailsLeavesTheEarlierContentAndNothingElse() throws IOException {
        Path file = folder.resolve("file");
        AtomicFiles.write(file, "good");

        assertThatThrownBy(() -> AtomicFiles.write(file, out -> {
                    out.write(1);
                    throw new IllegalStateException("stop");
                }))
                .hasMessage("stop");
        assertThatThrownBy(() -> AtomicFiles.write(file, out -> {
                    throw new IOException("gone");
                }))
                .isInstanceOf(StoreException.Unavailable.class)
                .hasMessage("%s: could not write it: IOException: gone", file);

        assertThat(file).hasContent("good");
        assertThat(names(folder)).containsExactly("file");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsReportedAsSuchAndLeavesTheEarlierContent() throws IOException {
        Path file = folder.resolve("file");
        AtomicFiles.write(file, "good");
        AtomicFiles.Opener fullDisk = path -> {
            Files.createFile(path);
            return FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE);
        };

        assertThatThrownBy(() -> AtomicFiles.write(file, out -> out.write(new byte[100_000]), fullDisk))
                .isInstanceOf(StoreException.Full.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("the volume is full")
                .hasMessageContaining("Free space or enlarge the storage");

        assertThat(file).hasContent("good");
        assertThat(names(folder)).containsExactly("file");
    }

    @Test
    void anExhaustedQuotaIsAFullVolumeToo() {
        Path file = folder.resolve("file");

        assertThat(StoreException.of(file, "write", new IOException("Disk quota exceeded")))
                .isInstanceOf(StoreException.Full.class);
        assertThat(StoreException.of(file, "write", new IOException("Input/output error")))
                .isNotInstanceOf(StoreException.Full.class);
    }

    @Test
    void aFolderAppearsWithEverythingInItOrNotAtAll() throws IOException {
        Path version = folder.resolve("weights/v000001");

        AtomicFiles.writeFolder(version, temporary -> {
            assertThat(version).doesNotExist();
            Files.createDirectory(temporary.resolve("inner"));
            Files.writeString(temporary.resolve("inner/manifest.json"), "{}");
        });

        assertThat(version.resolve("inner/manifest.json")).hasContent("{}");
        assertThat(names(folder.resolve("weights"))).containsExactly("v000001");
    }

    @Test
    void aFolderIsNeverOverwrittenAndAFailedOneVanishes() throws IOException {
        Path version = folder.resolve("v000001");
        AtomicFiles.writeFolder(version, temporary -> Files.writeString(temporary.resolve("a"), "first"));

        assertThatThrownBy(() -> AtomicFiles.writeFolder(version, _ -> {}))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining(version.toString());
        assertThatThrownBy(() -> AtomicFiles.writeFolder(folder.resolve("v000002"), temporary -> {
                    Files.writeString(temporary.resolve("a"), "half");
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(StoreException.Full.class);

        assertThat(version.resolve("a")).hasContent("first");
        assertThat(names(folder)).containsExactly("v000001");
    }

    @Test
    void leftoversOfACrashAreIgnoredAndCleaned() throws IOException {
        Path version = folder.resolve("v000001");
        List<Path> seen = new ArrayList<>();
        AtomicFiles.writeFolder(version, temporary -> {
            Files.writeString(temporary.resolve("a"), "x");
            seen.add(temporary);
        });
        Path leftoverFolder = seen.getFirst();
        Files.createDirectory(leftoverFolder);
        Files.writeString(leftoverFolder.resolve("half"), "x");
        Files.writeString(folder.resolve(".current.partial-17-42"), "v0000");
        Files.writeString(folder.resolve(".hidden"), "a person's");

        List<String> removed = AtomicFiles.cleanLeftovers(folder);

        assertThat(removed)
                .containsExactlyInAnyOrder(leftoverFolder.getFileName().toString(), ".current.partial-17-42");
        assertThat(names(folder)).containsExactly(".hidden", "v000001");
        assertThat(AtomicFiles.cleanLeftovers(folder.resolve("absent"))).isEmpty();
    }

    @Test
    void deletesAFolderWithoutFollowingLinks() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("keep"), "x");
        Path version = folder.resolve("v000001");
        AtomicFiles.writeFolder(version, temporary -> Files.createSymbolicLink(temporary.resolve("link"), outside));

        AtomicFiles.deleteFolder(version);
        AtomicFiles.deleteFolder(version);

        assertThat(names(folder)).containsExactly("outside");
        assertThat(outside.resolve("keep")).exists();
    }

    @Test
    void ofSeveralWritersOfANewFileOneWins() throws Exception {
        Path file = folder.resolve("once");
        List<Callable<Boolean>> writers = IntStream.range(0, 16)
                .<Callable<Boolean>>mapToObj(
                        i -> () -> AtomicFiles.writeNew(file, ("writer " + i).getBytes(StandardCharsets.UTF_8)))
                .toList();

        int winners = 0;
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> future : executor.invokeAll(writers)) {
                winners += future.get() ? 1 : 0;
            }
        }

        assertThat(winners).isEqualTo(1);
        assertThat(Files.readString(file)).startsWith("writer ");
        assertThat(names(folder)).containsExactly("once");
    }

    private static List<String> names(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }
}
