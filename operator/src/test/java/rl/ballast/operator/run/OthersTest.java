package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.operator.objects.Owners;

class OthersTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");

    private final RLRun run = run("uid-2");
    private final RLRun earlier = run("uid-1");

    @Test
    void whatIsOfTheRunOrOfNobodyIsNotInItsWay() {
        assertThat(Others.of(run, List.of(group(run)), List.of(service(run), service(null)), null, List.of(), NOW))
                .isEqualTo(Others.NONE);
        assertThat(Others.of(run, List.of(), List.of(), null, List.of(pod(null, null)), NOW))
                .as("a person's pod")
                .isEqualTo(Others.NONE);
    }

    @Test
    void whatAnEarlierRunHasLeftIsWaitedFor() {
        Others others = Others.of(
                run, List.of(group(earlier)), List.of(service(earlier)), null, List.of(pod(group(earlier), null)), NOW);
        assertThat(others.leaving()).containsExactly("LearnerGroup 'one'", "Service 'one'", "Pod 'one-learner-0-1'");
        assertThat(others.taken()).isEmpty();
    }

    @Test
    void aChildThatIsGoingIsNobodysOwnerAnyMore() {
        LearnerGroup going = group(run);
        going.getMetadata().setDeletionTimestamp("2026-01-01T00:00:59Z");
        assertThat(Others.of(run, List.of(going), List.of(), null, List.of(), NOW)
                        .leaving())
                .containsExactly("LearnerGroup 'one'");
    }

    @Test
    void aPodOnALostNodeIsNotWaitedForForEver() {
        LearnerGroup group = group(earlier);
        assertThat(Others.of(run, List.of(), List.of(), null, List.of(pod(group, "2026-01-01T00:00:55Z")), NOW)
                        .leaving())
                .hasSize(1);
        assertThat(Others.of(run, List.of(), List.of(), null, List.of(pod(group, "2026-01-01T00:00:40Z")), NOW))
                .isEqualTo(Others.NONE);
    }

    @Test
    void aChildThatNoRunControlsHasTakenTheName() {
        assertThat(Others.of(run, List.of(group(null)), List.of(), null, List.of(), NOW)
                        .taken())
                .contains(new Others.Taken("LearnerGroup", "one"));
    }

    @Test
    void namesTheFirstFew() {
        List<HasMetadata> services = IntStream.range(0, 5)
                .<HasMetadata>mapToObj(i -> service(earlier))
                .toList();
        assertThat(Others.of(run, List.of(), services, null, List.of(), NOW).named())
                .isEqualTo("Service 'one', Service 'one', Service 'one' and 2 more");
    }

    private static RLRun run(String uid) {
        RLRun run = new RLRun();
        run.getMetadata().setName("one");
        run.getMetadata().setUid(uid);
        return run;
    }

    private static LearnerGroup group(@Nullable RLRun owner) {
        LearnerGroup group = new LearnerGroup();
        group.getMetadata().setName("one");
        group.getMetadata().setUid("group");
        if (owner != null) {
            group.getMetadata().setOwnerReferences(List.of(Owners.of(owner)));
        }
        return group;
    }

    private static HasMetadata service(@Nullable RLRun owner) {
        var service = new ServiceBuilder()
                .withNewMetadata()
                .withName("one")
                .endMetadata()
                .build();
        if (owner != null) {
            service.getMetadata().setOwnerReferences(List.of(Owners.of(owner)));
        }
        return service;
    }

    private static Pod pod(@Nullable LearnerGroup owner, @Nullable String gone) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName("one-learner-0-1")
                .withDeletionTimestamp(gone)
                .endMetadata()
                .build();
        if (owner != null) {
            pod.getMetadata().setOwnerReferences(List.of(Owners.of(owner)));
        }
        return pod;
    }
}
