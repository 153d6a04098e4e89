package rl.ballast.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.modeling.init.ModelInit;

/// A run whose sources come from where a cluster has them: a claim, a server, an image, a config map.
@NeedsCluster
class SourcesE2E {
    private static final String NAMESPACE = "e2e-sources";
    private static final String IMAGE = "ballast/data:e2e";
    /// How a run comes to trust a server whose certificate no authority has signed.
    private static final String TRUSTING = """
            learner.template={spec: {
              initContainers: [{name: fetch,
                env: [{name: JAVA_TOOL_OPTIONS,
                  value: "-Djavax.net.ssl.trustStore=/trust/files.p12 -Djavax.net.ssl.trustStorePassword=%s"}],
                volumeMounts: [{mountPath: /trust, name: trust, readOnly: true}]}],
              volumes: [{name: trust, configMap: {name: trust}}]}}""".formatted(HttpsFiles.TRUST_PASSWORD);

    private final Cluster cluster = Cluster.shared();

    @TempDir
    Path folder;

    @Test
    void theModelOfAClaimIsTrainedOnTheDataOfAServerAndOfAnImage() throws Exception {
        Path examples = Shell.root().resolve("examples/arithmetic");
        Path prompts = Files.copy(examples.resolve("train.jsonl"), folder.resolve("prompts.jsonl"));
        Path evaluation = examples.resolve("evaluation.jsonl");
        Path model = folder.resolve("model");
        ModelInit.create("tiny-moe", 7, model);
        Cluster.script("load", "--files", IMAGE, evaluation.toString()).orFail();
        Submission.namespace(cluster.client(), NAMESPACE);
        claim("models", model);
        try (var server = HttpsFiles.serve(folder)) {
            trust(server.trustStore());
            try (var run = ClusterRun.apply(
                    "quickstart",
                    NAMESPACE,
                    "steps=2",
                    "model={claim: {name: models, path: tiny}}",
                    "data.prompts=" + server.source("prompts.jsonl"),
                    "data.evaluation.source={image: {reference: '%s', path: /data/evaluation.jsonl}}".formatted(IMAGE),
                    "data.evaluation.everySteps=2",
                    TRUSTING)) {
                run.awaitReason("Complete");
                run.assertEveryStepOnce(2);
                assertThat(run.status().evaluationScore()).isNotNull();
                Path sources = run.store().sources();
                assertThat(sources.resolve("prompts.jsonl")).hasSameBinaryContentAs(prompts);
                assertThat(sources.resolve("evaluation.jsonl")).hasSameBinaryContentAs(evaluation);
                assertThat(sources.resolve("model/model.safetensors"))
                        .hasSameBinaryContentAs(model.resolve("model.safetensors"));
            }
        }
    }

    /// A volume with that model in its folder `tiny`.
    private void claim(String name, Path model) throws Exception {
        cluster.client()
                .resource(new PersistentVolumeClaimBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(NAMESPACE)
                        .endMetadata()
                        .withNewSpec()
                        .withAccessModes("ReadWriteOnce")
                        .withNewResources()
                        .withRequests(Map.of("storage", new Quantity("100Mi")))
                        .endResources()
                        .endSpec()
                        .build())
                .create();
        Awaitility.await("a volume for claim " + name)
                .atMost(Duration.ofMinutes(1))
                .until(() -> "Bound"
                        .equals(cluster.client()
                                .persistentVolumeClaims()
                                .inNamespace(NAMESPACE)
                                .withName(name)
                                .get()
                                .getStatus()
                                .getPhase()));
        Path tiny = Files.createDirectory(cluster.folderOf(NAMESPACE, name).resolve("tiny"));
        try (var files = Files.list(model)) {
            for (Path file : files.toList()) {
                Files.copy(file, tiny.resolve(file.getFileName()));
            }
        }
    }

    private void trust(byte[] store) {
        cluster.client()
                .resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName("trust")
                        .withNamespace(NAMESPACE)
                        .endMetadata()
                        .addToBinaryData("files.p12", Base64.getEncoder().encodeToString(store))
                        .build())
                .create();
    }
}
