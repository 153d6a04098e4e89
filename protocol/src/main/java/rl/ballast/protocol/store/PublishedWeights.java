package rl.ballast.protocol.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import rl.ballast.protocol.PolicyVersion;

/// The policy versions in a store, and the pointer `weights/current` to the newest. One writer (the learner), any
/// number of readers. A version is complete when its folder holds `manifest.json`; folders come into being by a rename
/// ([AtomicFiles#writeFolder]).
///
/// @param layout the store
public record PublishedWeights(StoreLayout layout) {
    private static final Pattern FOLDER = Pattern.compile("v(\\d{6,18})");
    private static final String MANIFEST = "manifest.json";

    /// The version that `weights/current` names; empty before the first.
    ///
    /// @throws StoreException.Corrupt if the pointer is broken or its version is not complete
    public Optional<PolicyVersion> current() {
        String name;
        try {
            name = Files.readString(layout.current()).strip();
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw StoreException.of(layout.current(), "read", e);
        }
        PolicyVersion version = parse(name)
                .orElseThrow(() -> new StoreException.Corrupt(
                        "%s: expected a version such as v000012, found '%s'".formatted(layout.current(), name), null));
        if (!isComplete(version)) {
            throw new StoreException.Corrupt(
                    "%s: names %s, expected a complete version, found no %s there"
                            .formatted(layout.current(), name, MANIFEST),
                    null);
        }
        return Optional.of(version);
    }

    /// Moves `weights/current` to a complete, newer version.
    ///
    /// @param epoch of the caller; an older one than the store's newest is refused
    /// @throws StoreException.Refused if the version is incomplete or not newer, or the caller was replaced
    public void advance(PolicyVersion version, long epoch) {
        Epochs.of(layout).requireNewest(epoch);
        if (!isComplete(version)) {
            throw new StoreException.Refused("%s: expected a complete version, found no %s; publish it first"
                    .formatted(layout.weights(version), MANIFEST));
        }
        Optional<PolicyVersion> before = current();
        if (before.isPresent() && before.get().compareTo(version) > 0) {
            throw new StoreException.Refused("%s: expected a version newer than %s, found %s"
                    .formatted(layout.current(), before.get().folder(), version.folder()));
        }
        AtomicFiles.write(layout.current(), version.folder() + "\n");
    }

    public boolean isComplete(PolicyVersion version) {
        return Files.isRegularFile(layout.weights(version).resolve(MANIFEST));
    }

    /// Complete versions, ascending.
    public List<PolicyVersion> versions() {
        return folders().stream().filter(this::isComplete).sorted().toList();
    }

    /// The highest version that was ever used here, complete or not; empty in a new store. The next publication takes
    /// the one after it, so that no version is used twice.
    public Optional<PolicyVersion> highestUsed() {
        Optional<PolicyVersion> highest = folders().stream().max(PolicyVersion::compareTo);
        Optional<PolicyVersion> pointed = pointed();
        if (highest.isEmpty() || (pointed.isPresent() && pointed.get().compareTo(highest.get()) > 0)) {
            return pointed;
        }
        return highest;
    }

    private Optional<PolicyVersion> pointed() {
        try {
            return parse(Files.readString(layout.current()).strip());
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw StoreException.of(layout.current(), "read", e);
        }
    }

    private List<PolicyVersion> folders() {
        Path folder = layout.weights();
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> parse(entry.getFileName().toString()))
                    .flatMap(Optional::stream)
                    .toList();
        } catch (IOException e) {
            throw StoreException.of(folder, "list", e);
        }
    }

    private static Optional<PolicyVersion> parse(String name) {
        Matcher matcher = FOLDER.matcher(name);
        return matcher.matches() && Long.parseLong(matcher.group(1)) > 0
                ? Optional.of(new PolicyVersion(Long.parseLong(matcher.group(1))))
                : Optional.empty();
    }
}
