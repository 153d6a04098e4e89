package rl.ballast.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StatusBookTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final StatusBook<String> book = new StatusBook<>(status -> status.equals("default") ? null : 1L);

    @Test
    void aCacheThatLagsBehindDoesNotCount() {
        book.wrote(object("7"), "uid", "written", "10", NOW);

        assertThat(book.newest(object("9"), "older")).isEqualTo("written");
        assertThat(book.newest(object("10"), "same version")).isEqualTo("written");
        assertThat(book.newest(object("10"), null)).isEqualTo("written");
    }

    /// A write that was given up for lost, or one of a leader before.
    @Test
    void whatWasWrittenOverItCounts() {
        book.wrote(object("9"), "uid", "written", "9", NOW);

        assertThat(book.newest(object("10"), "written late")).isEqualTo("written late");
    }

    @Test
    void versionsThatAreNoNumbersTellNothing() {
        book.wrote(object("b"), "uid", "written", "a", NOW);

        assertThat(book.newest(object("b"), "shown")).isEqualTo("written");
    }

    @Test
    void theDefaultOfTheSchemaIsNoStatus() {
        assertThat(book.newest(object("1"), "default")).isNull();
        assertThat(book.newest(object("1"), "shown")).isEqualTo("shown");
    }

    private static HasMetadata object(String version) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withUid("uid")
                .withResourceVersion(version)
                .endMetadata()
                .build();
    }
}
