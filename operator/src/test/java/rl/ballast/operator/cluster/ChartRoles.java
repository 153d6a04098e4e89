package rl.ballast.operator.cluster;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What the chart lets the operator do, granted to a user: the rules as the chart's template has them.
final class ChartRoles {
    private static final Path RULES = Path.of("../helm/ballast/templates/rbac/_rules.tpl");
    private static final String NAME = "ballast-operator";

    private ChartRoles() {}

    /// Grants a user what the operator needs in every namespace.
    static void grant(KubernetesClient admin, String user) {
        admin.resource(new ClusterRoleBuilder()
                        .withNewMetadata()
                        .withName(NAME)
                        .endMetadata()
                        .withRules(rules("ballast.runRules"))
                        .build())
                .serverSideApply();
        admin.resource(new ClusterRoleBindingBuilder()
                        .withNewMetadata()
                        .withName(NAME)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", NAME)
                        .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                        .build())
                .serverSideApply();
    }

    /// Grants a user what the operator needs in its own namespace.
    static void grantOwn(KubernetesClient admin, String user, String namespace) {
        grant(admin, user, namespace, NAME, "ballast.ownRules");
    }

    /// Grants a user what the operator needs in a namespace that it watches, which is its own, too.
    static void grantNamespaced(KubernetesClient admin, String user, String namespace) {
        grant(admin, user, namespace, user, "ballast.ownRules");
        grant(admin, user, namespace, user + "-runs", "ballast.runRules");
    }

    private static void grant(KubernetesClient admin, String user, String namespace, String name, String rules) {
        admin.resource(new RoleBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withRules(rules(rules))
                        .build())
                .serverSideApply();
        admin.resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
                        .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                        .build())
                .serverSideApply();
    }

    /// `group resource verb` for each right, of every namespace and of the operator's own.
    static Set<String> rights() {
        Set<String> rights = new TreeSet<>();
        Stream.of("ballast.runRules", "ballast.ownRules")
                .flatMap(template -> rules(template).stream())
                .forEach(rule -> rule.getApiGroups()
                        .forEach(group -> rule.getResources()
                                .forEach(resource -> rule.getVerbs()
                                        .forEach(verb -> rights.add("%s %s %s"
                                                .formatted(group, resource, verb)
                                                .strip())))));
        return rights;
    }

    /// The body of a named template, which has no placeholders.
    private static List<PolicyRule> rules(String template) {
        try {
            String text = Files.readString(RULES);
            String start = "{{- define \"" + template + "\" -}}";
            int from = text.indexOf(start) + start.length();
            int to = text.indexOf("{{- end -}}", from);
            if (from < start.length() || to < 0) {
                throw new IllegalStateException("no template " + template + " in " + RULES);
            }
            return new ObjectMapper(new YAMLFactory()).readValue(text.substring(from, to), new TypeReference<>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
