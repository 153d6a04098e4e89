package rl.ballast.trainer.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.FetchConfig.Copy;
import rl.ballast.trainer.LearnerFailure;

/// A folder that a source may not leave, neither by `..` nor by a link.
final class Boundary {
    static final String CONFIG = "config.json";
    /// Says what a model is before its weights follow.
    static final Comparator<String> CONFIG_FIRST =
            Comparator.comparing((String name) -> !name.equals(CONFIG)).thenComparing(Comparator.naturalOrder());

    private static final int MAX_FILES = 10_000;
    /// Other serialisations of weights that lie in many model folders.
    private static final List<String> OTHER_FORMATS =
            List.of(".bin", ".pt", ".pth", ".gguf", ".onnx", ".h5", ".msgpack", ".ot");

    private final Path root;
    private final String label;

    /// @param label names the source in errors
    private Boundary(Path root, String label) {
        this.root = root;
        this.label = label;
    }

    /// The real path of what a copy names.
    ///
    /// @throws LearnerFailure if it does not exist or leads out of its root
    static Path resolve(Copy copy, String label) {
        Path root = Path.of(copy.root());
        Path wanted = root.resolve(copy.path()).normalize();
        if (!wanted.startsWith(root.normalize())) {
            throw refuse("%s: path '%s' leaves %s".formatted(label, copy.path(), root));
        }
        return new Boundary(real(root, label), label).inside(wanted);
    }

    /// The files of a model in a folder, by name, config.json first: those directly in it, without hidden ones and
    /// without weights in
    /// other formats than safetensors.
    static SortedMap<String, Path> modelFiles(Path folder, String label) {
        if (!Files.isDirectory(folder)) {
            throw refuse("%s: expected the folder of a model, found the file %s".formatted(label, folder));
        }
        Boundary boundary = new Boundary(real(folder, label), label);
        SortedMap<String, Path> files = new TreeMap<>(CONFIG_FIRST);
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                String name = entry.getFileName().toString();
                if (isModelFile(name) && Files.isRegularFile(entry)) {
                    files.put(name, boundary.inside(entry));
                    if (files.size() > MAX_FILES) {
                        throw refuse("%s: %s has more than %d files".formatted(label, folder, MAX_FILES));
                    }
                }
            }
        } catch (IOException e) {
            throw unreadable(label, folder, e);
        }
        if (!files.containsKey(CONFIG)) {
            throw refuse("%s: expected a Hugging Face folder with config.json, found %s in %s"
                    .formatted(label, files.isEmpty() ? "no file" : String.join(", ", files.keySet()), folder));
        }
        return files;
    }

    static boolean isModelFile(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return !name.startsWith(".") && OTHER_FORMATS.stream().noneMatch(lower::endsWith);
    }

    private Path inside(Path path) {
        Path real = real(path, label);
        if (!real.startsWith(root)) {
            throw refuse("%s: %s is a link that leads out of %s, to %s; copy the content instead (cp -L)"
                    .formatted(label, path, root, real));
        }
        return real;
    }

    private static Path real(Path path, String label) {
        try {
            return path.toRealPath();
        } catch (NoSuchFileException e) {
            throw new LearnerFailure(
                    ExitCode.CONFIGURATION, "%s: no such file or folder: %s".formatted(label, path), e);
        } catch (IOException e) {
            throw unreadable(label, path, e);
        }
    }

    static LearnerFailure unreadable(String label, Path path, IOException cause) {
        return new LearnerFailure(
                ExitCode.CONFIGURATION,
                "%s: %s cannot be read: %s: %s"
                        .formatted(label, path, cause.getClass().getSimpleName(), cause.getMessage()),
                cause);
    }

    private static LearnerFailure refuse(String message) {
        return new LearnerFailure(ExitCode.CONFIGURATION, message);
    }
}
