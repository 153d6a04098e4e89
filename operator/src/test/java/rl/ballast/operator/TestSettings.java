package rl.ballast.operator;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import rl.ballast.operator.settings.OperatorSettings;

/// Settings with their defaults, and quick intervals where a test waits.
public final class TestSettings {
    private TestSettings() {}

    public static OperatorSettings of() {
        return with(Map.of());
    }

    /// What a file of properties says, one a line.
    public static OperatorSettings read(Path file) throws IOException {
        Map<String, String> values = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            int equals = line.indexOf('=');
            values.put(line.substring(0, equals), line.substring(equals + 1));
        }
        return with(values);
    }

    public static OperatorSettings with(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .withMapping(OperatorSettings.class)
                .withDefaultValue("ballast.progress.interval", "50ms")
                .withDefaultValue("ballast.progress.status-interval", "200ms")
                .withDefaultValue("ballast.restart.first-delay", "200ms")
                .withDefaultValues(values)
                .withConverter(java.time.Duration.class, 200, TestSettings::duration)
                .build()
                .getConfigMapping(OperatorSettings.class);
    }

    private static java.time.Duration duration(String text) {
        if (text.endsWith("ms")) {
            return java.time.Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
        }
        return java.time.Duration.parse("PT" + text);
    }
}
