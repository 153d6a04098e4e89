package rl.ballast.operator;

import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import rl.ballast.operator.settings.OperatorSettings;

/// Settings with their defaults, and quick intervals where a test waits.
public final class TestSettings {
    private TestSettings() {}

    public static OperatorSettings of() {
        return with(Map.of());
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
