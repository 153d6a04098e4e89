package rl.ballast.trainer.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.role.FetchConfig.Copy;
import rl.ballast.protocol.role.FetchConfig.Item;
import rl.ballast.protocol.role.FetchConfig.Target;
import rl.ballast.protocol.run.Source.RandomModel;
import rl.ballast.protocol.run.Source.Url;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.trainer.LearnerFailure;

/// Puts every source of a run into `sources`. What is there already and intact stays; a source that is not what it was
/// when the run began is refused. Files and digests appear so that a crash at any point leaves a state that the next
/// start completes: the digest is recorded before the file gets its name.
public final class Fetcher {
    private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);
    private static final long MAX_DATA_BYTES = 8L << 30;
    private static final long MAX_MODEL_BYTES = 1L << 40;
    /// A source that is still there is compared by digest up to this size, by size above it.
    private static final long COMPARE_BYTES = 64L << 20;

    private final StoreLayout store;
    private final FetchConfig config;
    private final HttpsDownload download;
    private final ModelFolder models;

    public Fetcher(FetchConfig config, RandomModels randomModels) {
        this(config, randomModels, HttpsDownload.standard());
    }

    Fetcher(FetchConfig config, RandomModels randomModels, HttpsDownload download) {
        this.store = new StoreLayout(Path.of(config.store()));
        this.config = config;
        this.models = new ModelFolder(config.demand(), randomModels, MAX_MODEL_BYTES);
        this.download = download;
    }

    /// @throws LearnerFailure naming the source, with the exit code that says whether another attempt may help
    /// @throws StoreException if the store cannot be written
    public void run() {
        if (config.adopt()) {
            StoreAdoption.adopt(store, config.run());
        }
        AtomicFiles.cleanLeftovers(store.sources());
        DigestFile digests = DigestFile.open(store);
        for (Item item : config.items()) {
            Path target = item.target().in(store);
            SortedMap<String, FileDigest> recorded = digests.of(item.target());
            if (Files.exists(target) && recorded.isEmpty()) {
                throw new LearnerFailure(
                        ExitCode.STORE_REFUSED,
                        "%s: is there, but digests.json knows nothing of it; remove it, or choose another store"
                                .formatted(target));
            }
            if (!recorded.isEmpty() && contentOf(item.target()).equals(recorded)) {
                refuseChangedSource(item, recorded);
                LOG.atInfo().addKeyValue("source", target).log("source is already in the store");
            } else {
                fetch(item, target, recorded, digests);
            }
        }
    }

    private void fetch(Item item, Path target, SortedMap<String, FileDigest> recorded, DigestFile digests) {
        if (Files.isDirectory(target)) {
            AtomicFiles.deleteFolder(target);
        }
        if (item.target() == Target.MODEL) {
            fetchModel(item, target, recorded, digests);
        } else {
            fetchData(item, target, recorded, digests);
        }
        LOG.atInfo().addKeyValue("source", target).log("source fetched");
    }

    private void fetchModel(Item item, Path target, SortedMap<String, FileDigest> recorded, DigestFile digests) {
        Path archive = store.sources().resolve("model.zip");
        Url url = item.url();
        if (url != null) {
            AtomicFiles.write(archive, out -> download.to(out, url, MAX_MODEL_BYTES, label(item)));
        }
        try {
            AtomicFiles.writeFolder(target, folder -> {
                models.fill(item, folder, archive, recorded.isEmpty());
                accept(item, digestsOf(folder, Target.MODEL), recorded, digests);
            });
        } finally {
            delete(archive);
        }
    }

    private void fetchData(Item item, Path target, SortedMap<String, FileDigest> recorded, DigestFile digests) {
        AtomicFiles.write(target, out -> {
            Url url = item.url();
            FileDigest digest = url == null ? copyData(item, out) : download.to(out, url, MAX_DATA_BYTES, label(item));
            if (digest.bytes() == 0) {
                throw new LearnerFailure(ExitCode.CONFIGURATION, "%s: the file is empty".formatted(label(item)));
            }
            accept(item, new TreeMap<>(Map.of(item.target().fileName(), digest)), recorded, digests);
        });
    }

    private static FileDigest copyData(Item item, OutputStream out) throws IOException {
        Path source = Boundary.resolve(Objects.requireNonNull(item.copy()), label(item));
        if (!Files.isRegularFile(source)) {
            throw new LearnerFailure(
                    ExitCode.CONFIGURATION,
                    "%s: expected a JSONL file, found the folder %s".formatted(label(item), source));
        }
        try (InputStream in = Files.newInputStream(source)) {
            return FileDigest.copy(in, out);
        } catch (AccessDeniedException e) {
            throw Boundary.unreadable(label(item), source, e);
        }
    }

    /// Records what was fetched, unless the run began with something else.
    private static void accept(
            Item item,
            SortedMap<String, FileDigest> fetched,
            SortedMap<String, FileDigest> recorded,
            DigestFile digests) {
        if (recorded.isEmpty()) {
            digests.record(fetched);
        } else if (!fetched.equals(recorded)) {
            throw changed(item, fetched, recorded);
        }
    }

    /// A source that can still be seen must be what it was; one that is gone is no longer needed.
    private void refuseChangedSource(Item item, SortedMap<String, FileDigest> recorded) {
        RandomModel random = item.random();
        if (random != null) {
            refuseChangedRandom(item, random, recorded);
            return;
        }
        Copy copy = item.copy();
        if (copy == null || !Files.exists(Path.of(copy.root()).resolve(copy.path()))) {
            return;
        }
        Path source = Boundary.resolve(copy, label(item));
        SortedMap<String, FileDigest> found = new TreeMap<>();
        if (item.target() == Target.MODEL) {
            Boundary.modelFiles(source, label(item))
                    .forEach((name, file) -> compare(Target.MODEL.fileName() + "/" + name, file, recorded, found));
        } else {
            compare(item.target().fileName(), source, recorded, found);
        }
        if (!found.equals(recorded)) {
            throw changed(item, found, recorded);
        }
    }

    /// A random model is made again: the same preset and seed give the same bytes.
    private void refuseChangedRandom(Item item, RandomModel random, SortedMap<String, FileDigest> recorded) {
        Path scratch = store.sources().resolve("model.compare");
        try {
            if (Files.isDirectory(scratch)) {
                AtomicFiles.deleteFolder(scratch);
            }
            Files.createDirectory(scratch);
            models.make(random, scratch, label(item));
            SortedMap<String, FileDigest> found = digestsOf(scratch, Target.MODEL);
            if (!found.equals(recorded)) {
                throw changed(item, found, recorded);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + scratch, e);
        } finally {
            if (Files.isDirectory(scratch)) {
                AtomicFiles.deleteFolder(scratch);
            }
        }
    }

    private static void compare(
            String name, Path file, SortedMap<String, FileDigest> recorded, SortedMap<String, FileDigest> found) {
        try {
            FileDigest before = recorded.get(name);
            boolean same = before != null && before.bytes() > COMPARE_BYTES && before.bytes() == Files.size(file);
            found.put(name, same ? before : FileDigest.of(file));
        } catch (IOException e) {
            throw Boundary.unreadable(name, file, e);
        }
    }

    private SortedMap<String, FileDigest> contentOf(Target target) {
        Path path = target.in(store);
        SortedMap<String, FileDigest> content = new TreeMap<>();
        try {
            if (Files.isDirectory(path)) {
                return digestsOf(path, target);
            }
            if (Files.exists(path)) {
                content.put(target.fileName(), FileDigest.of(path));
            }
            return content;
        } catch (IOException e) {
            throw StoreException.of(path, "read", e);
        }
    }

    private static SortedMap<String, FileDigest> digestsOf(Path folder, Target target) throws IOException {
        SortedMap<String, FileDigest> digests = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                digests.put(target.fileName() + "/" + file.getFileName(), FileDigest.of(file));
            }
        }
        return digests;
    }

    private static LearnerFailure changed(
            Item item, SortedMap<String, FileDigest> found, SortedMap<String, FileDigest> recorded) {
        String differences = Stream.concat(found.keySet().stream(), recorded.keySet().stream())
                .distinct()
                .filter(name -> !Objects.equals(found.get(name), recorded.get(name)))
                .limit(3)
                .map(name -> "%s: recorded %s, found %s"
                        .formatted(name, orNothing(recorded.get(name)), orNothing(found.get(name))))
                .collect(Collectors.joining("; "));
        return new LearnerFailure(
                ExitCode.CORRUPT,
                "%s: the source is not what it was when the run began (%s); put it back, or begin a new run"
                        .formatted(label(item), differences));
    }

    private static String orNothing(@Nullable FileDigest digest) {
        return digest == null ? "nothing" : digest.toString();
    }

    static String label(Item item) {
        return "source of " + item.target().fileName();
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StoreException.of(file, "delete", e);
        }
    }
}
