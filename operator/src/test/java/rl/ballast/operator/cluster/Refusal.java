package rl.ballast.operator.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/// An admission policy that refuses every update of one resource in one namespace.
public final class Refusal implements AutoCloseable {
    private static final String MESSAGE = "frozen by the cluster";
    private static final String POLICY = """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: NAME}
        spec:
          failurePolicy: Fail
          matchConstraints:
            resourceRules:
            - {apiGroups: [ballast.rl], apiVersions: ["*"], operations: [UPDATE], resources: [RESOURCE]}
          validations:
          - {expression: "false", message: "MESSAGE", reason: Forbidden}
        """;
    private static final String BINDING = """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: NAME}
        spec:
          policyName: NAME
          validationActions: [Deny]
          matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}}
        """;

    private final KubernetesClient client;
    private final List<HasMetadata> objects;

    private Refusal(KubernetesClient client, List<HasMetadata> objects) {
        this.client = client;
        this.objects = objects;
    }

    /// Returns when the server heeds it, which takes some moments.
    ///
    /// @param sample one of them
    public static Refusal ofUpdates(KubernetesClient admin, HasMetadata sample) {
        String namespace = sample.getMetadata().getNamespace();
        KubernetesSerialization yaml = admin.getKubernetesSerialization();
        List<HasMetadata> objects = List.of(
                yaml.unmarshal(POLICY.replace("NAME", namespace)
                        .replace("RESOURCE", sample.getPlural())
                        .replace("MESSAGE", MESSAGE)),
                yaml.unmarshal(BINDING.replace("NAME", namespace)));
        objects.forEach(object -> admin.resource(object).create());
        Awaitility.await("the policy is heeded").atMost(Duration.ofSeconds(30)).until(() -> refused(admin, sample));
        return new Refusal(admin, objects);
    }

    private static boolean refused(KubernetesClient admin, HasMetadata sample) {
        try {
            admin.resource(sample)
                    .dryRun(true)
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":{\"probe\":\"1\"}}}");
            return false;
        } catch (KubernetesClientException e) {
            return String.valueOf(e.getMessage()).contains(MESSAGE);
        }
    }

    public String message() {
        return MESSAGE;
    }

    @Override
    public void close() {
        objects.forEach(object -> client.resource(object).delete());
    }
}
