package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import rl.ballast.operator.pods.Role;

/// Renders what the pods of a group share. Pure.
public final class GroupRenderer {
    /// Key of the engines' token in the secret.
    public static final String TOKEN = "token";

    private GroupRenderer() {}

    /// Headless: gives every pod a stable address, also before it is ready.
    public static Service service(Group group) {
        return new ServiceBuilder()
                .withMetadata(group.metadata(group.name()))
                .withNewSpec()
                .withType("ClusterIP")
                .withClusterIP("None")
                .withPublishNotReadyAddresses(true)
                .withSelector(group.selector())
                .endSpec()
                .build();
    }

    /// @param files role configurations by file name
    public static Secret secret(Group group, String token, Map<String, String> files) {
        Map<String, String> data = new TreeMap<>();
        files.forEach((name, content) -> data.put(name, base64(content)));
        data.put(TOKEN, base64(token));
        return new SecretBuilder()
                .withMetadata(group.metadata(group.name()))
                .withType("Opaque")
                .withData(data)
                .build();
    }

    /// Lets a drain take one engine at a time.
    public static PodDisruptionBudget budget(Group group) {
        Map<String, String> selector = new TreeMap<>(group.selector());
        selector.put(Labels.ROLE, Role.ENGINE.word());
        return new PodDisruptionBudgetBuilder()
                .withMetadata(group.metadata(group.name() + "-engines"))
                .withNewSpec()
                .withMaxUnavailable(new IntOrString(1))
                .withNewSelector()
                .withMatchLabels(selector)
                .endSelector()
                .endSpec()
                .build();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
