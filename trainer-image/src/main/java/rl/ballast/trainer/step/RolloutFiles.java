package rl.ballast.trainer.step;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.trainer.rollouts.JudgedFile;
import rl.ballast.trainer.rollouts.JudgedStep;
import rl.ballast.trainer.store.RunStore;

/// The folder `rollouts`. Nothing judged is lost silently: what is not trained on is set aside under `dropped/` and
/// reported in `events.jsonl`, with the reason.
final class RolloutFiles {
    private static final Pattern STEP = Pattern.compile("step-(\\d{6,9})\\b.*\\.jsonl");

    private final RunStore store;

    RolloutFiles(RunStore store) {
        this.store = store;
    }

    Path file(int step) {
        return store.layout().rollouts(step);
    }

    void write(JudgedStep judged) {
        JudgedFile.write(file(judged.header().step()), judged);
    }

    /// Sets a whole step aside, because it is of a lineage that was given up.
    void drop(JudgedStep judged, String why) {
        Path file = file(judged.header().step());
        Path aside = aside(judged, "");
        try {
            Files.createDirectories(dropped());
            Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
            AtomicFiles.sync(dropped());
        } catch (IOException e) {
            throw StoreException.of(aside, "move " + file, e);
        }
        report("DiscardedLineage", judged, why);
    }

    /// Copies some groups of a step aside, because their routing traces cannot be used. The step's file stays until
    /// another takes its place.
    void drop(JudgedStep judged, Set<Integer> groups, String why) {
        JudgedStep dropped = judged.only(groups);
        JudgedFile.write(aside(judged, "-traces"), dropped);
        report("TraceCorrupt", dropped, why);
    }

    /// Removes what was kept of the steps up to `step`, dropped or not.
    void removeUpTo(int step) {
        for (Path folder : List.of(store.layout().rollouts(), dropped())) {
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try (Stream<Path> entries = Files.list(folder)) {
                for (Path file : (Iterable<Path>) entries::iterator) {
                    Matcher name = STEP.matcher(file.getFileName().toString());
                    if (name.matches() && Integer.parseInt(name.group(1)) <= step) {
                        Files.delete(file);
                    }
                }
            } catch (IOException e) {
                throw StoreException.of(folder, "remove old rollouts from", e);
            }
        }
    }

    private Path dropped() {
        return store.layout().rollouts().resolve("dropped");
    }

    private Path aside(JudgedStep judged, String kind) {
        var header = judged.header();
        return dropped()
                .resolve("step-%06d-%s-epoch-%d%s.jsonl"
                        .formatted(
                                header.step(),
                                new PolicyVersion(header.policyVersion()).folder(),
                                store.epoch(),
                                kind));
    }

    private void report(String reason, JudgedStep dropped, String why) {
        store.event(
                "RolloutsDropped",
                reason,
                "step %d: %d judged groups were not trained: %s; kept in rollouts/dropped, generated again with the same seeds"
                        .formatted(dropped.header().step(), dropped.header().groups(), why));
    }
}
