import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import rl.ballast.crds.file.RunFile;
import rl.ballast.crds.plan.RolePlan;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.crds.plan.RunPlanner;
import rl.ballast.crds.plan.Site;

/// Writes, as a Kubernetes list in JSON, the objects that a run needs, without an operator: config maps, a secret with the
/// role configurations, a claim, a headless service, a pod for each engine and one for the learner. The images are proved by it: pods
/// run as restricted pod security wants them.
///
/// `java -cp 'cli/target/dist/lib/*' SmokePods.java RUN.yaml NAMESPACE TAG OUT.json [spec.field=value...]`
public final class SmokePods {
    private static final String UID = "5e0c2a34-0000-4000-8000-000000000001";

    private final String namespace;
    private final String tag;

    private SmokePods(String namespace, String tag) {
        this.namespace = namespace;
        this.tag = tag;
    }

    public static void main(String[] arguments) throws Exception {
        RunFile file = RunFile.read(
                Path.of(arguments[0]), List.of(arguments).subList(4, arguments.length));
        var smoke = new SmokePods(arguments[1], arguments[2]);
        Map<String, Object> list = map("apiVersion", "v1", "kind", "List", "items", smoke.objects(file));
        Files.writeString(Path.of(arguments[3]), new JsonMapper().writeValueAsString(list));
    }

    private List<Object> objects(RunFile file) {
        String run = file.run().getMetadata().getName();
        RunPlan plan = RunPlanner.plan(
                run, UID, file.run().getSpec(), new Site.Cluster(namespace, run, 1, "smoke-token", false));
        List<Object> objects = new ArrayList<>();
        file.configMaps().forEach((name, data) -> objects.add(object("ConfigMap", name, "data", data)));
        Map<String, String> roles = new LinkedHashMap<>();
        plan.allFiles().forEach(role -> roles.put(Path.of(role.path()).getFileName().toString(), role.content()));
        objects.add(object("Secret", run, "stringData", roles));
        objects.add(object(
                "PersistentVolumeClaim",
                run,
                "spec",
                map(
                        "accessModes", List.of("ReadWriteMany"),
                        "resources", map("requests", map("storage", "1Gi")))));
        objects.add(object(
                "Service",
                run,
                "spec",
                map("clusterIP", "None", "publishNotReadyAddresses", true, "selector", map("smoke", run))));
        plan.engines().forEach(engine -> objects.add(pod(run, engine, List.of(), "rollout")));
        objects.add(pod(run, plan.learner(), List.of(container(plan.fetch(), "trainer")), "trainer"));
        return objects;
    }

    private Map<String, Object> pod(String run, RolePlan role, List<Object> init, String image) {
        Map<String, Object> volumes = new LinkedHashMap<>();
        List<RolePlan.Mount> mounts = new ArrayList<>(role.mounts());
        if (!init.isEmpty()) {
            mounts.addAll(fetchMounts);
        }
        for (RolePlan.Mount mount : mounts) {
            volumes.put(mount.name(), volume(run, mount));
        }
        String name = run + "-" + role.name();
        Map<String, Object> metadata = map("name", name, "namespace", namespace, "labels", map("smoke", run));
        return map(
                "apiVersion", "v1",
                "kind", "Pod",
                "metadata", metadata,
                "spec",
                map(
                        "hostname", name,
                        "subdomain", run,
                        // An engine waits for the store by starting again; the learner makes it.
                        "restartPolicy", role.program() == RolePlan.Program.ENGINE ? "Always" : "Never",
                        "automountServiceAccountToken", false,
                        "enableServiceLinks", false,
                        "securityContext",
                                map("runAsNonRoot", true, "seccompProfile", map("type", "RuntimeDefault")),
                        "initContainers", init,
                        "containers", List.of(container(role, image)),
                        "volumes", List.copyOf(volumes.values())));
    }

    private List<RolePlan.Mount> fetchMounts = List.of();

    private Map<String, Object> container(RolePlan role, String image) {
        boolean fetch = role.program() == RolePlan.Program.FETCH;
        if (fetch) {
            fetchMounts = role.mounts();
        }
        List<Object> environment = new ArrayList<>();
        role.environment().forEach((name, value) -> environment.add(map("name", name, "value", value)));
        environment.add(map("name", "JAVA_TOOL_OPTIONS", "value", String.join(" ", role.jvmArguments())));
        List<Object> mounts = new ArrayList<>();
        role.mounts()
                .forEach(mount -> mounts.add(
                        map("name", mount.name(), "mountPath", mount.path(), "readOnly", mount.readOnly())));
        Map<String, Object> container = map(
                "name", role.name(),
                "image", "ballast/" + image + ":" + tag,
                "imagePullPolicy", "Never",
                "args", role.arguments(),
                "env", environment,
                "volumeMounts", mounts,
                "terminationMessagePolicy", "FallbackToLogsOnError",
                "resources",
                        map(
                                "requests", map("cpu", "100m", "memory", "256Mi"),
                                "limits", map("memory", Long.toString(role.resources().memoryBytes()))),
                "securityContext",
                        map(
                                "allowPrivilegeEscalation", false,
                                "readOnlyRootFilesystem", true,
                                "capabilities", map("drop", List.of("ALL"))));
        if (fetch) {
            container.put(
                    "command",
                    List.of("java", "-cp", "@/app/jib-classpath-file", "rl.ballast.trainer.fetch.FetchMain"));
        }
        if (role.program() == RolePlan.Program.ENGINE) {
            container.put(
                    "readinessProbe",
                    map("httpGet", map("path", "/q/health/ready", "port", role.ports().getFirst().number()), "periodSeconds", 2));
        }
        return container;
    }

    private Map<String, Object> volume(String run, RolePlan.Mount mount) {
        return switch (mount.kind()) {
            case STORE -> map("name", mount.name(), "persistentVolumeClaim", map("claimName", run));
            case ROLES -> map("name", mount.name(), "secret", map("secretName", run));
            case CONFIG_MAP -> map("name", mount.name(), "configMap", map("name", mount.name()));
            case SCRATCH -> map("name", mount.name(), "emptyDir", map());
            case CLAIM, IMAGE_COPY -> throw new IllegalArgumentException("the smoke test has no " + mount.kind());
        };
    }

    private Map<String, Object> object(String kind, String name, String field, Object value) {
        return map(
                "apiVersion", "v1", "kind", kind, "metadata", map("name", name, "namespace", namespace), field, value);
    }

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
