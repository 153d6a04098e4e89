package rl.ballast.protocol.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// An exclusive lock on a run's folder for processes of one machine (local mode; on a cluster epochs do this). The
/// operating system releases it when the process ends, however it ends. The file stays; its content names the holder.
///
/// The holding process must not open the file again: closing any descriptor of it releases the lock.
public final class StoreLock implements AutoCloseable {
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;

    private StoreLock(Path file, FileChannel channel, FileLock lock) {
        this.file = file;
        this.channel = channel;
        this.lock = lock;
    }

    /// Takes the learner's lock or fails at once.
    ///
    /// @throws StoreException.Refused if a process holds it; the message has its id
    public static StoreLock take(StoreLayout layout) {
        return take(layout.root(), layout.lock());
    }

    /// Takes the launcher's lock or fails at once. It is apart from the learner's, which the launcher's child holds.
    ///
    /// @throws StoreException.Refused if a process holds it; the message has its id
    public static StoreLock takeForLaunch(StoreLayout layout) {
        return take(layout.root(), layout.launchLock());
    }

    private static StoreLock take(Path root, Path named) {
        try {
            Files.createDirectories(root);
            Path file = root.toRealPath().resolve(named.getFileName());
            if (!HELD_HERE.add(file)) {
                throw refused(
                        root,
                        "this process (%d)".formatted(ProcessHandle.current().pid()));
            }
            StoreLock taken = null;
            try {
                taken = lock(file, root);
                return taken;
            } finally {
                if (taken == null) {
                    HELD_HERE.remove(file);
                }
            }
        } catch (IOException e) {
            throw StoreException.of(named, "lock", e);
        }
    }

    private static StoreLock lock(Path file, Path root) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        @Nullable FileLock lock = null;
        try {
            lock = channel.tryLock();
            if (lock == null) {
                throw refused(root, "process " + holder(channel));
            }
            String holder = "%d\n".formatted(ProcessHandle.current().pid());
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
            return new StoreLock(file, channel, lock);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(32);
        channel.read(content, 0);
        String pid = StandardCharsets.UTF_8.decode(content.flip()).toString().strip();
        return pid.isEmpty() ? "of unknown id" : pid;
    }

    private static StoreException.Refused refused(Path root, String holder) {
        return new StoreException.Refused(
                "%s: expected a free run folder, found it in use by %s; wait for it to end, stop it, or choose another folder"
                        .formatted(root, holder));
    }

    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw StoreException.of(file, "unlock", e);
        } finally {
            HELD_HERE.remove(file);
        }
    }
}
