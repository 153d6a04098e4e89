package rl.ballast.operator.cluster;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import rl.ballast.crds.LearnerGroup;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.RolloutPool;

/// The committed CRDs.
final class Crds {
    private Crds() {}

    static void apply(KubernetesClient client) {
        for (String kind : List.of("rlruns", "rolloutpools", "learnergroups")) {
            try (InputStream yaml = Objects.requireNonNull(
                    Crds.class.getResourceAsStream("/crds/%s.ballast.rl.yaml".formatted(kind)))) {
                client.resource(client.getKubernetesSerialization().unmarshal(yaml, CustomResourceDefinition.class))
                        .serverSideApply();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        for (String kind : List.of("rlruns", "rolloutpools", "learnergroups")) {
            client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .withName(kind + ".ballast.rl")
                    .waitUntilCondition(
                            crd -> crd != null
                                    && crd.getStatus() != null
                                    && crd.getStatus().getConditions().stream()
                                            .anyMatch(c -> c.getType().equals("Established")
                                                    && c.getStatus().equals("True")),
                            30,
                            TimeUnit.SECONDS);
        }
        // Established is said before the handlers serve.
        Awaitility.await("custom resources").ignoreExceptions().untilAsserted(() -> {
            client.resources(RLRun.class).inAnyNamespace().list();
            client.resources(RolloutPool.class).inAnyNamespace().list();
            client.resources(LearnerGroup.class).inAnyNamespace().list();
        });
    }
}
