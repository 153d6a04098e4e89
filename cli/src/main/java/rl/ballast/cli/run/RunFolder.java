package rl.ballast.cli.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.store.StoreLayout;

/// The folder of a local run, and the run's uid.
///
/// @param exists whether a run already lies there
record RunFolder(Path path, String uid, boolean exists) {
    /// What a run leaves that stopped before its learner began.
    private static final Set<String> OURS = Set.of("roles", "logs", "sources", "launch.lock");

    /// Chooses the folder: `out` if given, else `runs/NAME-UID8` below the working directory; to resume, the newest of
    /// that name.
    ///
    /// @throws IOException with a message for the person if there is nothing to resume, or something is
    /// in the way
    static RunFolder choose(@Nullable Path out, String name, boolean resume, Path workingDirectory) throws IOException {
        if (out != null) {
            Path folder = out.toAbsolutePath().normalize();
            boolean run = Files.exists(new StoreLayout(folder).identity());
            if (run && !resume) {
                throw new IOException(
                        "%s: a run lies there already; go on with --resume, or choose another --out".formatted(out));
            }
            if (!run && Files.isDirectory(folder) && !isEmptyOrOurs(folder)) {
                throw new IOException(
                        "%s: the folder is not empty and holds no run; choose another --out".formatted(out));
            }
            if (!run && resume && !Files.isDirectory(folder.resolve("roles"))) {
                throw new IOException("%s: no run lies there, so there is nothing to resume".formatted(out));
            }
            return new RunFolder(folder, run ? uidOf(folder) : UUID.randomUUID().toString(), run);
        }
        Path runs = workingDirectory.toAbsolutePath().normalize().resolve("runs");
        if (resume) {
            Path newest = newest(runs, name);
            return new RunFolder(newest, uidOf(newest), true);
        }
        String uid = UUID.randomUUID().toString();
        return new RunFolder(runs.resolve(name + "-" + uid.substring(0, 8)), uid, false);
    }

    private static Path newest(Path runs, String name) throws IOException {
        if (Files.isDirectory(runs)) {
            try (Stream<Path> folders = Files.list(runs)) {
                List<Path> candidates = folders.filter(
                                folder -> folder.getFileName().toString().matches(name + "-[0-9a-f]{8}"))
                        .filter(folder -> Files.exists(new StoreLayout(folder).identity()))
                        .sorted(Comparator.comparing(RunFolder::modified))
                        .toList();
                if (!candidates.isEmpty()) {
                    return candidates.getLast();
                }
            }
        }
        throw new IOException(
                "%s: no run named '%s' to resume; start it without --resume, or say where it lies with --out"
                        .formatted(runs, name));
    }

    private static FileTime modified(Path folder) {
        try {
            return Files.getLastModifiedTime(new StoreLayout(folder).identity());
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }

    private static String uidOf(Path folder) throws IOException {
        Path file = new StoreLayout(folder).identity();
        JsonNode uid = new ObjectMapper()
                .readTree(Files.readString(file, StandardCharsets.UTF_8))
                .path("uid");
        if (!uid.isTextual()) {
            throw new IOException("%s: field uid: expected a string, found %s".formatted(file, uid));
        }
        return uid.asText();
    }

    /// True for an empty folder and for one in which a run stopped before it had an identity.
    private static boolean isEmptyOrOurs(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).allMatch(entry -> OURS.contains(entry));
        }
    }
}
