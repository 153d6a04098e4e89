package rl.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.objects.Labels;

class HandoverTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");

    @Test
    void awaitsTheEnginesOfAnotherRunOnly() {
        assertThat(Handover.awaits(engine(Handover.revision("uid-1", "abc"), null), "uid-1", NOW))
                .isFalse();
        assertThat(Handover.awaits(engine(Handover.revision("uid-1", "abc"), null), "uid-2", NOW))
                .isTrue();
        assertThat(Handover.awaits(engine(Handover.revision("uid-1", "abc"), null), "", NOW))
                .as("no run follows")
                .isTrue();
    }

    @Test
    void awaitsOneThatIsGoingUntilItsTimeIsLongOver() {
        String other = Handover.revision("uid-1", "abc");
        assertThat(Handover.awaits(engine(other, "2026-01-01T00:01:20Z"), "uid-2", NOW))
                .isTrue();
        assertThat(Handover.awaits(engine(other, "2026-01-01T00:00:55Z"), "uid-2", NOW))
                .isTrue();
        assertThat(Handover.awaits(engine(other, "2026-01-01T00:00:40Z"), "uid-2", NOW))
                .as("its node is lost")
                .isFalse();
    }

    private static Pod engine(String revision, @Nullable String gone) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("shared-engine-0-1")
                .addToAnnotations(Labels.REVISION, revision)
                .withDeletionTimestamp(gone)
                .endMetadata()
                .build();
    }
}
