package rl.ballast.e2e.cluster;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.StorageSpec;
import rl.ballast.crds.StorageSpec.VolumeSpec;
import rl.ballast.crds.file.RunFile;

/// What a person applies: a shortened example, its config maps, and the namespace for them.
record Submission(RunFile file) {
    private static final List<String> SHORT = List.of(
            "coldStart.updates=20",
            "data.evaluation.everySteps=100",
            "data.evaluation.samplesPerPrompt=1",
            "recipe.groupSize=4",
            "recipe.promptsPerMiniBatch=8");

    /// @param settings as those of `ballast run --set`
    static Submission of(String example, String... settings) {
        var all = new ArrayList<>(SHORT);
        all.addAll(List.of(settings));
        return new Submission(
                RunFile.read(Shell.root().resolve("examples").resolve(example).resolve("rlrun.yaml"), all));
    }

    /// Under restricted pod security. Nothing if it is there.
    static void namespace(KubernetesClient client, String namespace) {
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                        .endMetadata()
                        .build())
                .serverSideApply();
    }

    void configMaps(KubernetesClient client, String namespace) {
        file.configMaps()
                .forEach((map, data) -> client.resource(new ConfigMapBuilder()
                                .withNewMetadata()
                                .withName(map)
                                .withNamespace(namespace)
                                .endMetadata()
                                .withData(data)
                                .build())
                        .create());
    }

    void run(KubernetesClient client, String namespace, String name) {
        RLRun run = file.run();
        run.getMetadata().setNamespace(namespace);
        run.getMetadata().setName(name);
        client.resource(run).create();
    }

    /// The one that the run asks for by name.
    Optional<String> storageClass() {
        return Optional.ofNullable(file.run().getSpec().storage())
                .map(StorageSpec::volume)
                .map(VolumeSpec::storageClassName);
    }

    String name() {
        return file.run().getMetadata().getName();
    }
}
