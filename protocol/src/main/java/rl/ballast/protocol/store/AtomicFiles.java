package rl.ballast.protocol.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/// Files and folders that are complete or absent, whatever happens in between: written to a temporary name beside the
/// target, flushed to disk, renamed, and the folder that holds the name flushed too. A crash leaves the earlier state
/// and at most a temporary name, which readers ignore and [#cleanLeftovers] removes.
///
/// Thread-safe; two writers of one name do not disturb each other, the later rename stays. All failures are
/// [StoreException]s.
public final class AtomicFiles {
    private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.partial-\\d+-\\d+");
    private static final AtomicLong COUNTER = new AtomicLong();
    private static final Opener CREATE =
            path -> FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

    private AtomicFiles() {}

    /// Writes the content of a file.
    @FunctionalInterface
    public interface FileBody {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Fills a folder.
    @FunctionalInterface
    public interface FolderBody {
        void fill(Path folder) throws IOException;
    }

    /// Opens a new file; tests put a full disk here.
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path) throws IOException;
    }

    /// Writes or replaces a file. Missing parent folders are made.
    public static void write(Path file, byte[] content) {
        write(file, out -> out.write(content));
    }

    /// Writes or replaces a file, in UTF-8.
    public static void write(Path file, String content) {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /// Writes or replaces a file. The stream is buffered by the caller if it needs to be.
    public static void write(Path file, FileBody body) {
        write(file, body, CREATE);
    }

    static void write(Path file, FileBody body, Opener opener) {
        Path temporary = writeTemporary(file, body, opener);
        try {
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            sync(parent(file));
        } catch (IOException e) {
            throw abandon(temporary, file, e);
        }
    }

    /// Writes a file that must not exist yet: of several writers, one wins.
    ///
    /// @return false if the file exists already; it is left as it is
    public static boolean writeNew(Path file, byte[] content) {
        Path temporary = writeTemporary(file, out -> out.write(content), CREATE);
        try {
            Files.createLink(file, temporary);
            Files.delete(temporary);
            sync(parent(file));
            return true;
        } catch (FileAlreadyExistsException e) {
            deleteQuietly(temporary);
            return false;
        } catch (IOException | UnsupportedOperationException e) {
            return moveWithoutLinks(temporary, file);
        }
    }

    /// Makes a folder with everything in it. `body` fills a temporary folder, which is then flushed, file by file, and
    /// renamed.
    ///
    /// @throws StoreException.Refused if `folder` exists
    public static void writeFolder(Path folder, FolderBody body) {
        if (Files.exists(folder)) {
            throw new StoreException.Refused(
                    "%s: expected no such folder yet, found one; complete folders are never overwritten"
                            .formatted(folder));
        }
        Path temporary = temporary(folder);
        try {
            Files.createDirectories(parent(folder));
            Files.createDirectory(temporary);
            body.fill(temporary);
            syncTree(temporary);
            Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
            sync(parent(folder));
        } catch (IOException e) {
            throw abandon(temporary, folder, e);
        } catch (RuntimeException e) {
            deleteQuietly(temporary);
            throw e;
        }
    }

    /// Removes a folder so that at no moment a part of it stands under its name. Does nothing if it is absent.
    public static void deleteFolder(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        Path temporary = temporary(folder);
        try {
            Files.move(folder, temporary, StandardCopyOption.ATOMIC_MOVE);
            sync(parent(folder));
            deleteTree(temporary);
        } catch (IOException e) {
            throw StoreException.of(folder, "delete", e);
        }
    }

    /// Removes what crashed writers left directly in `folder`. Call it while nobody writes there.
    ///
    /// @return names that were removed
    public static List<String> cleanLeftovers(Path folder) {
        List<String> removed = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return removed;
        }
        try (var entries = Files.newDirectoryStream(folder, AtomicFiles::isTemporary)) {
            for (Path entry : entries) {
                deleteTree(entry);
                removed.add(entry.getFileName().toString());
            }
        } catch (IOException e) {
            throw StoreException.of(folder, "clean", e);
        }
        removed.sort(null);
        return removed;
    }

    /// Whether this is a temporary name of an unfinished write.
    public static boolean isTemporary(Path path) {
        Path name = path.getFileName();
        return name != null && TEMPORARY.matcher(name.toString()).matches();
    }

    /// Flushes a folder's names to disk.
    public static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path writeTemporary(Path file, FileBody body, Opener opener) {
        Path temporary = temporary(file);
        try {
            Files.createDirectories(parent(file));
            try (FileChannel channel = opener.open(temporary);
                    OutputStream out = Channels.newOutputStream(channel)) {
                body.writeTo(out);
                out.flush();
                channel.force(true);
            }
            return temporary;
        } catch (IOException e) {
            throw abandon(temporary, file, e);
        } catch (RuntimeException e) {
            deleteQuietly(temporary);
            throw e;
        }
    }

    /// For volumes without hard links: not exclusive against a writer in the same instant.
    private static boolean moveWithoutLinks(Path temporary, Path file) {
        try {
            if (Files.exists(file)) {
                Files.deleteIfExists(temporary);
                return false;
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
            sync(parent(file));
            return true;
        } catch (IOException e) {
            throw abandon(temporary, file, e);
        }
    }

    private static void syncTree(Path folder) throws IOException {
        try (var entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry)) {
                    syncTree(entry);
                } else {
                    sync(entry);
                }
            }
        }
        sync(folder);
    }

    private static void deleteTree(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (var entries = Files.newDirectoryStream(path)) {
                for (Path entry : entries) {
                    deleteTree(entry);
                }
            }
        }
        Files.deleteIfExists(path);
    }

    private static StoreException abandon(Path temporary, Path target, IOException cause) {
        deleteQuietly(temporary);
        return StoreException.of(target, "write", cause);
    }

    /// The failure that led here is the one to report; what stays behind is a leftover like after a crash.
    private static void deleteQuietly(Path temporary) {
        try {
            deleteTree(temporary);
        } catch (IOException _) {
            return;
        }
    }

    private static Path temporary(Path target) {
        return parent(target)
                .resolve(".%s.partial-%d-%d"
                        .formatted(target.getFileName(), ProcessHandle.current().pid(), uniqueNumber()));
    }

    /// Time as well as a counter: on a shared volume two processes may have the same id.
    private static long uniqueNumber() {
        return (System.nanoTime() & 0x7fff_ffff_ffffL) * 1000 + COUNTER.getAndIncrement() % 1000;
    }

    private static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("%s: expected a path inside a folder".formatted(path));
        }
        return parent;
    }
}
