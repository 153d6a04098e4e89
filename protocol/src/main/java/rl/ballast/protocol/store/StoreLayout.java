package rl.ballast.protocol.store;

import java.nio.file.Path;
import rl.ballast.protocol.PolicyVersion;

/// Where things lie in a run's folder (section 4 of the design).
///
/// @param root the run's folder
public record StoreLayout(Path root) {
    public Path identity() {
        return root.resolve("run.json");
    }

    public Path lock() {
        return root.resolve("run.lock");
    }

    /// Held by the program that starts the processes of a local run.
    public Path launchLock() {
        return root.resolve("launch.lock");
    }

    public Path epochs() {
        return root.resolve("epochs");
    }

    public Path sources() {
        return root.resolve("sources");
    }

    public Path weights() {
        return root.resolve("weights");
    }

    public Path weights(PolicyVersion version) {
        return weights().resolve(version.folder());
    }

    /// A small file that holds the folder name of the newest complete version.
    public Path current() {
        return weights().resolve("current");
    }

    public Path traces(PolicyVersion version) {
        return root.resolve("traces").resolve(version.folder());
    }

    public Path rollouts() {
        return root.resolve("rollouts");
    }

    public Path rollouts(int step) {
        return rollouts().resolve("step-%06d.jsonl".formatted(step));
    }

    public Path checkpoints() {
        return root.resolve("checkpoints");
    }

    public Path checkpoint(int step) {
        return checkpoints().resolve("step-%06d".formatted(step));
    }

    public Path metrics() {
        return root.resolve("metrics.jsonl");
    }

    public Path coldStartMetrics() {
        return root.resolve("coldstart.jsonl");
    }

    public Path events() {
        return root.resolve("events.jsonl");
    }

    /// Resolves a store-relative path of a peer and refuses one that leaves the store.
    ///
    /// @throws IllegalArgumentException if `relative` is absolute or escapes
    public Path inside(String relative) {
        Path resolved = root.resolve(relative).normalize();
        if (Path.of(relative).isAbsolute() || !resolved.startsWith(root.normalize())) {
            throw new IllegalArgumentException("path '%s' leaves the store".formatted(relative));
        }
        return resolved;
    }
}
