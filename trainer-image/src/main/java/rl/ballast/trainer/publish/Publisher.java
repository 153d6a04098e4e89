package rl.ballast.trainer.publish;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.PublishedWeights;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.trainer.store.RunStore;

/// Makes policy versions of the learner's weights, and removes old ones. A version number is never used twice, and
/// engines only ever move to higher ones: after a restart, the newest version is kept if it holds the restored weights;
/// else they are published again under the next number.
public final class Publisher {
    private final RunStore store;
    private final PublishedWeights published;
    private final VersionFormat format;

    public Publisher(RunStore store, VersionFormat format) {
        this.store = store;
        this.published = new PublishedWeights(store.layout());
        this.format = format;
    }

    /// A published version.
    ///
    /// @param weights digest of its weights: what was sampled from another version of the same digest was sampled
    ///        from this one
    public record Place(PolicyVersion version, String weights) {}

    /// Publishes the weights of now, unless the newest version holds them already, and points `weights/current` at
    /// them.
    ///
    /// @param step that they are the result of
    /// @param parent version that the step sampled from
    public Place publish(int step, Optional<Long> parent) {
        store.requireOwned();
        Optional<PolicyVersion> highest = published.highestUsed();
        PolicyVersion version;
        if (highest.isPresent() && holds(highest.get(), step)) {
            version = highest.get();
            published.advance(version, store.epoch());
        } else {
            version = highest.map(PolicyVersion::next).orElse(new PolicyVersion(1));
            format.write(version, step, parent.map(PolicyVersion::new), store.epoch());
        }
        return new Place(version, format.weightsDigest(store.layout().weights(version)));
    }

    private boolean holds(PolicyVersion version, int step) {
        Path folder = store.layout().weights(version);
        return published.versions().contains(version) && format.step(folder) == step && format.holdsWeights(folder);
    }

    public WeightsAnnouncement announcement(PolicyVersion version) {
        return new WeightsAnnouncement(
                store.epoch(),
                version.value(),
                "weights/" + version.folder(),
                format.manifestSha256(store.layout().weights(version)));
    }

    /// Removes versions that are neither current, nor among the newest, nor reported by an engine.
    public void removeVersions(PolicyVersion current, int keep, List<Long> reported) {
        List<PolicyVersion> all = published.versions();
        Set<Long> needed = new HashSet<>(reported);
        needed.add(current.value());
        all.reversed().stream().limit(keep).forEach(version -> needed.add(version.value()));
        all.stream()
                .filter(version -> !needed.contains(version.value()))
                .forEach(version -> AtomicFiles.deleteFolder(store.layout().weights(version)));
    }

    /// Removes routing traces of versions below `oldest`.
    public void removeTraces(long oldest) {
        Path traces = store.layout().root().resolve("traces");
        if (!Files.isDirectory(traces)) {
            return;
        }
        try (var entries = Files.list(traces)) {
            String first = new PolicyVersion(Math.max(1, oldest)).folder();
            entries.filter(entry -> {
                        String name = entry.getFileName().toString();
                        return name.matches("v\\d{6}") && name.compareTo(first) < 0;
                    })
                    .forEach(AtomicFiles::deleteFolder);
        } catch (IOException e) {
            throw StoreException.of(traces, "list", e);
        }
    }
}
