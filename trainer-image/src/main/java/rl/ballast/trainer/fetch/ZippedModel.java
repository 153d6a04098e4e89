package rl.ballast.trainer.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;

/// A model behind a URL is a zip archive of its folder, with or without the folder itself.
final class ZippedModel {
    private static final int MAX_ENTRIES = 10_000;

    private ZippedModel() {}

    /// Extracts the model's files into `folder`. Names that leave the archive's folder are refused; what lies deeper is
    /// left out.
    ///
    /// @param maxBytes of all files together
    /// @param configured called once config.json is there, before anything else is
    static void extract(Path archive, Path folder, long maxBytes, String label, Runnable configured) {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            if (zip.size() > MAX_ENTRIES) {
                throw refuse("%s: the archive has more than %d entries".formatted(label, MAX_ENTRIES));
            }
            List<? extends ZipEntry> entries =
                    zip.stream().filter(entry -> !entry.isDirectory()).toList();
            String top = commonFolder(entries, label);
            SortedMap<String, ZipEntry> files = new TreeMap<>(Boundary.CONFIG_FIRST);
            for (ZipEntry entry : entries) {
                String name = entry.getName().substring(top.length());
                if (!name.contains("/") && Boundary.isModelFile(name)) {
                    files.put(name, entry);
                }
            }
            long room = maxBytes;
            for (Map.Entry<String, ZipEntry> file : files.entrySet()) {
                room -= extract(zip, file.getValue(), folder.resolve(file.getKey()), room, label);
                if (file.getKey().equals(Boundary.CONFIG)) {
                    configured.run();
                }
            }
        } catch (ZipException e) {
            throw new LearnerFailure(
                    ExitCode.CONFIGURATION,
                    "%s: expected a zip archive of a model's folder: %s".formatted(label, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw Boundary.unreadable(label, archive, e);
        }
    }

    private static String commonFolder(List<? extends ZipEntry> entries, String label) {
        Set<String> tops = new HashSet<>();
        for (ZipEntry entry : entries) {
            String name = entry.getName();
            if (name.startsWith("/") || name.contains("\\") || ("/" + name + "/").contains("/../")) {
                throw refuse("%s: the archive's entry '%s' leaves its folder".formatted(label, name));
            }
            int slash = name.indexOf('/');
            tops.add(slash < 0 ? "" : name.substring(0, slash + 1));
        }
        return tops.size() == 1 ? tops.iterator().next() : "";
    }

    private static long extract(ZipFile zip, ZipEntry entry, Path file, long room, String label) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long bytes = 0;
        try (InputStream in = zip.getInputStream(entry);
                OutputStream out = Files.newOutputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                bytes += count;
                if (bytes > room) {
                    throw refuse("%s: the archive holds more than the bytes allowed".formatted(label));
                }
                out.write(buffer, 0, count);
            }
        }
        return bytes;
    }

    private static LearnerFailure refuse(String message) {
        return new LearnerFailure(ExitCode.CONFIGURATION, message);
    }
}
