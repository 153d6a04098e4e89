package rl.ballast.trainer.fetch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import rl.ballast.protocol.role.FetchConfig.Target;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;

/// `sources/digests.json`: what was fetched when the run began, by path below `sources`. Every later start must find
/// the same.
final class DigestFile {
    private static final int FORMAT_VERSION = 1;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    private final Path file;
    private final SortedMap<String, FileDigest> files;

    private record Content(int formatVersion, SortedMap<String, FileDigest> files) {}

    private DigestFile(Path file, SortedMap<String, FileDigest> files) {
        this.file = file;
        this.files = files;
    }

    /// Reads the file, or starts an empty one.
    ///
    /// @throws StoreException.Corrupt if it is not such a file
    static DigestFile open(StoreLayout store) {
        Path file = store.sources().resolve("digests.json");
        if (!Files.exists(file)) {
            return new DigestFile(file, new TreeMap<>());
        }
        try {
            Content content = JSON.readValue(Files.readString(file), Content.class);
            if (content.formatVersion() != FORMAT_VERSION) {
                throw new StoreException.Corrupt(
                        "%s: field formatVersion: expected %d, found %d"
                                .formatted(file, FORMAT_VERSION, content.formatVersion()),
                        null);
            }
            return new DigestFile(file, new TreeMap<>(content.files()));
        } catch (JsonProcessingException e) {
            throw new StoreException.Corrupt(
                    "%s: expected the digests of the sources: %s".formatted(file, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw StoreException.of(file, "read", e);
        }
    }

    /// What is recorded of a target: path below `sources` to digest; empty if it was never fetched.
    SortedMap<String, FileDigest> of(Target target) {
        SortedMap<String, FileDigest> found = new TreeMap<>();
        files.forEach((path, digest) -> {
            if (path.equals(target.fileName()) || path.startsWith(target.fileName() + "/")) {
                found.put(path, digest);
            }
        });
        return found;
    }

    /// Records more files and writes the file atomically.
    void record(Map<String, FileDigest> fetched) {
        files.putAll(fetched);
        try {
            AtomicFiles.write(file, JSON.writeValueAsString(new Content(FORMAT_VERSION, files)) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("digests can always be written", e);
        }
    }
}
