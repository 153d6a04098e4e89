package rl.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RolloutPool;
import rl.ballast.operator.objects.Labels;
import rl.ballast.operator.objects.Owners;

class HandoverTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");

    private final RolloutPool pool = pool("pool-1");

    @Test
    void awaitsTheEnginesOfAnotherRunOnly() {
        assertThat(Handover.awaits(pool, engine(Handover.revision("uid-1", "abc"), null), "uid-1", NOW))
                .isFalse();
        assertThat(Handover.awaits(pool, engine(Handover.revision("uid-1", "abc"), null), "uid-2", NOW))
                .isTrue();
        assertThat(Handover.awaits(pool, engine(Handover.revision("uid-1", "abc"), null), "", NOW))
                .as("no run follows")
                .isTrue();
    }

    @Test
    void awaitsOneThatIsGoingUntilItsTimeIsLongOver() {
        String other = Handover.revision("uid-1", "abc");
        assertThat(Handover.awaits(pool, engine(other, "2026-01-01T00:01:20Z"), "uid-2", NOW))
                .isTrue();
        assertThat(Handover.awaits(pool, engine(other, "2026-01-01T00:00:55Z"), "uid-2", NOW))
                .isTrue();
        assertThat(Handover.awaits(pool, engine(other, "2026-01-01T00:00:40Z"), "uid-2", NOW))
                .as("its node is lost")
                .isFalse();
    }

    @Test
    void awaitsThePodsOfAnEarlierPoolAndNoPersons() {
        Pod engine = engine(Handover.revision("uid-1", "abc"), null);
        assertThat(Handover.awaits(pool("pool-2"), engine, "uid-1", NOW)).isTrue();
        engine.getMetadata().setOwnerReferences(List.of());
        assertThat(Handover.awaits(pool, engine, "uid-2", NOW)).isFalse();
    }

    private static RolloutPool pool(String uid) {
        RolloutPool pool = new RolloutPool();
        pool.getMetadata().setName("shared");
        pool.getMetadata().setUid(uid);
        return pool;
    }

    private Pod engine(String revision, @Nullable String gone) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("shared-engine-0-1")
                .addToAnnotations(Labels.REVISION, revision)
                .withDeletionTimestamp(gone)
                .withOwnerReferences(Owners.of(pool))
                .endMetadata()
                .build();
    }
}
