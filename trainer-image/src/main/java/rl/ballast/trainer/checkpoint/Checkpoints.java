package rl.ballast.trainer.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.trainer.LearnerFailure;

/// The checkpoints of a run: folders `step-N` and, during the cold start, `coldstart-N`; complete or absent. A digest
/// of every file is checked before it is used.
public final class Checkpoints {
    static final int FORMAT_VERSION = 1;
    static final String STATE = "checkpoint.json";
    private static final Pattern NAME = Pattern.compile("coldstart-\\d{6,}|step-\\d{6,}");
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final StoreLayout layout;

    public Checkpoints(StoreLayout layout) {
        this.layout = layout;
    }

    /// Content of `checkpoint.json`.
    ///
    /// @param sha256 hex digest by file name
    record Content(
            @JsonProperty("formatVersion") int formatVersion,
            @JsonProperty("state") CheckpointState state,
            @JsonProperty("sha256") Map<String, String> sha256) {}

    /// Complete checkpoints, oldest first: those of the cold start, then those of steps.
    public List<Path> list() {
        if (!Files.isDirectory(layout.checkpoints())) {
            return List.of();
        }
        try (var entries = Files.list(layout.checkpoints())) {
            return entries.filter(entry ->
                            NAME.matcher(entry.getFileName().toString()).matches())
                    .sorted(Comparator.comparing(entry -> entry.getFileName().toString()))
                    .toList();
        } catch (IOException e) {
            throw StoreException.of(layout.checkpoints(), "list", e);
        }
    }

    public Optional<Path> newest() {
        List<Path> all = list();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /// Writes a checkpoint; a complete one of the same name stays as it is.
    public Path write(CheckpointState state, TrainedTensors tensors) {
        Path folder = folder(state);
        if (Files.exists(folder)) {
            return folder;
        }
        AtomicFiles.writeFolder(folder, temporary -> {
            tensors.write(temporary);
            var digests = new TreeMap<String, String>();
            for (String file : TrainedTensors.FILES) {
                digests.put(file, sha256(temporary.resolve(file)));
            }
            AtomicFiles.write(
                    temporary.resolve(STATE),
                    MAPPER.writerWithDefaultPrettyPrinter()
                            .writeValueAsBytes(new Content(FORMAT_VERSION, state, digests)));
        });
        return folder;
    }

    /// Copies a checkpoint's tensors into `tensors` and returns its state.
    ///
    /// @throws LearnerFailure with `CORRUPT` naming the file
    public CheckpointState restore(Path folder, TrainedTensors tensors) {
        Content content = content(folder);
        for (String file : TrainedTensors.FILES) {
            String expected = content.sha256().get(file);
            String found = digest(folder.resolve(file));
            if (!found.equals(expected)) {
                throw corrupt(folder.resolve(file), "sha256: expected %s, found %s".formatted(expected, found), null);
            }
        }
        tensors.read(folder);
        return content.state();
    }

    /// The state of a checkpoint without its tensors.
    public CheckpointState state(Path folder) {
        return content(folder).state();
    }

    /// Removes all but the newest.
    ///
    /// @return those that stay, oldest first
    public List<Path> keepNewest(int keep) {
        List<Path> all = list();
        int doomed = Math.max(0, all.size() - keep);
        all.subList(0, doomed).forEach(AtomicFiles::deleteFolder);
        return all.subList(doomed, all.size());
    }

    private Path folder(CheckpointState state) {
        return state.step() > 0
                ? layout.checkpoint(state.step())
                : layout.checkpoints().resolve("coldstart-%06d".formatted(state.coldStartUpdates()));
    }

    private static Content content(Path folder) {
        Path file = folder.resolve(STATE);
        try {
            Content content = MAPPER.readValue(Files.readAllBytes(file), Content.class);
            if (content.formatVersion() != FORMAT_VERSION || content.state() == null || content.sha256() == null) {
                throw corrupt(
                        file,
                        "expected formatVersion %d with state and sha256, found formatVersion %d"
                                .formatted(FORMAT_VERSION, content.formatVersion()),
                        null);
            }
            return content;
        } catch (JsonProcessingException e) {
            throw corrupt(file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw corrupt(file, e.toString(), e);
        }
    }

    private static String digest(Path file) {
        try {
            return sha256(file);
        } catch (IOException e) {
            throw corrupt(file, e.toString(), e);
        }
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            var chunk = new byte[1 << 16];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static LearnerFailure corrupt(Path file, String what, @org.jspecify.annotations.Nullable Throwable cause) {
        return new LearnerFailure(
                ExitCode.CORRUPT,
                "checkpoint %s: %s. Remove that checkpoint's folder to resume from the one before it"
                        .formatted(file, what),
                cause);
    }
}
