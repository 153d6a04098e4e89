package rl.ballast.protocol.store;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// `run.json`: whose folder this is. Written once, atomically; rewritten only by an adoption.
///
/// @param uid of the run
/// @param specDigest SHA-256 (hex) of the defaulted spec without fields that may change during a run
/// @param modelDigest SHA-256 (hex) of the initial model
/// @param createdAt ISO 8601, of the folder; kept by an adoption
/// @param formatVersion of the folder's layout
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunIdentity(
        String uid, String name, String specDigest, String modelDigest, String createdAt, int formatVersion) {
    /// The layout that this program writes and reads.
    public static final int FORMAT_VERSION = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    /// Which differences between a folder and the run that opens it are accepted. The model may never differ.
    public enum Adoption {
        /// Only the run that made the folder.
        NONE,
        /// Another run of the same spec.
        SAME_SPEC,
        /// Another run with a changed spec.
        CHANGED_SPEC;

        private boolean accepts(String field) {
            return switch (this) {
                case NONE -> false;
                case SAME_SPEC -> field.equals("uid") || field.equals("name");
                case CHANGED_SPEC -> !field.equals("modelDigest");
            };
        }
    }

    /// What opening found.
    ///
    /// @param identity now in the folder
    /// @param created whether the folder was new
    /// @param adopted fields that were changed by adopting the folder, as `field: from -> to`
    public record Opened(RunIdentity identity, boolean created, List<String> adopted) {
        public Opened {
            adopted = List.copyOf(adopted);
        }
    }

    /// Claims a new folder, or opens one that belongs to `mine`.
    ///
    /// @throws StoreException.Refused if the folder belongs to another run or model, or has a newer format
    /// @throws StoreException.Corrupt if `run.json` cannot be understood
    public static Opened open(StoreLayout layout, RunIdentity mine, Adoption adoption) {
        Path file = layout.identity();
        if (AtomicFiles.writeNew(file, mine.toJson())) {
            return new Opened(mine, true, List.of());
        }
        RunIdentity found = read(file);
        List<Difference> differences = found.differences(mine);
        refuse(
                file,
                differences.stream()
                        .filter(difference -> !adoption.accepts(difference.field))
                        .toList());
        List<String> adopted = differences.stream()
                .map(d -> "%s: %s -> %s".formatted(d.field, d.found, d.expected))
                .toList();
        if (adopted.isEmpty()) {
            return new Opened(found, false, adopted);
        }
        RunIdentity now = new RunIdentity(
                mine.uid, mine.name, mine.specDigest, found.modelDigest, found.createdAt, FORMAT_VERSION);
        AtomicFiles.write(file, now.toJson());
        return new Opened(now, false, adopted);
    }

    /// Reads `run.json`.
    ///
    /// @throws StoreException.Refused if it has another format version
    public static RunIdentity read(Path file) {
        try {
            RunIdentity identity = JSON.readValue(Files.readAllBytes(file), RunIdentity.class);
            identity.requireComplete(file);
            return identity;
        } catch (JsonProcessingException e) {
            throw new StoreException.Corrupt(
                    "%s: expected a run identity as JSON, found: %s".formatted(file, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw StoreException.of(file, "read", e);
        }
    }

    private void requireComplete(Path file) {
        if (formatVersion != FORMAT_VERSION) {
            throw new StoreException.Refused(
                    "%s: formatVersion: expected %d, found %d; use the Ballast version that wrote this folder"
                            .formatted(file, FORMAT_VERSION, formatVersion));
        }
        if (uid == null || name == null || specDigest == null || modelDigest == null || createdAt == null) {
            throw new StoreException.Corrupt(
                    "%s: expected uid, name, specDigest, modelDigest and createdAt, found %s".formatted(file, this),
                    null);
        }
    }

    private record Difference(String field, String expected, String found) {}

    private List<Difference> differences(RunIdentity mine) {
        return Stream.of(
                        new Difference("uid", mine.uid, uid),
                        new Difference("name", mine.name, name),
                        new Difference("specDigest", mine.specDigest, specDigest),
                        new Difference("modelDigest", mine.modelDigest, modelDigest))
                .filter(difference -> !difference.expected.equals(difference.found))
                .toList();
    }

    private static void refuse(Path file, List<Difference> differences) {
        if (differences.isEmpty()) {
            return;
        }
        Difference first = differences.getFirst();
        String remedy = differences.stream().anyMatch(d -> d.field.equals("modelDigest"))
                ? "this folder was trained from another model; choose another folder"
                : "this folder belongs to another run; choose another folder, or take it over with --resume or storage.adopt";
        throw new StoreException.Refused(
                "%s: %s: expected %s, found %s; %s".formatted(file, first.field, first.expected, first.found, remedy));
    }

    private byte[] toJson() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a run identity is always JSON", e);
        }
    }
}
