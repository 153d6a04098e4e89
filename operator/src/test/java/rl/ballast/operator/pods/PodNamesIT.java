package rl.ballast.operator.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.cluster.OperatorCase;

/// Pods whose names are taken: by another's pods, and by our own that a person has set apart.
class PodNamesIT extends OperatorCase {
    @Test
    void anotherPodOfThatNameIsLeftAlone() {
        for (String name : new String[] {"one-engine-0-1", "one-engine-0-2", "one-learner-0-1"}) {
            another(name);
        }
        user.resource(TestRuns.plain("one", namespace)).create();
        kubelet.run("one-learner-0-2");
        kubelet.run("one-engine-0-3");
        awaitReason("one", "Running");

        assertThat(kubelet.await("one-learner-0-1").getMetadata().getOwnerReferences())
                .isEmpty();
        assertThat(kubelet.names()).hasSize(5);
        assertThat(run("one").getStatus().restarts()).isZero();
    }

    @Test
    void anEngineThatAPersonSetsApartIsReplaced() {
        user.resource(TestRuns.plain("two", namespace)).create();
        kubelet.run("two-learner-0-1");
        String apart = kubelet.run("two-engine-0-1").getMetadata().getUid();
        awaitReason("two", "Running");

        kubelet.quarantine("two-engine-0-1");
        String second = kubelet.run("two-engine-0-2").getMetadata().getUid();
        kubelet.remove("two-engine-0-2");
        String third = kubelet.awaitOther("two-engine-0-", apart, second);
        kubelet.run(third);
        awaitReason("two", "Running");
        assertThat(kubelet.await("two-engine-0-1").getMetadata().getUid()).isEqualTo(apart);
    }

    @Test
    void manyTakenNamesAreSaid() {
        for (int attempt = 1; attempt <= 10; attempt++) {
            another("three-engine-0-" + attempt);
        }
        user.resource(TestRuns.plain("three", namespace)).create();
        awaitReason("three", "PodRefused");
        assertThat(message("three")).contains("Pod 'three-engine-0-", "belongs to something else");
    }

    private void another(String name) {
        Objects.requireNonNull(user.resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("other")
                        .withImage("image")
                        .endContainer()
                        .endSpec()
                        .build())
                .create());
    }
}
