package rl.ballast.crds.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.EngineSpec;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.RolloutsSpec;
import rl.ballast.crds.plan.RunPlan.PlannedFile;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.ResourceSchema;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.role.FetchConfig.Copy;
import rl.ballast.protocol.role.LearnerConfig;

class RunPlannerTest {
    private static final String PLAIN = """
            {"model": {"path": "model"}, "data": {"prompts": {"configMap": {"name": "a", "key": "k"}}},
             "reward": {"verifier": "number"}, "recipe": {"onPolicy": {}}, "steps": 1}""";

    @Test
    void localPathsAreRelativeToTheFileOfTheRun() {
        FetchConfig fetch = (FetchConfig) plan(spec(PLAIN), local(1)).fetch().config();

        assertThat(fetch.items().getFirst().copy()).isEqualTo(new Copy("/examples/one", "model"));
    }

    @Test
    void anAbsoluteLocalPathIsItsOwnRoot() {
        RLRunSpec spec = spec(PLAIN.replace("\"path\": \"model\"", "\"path\": \"/models/qwen\""));

        FetchConfig fetch = (FetchConfig) plan(spec, local(1)).fetch().config();

        assertThat(fetch.items().getFirst().copy()).isEqualTo(new Copy("/models/qwen", ""));
    }

    @Test
    void anAbsolutePathIsRefusedOnACluster() {
        RLRunSpec spec = spec(PLAIN.replace("\"path\": \"model\"", "\"path\": \"/models/qwen\""));

        assertThatThrownBy(() -> plan(spec, new Site.Cluster("n", "p", 2, "t", true, false, 0)))
                .isInstanceOf(InvalidSpec.class)
                .hasMessageContaining(
                        "spec.model.path: on a cluster a path is relative to the root of the run's volume");
    }

    @Test
    void policyLagIsRefusedEverywhereUntilItIsSupported() {
        RLRunSpec spec = spec(PLAIN.replace("\"onPolicy\": {}", "\"offPolicy\": {\"miniBatchesPerStep\": 2}")
                .replace("\"steps\": 1", "\"staleness\": {\"maxPolicyLag\": 1}, \"steps\": 1"));

        for (Site site : List.of(local(1), new Site.Cluster("n", "u", 2, "t", true, false, 0))) {
            assertThatThrownBy(() -> plan(spec, site))
                    .isInstanceOf(InvalidSpec.class)
                    .hasMessage("spec.staleness.maxPolicyLag: expected 0, found 1: asynchronous training is not"
                            + " supported yet; set it to 0");
        }
    }

    @Test
    void severalRanksAreRefusedEverywhereUntilTheyAreSupported() {
        RLRunSpec spec = spec(PLAIN.replace("\"steps\"", "\"learner\": {\"replicas\": 2}, \"steps\""));

        for (Site site : List.of(local(1), new Site.Cluster("n", "u", 2, "t", true, false, 0))) {
            assertThatThrownBy(() -> plan(spec, site))
                    .isInstanceOf(InvalidSpec.class)
                    .hasMessage("spec.learner.replicas: expected 1, found 2: several trainer ranks are not supported"
                            + " yet; set it to 1");
        }
    }

    @Test
    void replayIsRefusedWhereTheEnginesOfAPoolRecordNoRoutes() {
        RLRunSpec spec = spec(PLAIN.replace("\"onPolicy\": {}", "\"offPolicy\": {\"miniBatchesPerStep\": 4}"));
        RolloutsSpec own = spec.rollouts();
        EngineSpec blind =
                new EngineSpec(null, 64, 512, 16, "256Mi", false, own.engine().swap());
        RLRunSpec served =
                spec.withRollouts(new RolloutsSpec(null, 1, null, false, own.precision(), own.backend(), blind, null));

        assertThat(plan(spec, local(1))).isNotNull();
        assertThatThrownBy(() -> plan(served, local(1)))
                .isInstanceOf(InvalidSpec.class)
                .hasMessageStartingWith("spec.rollouts.pool: replay R3 (Auto: 4 mini-batches per step, strong"
                        + " staleness) needs recorded routes");
    }

    @Test
    void aMissingConfigMapNamesThoseThatAreThere() {
        RLRunSpec spec = spec(PLAIN.replace("\"name\": \"a\"", "\"name\": \"b\""));

        assertThatThrownBy(() -> plan(spec, local(1)))
                .isInstanceOf(InvalidSpec.class)
                .hasMessageContaining(
                        "spec.data.prompts.configMap.name: no config map 'b' lies beside the run (found: a)");
    }

    @Test
    void aMissingKeyNamesThoseThatAreThere() {
        RLRunSpec spec = spec(PLAIN.replace("\"key\": \"k\"", "\"key\": \"z\""));

        assertThatThrownBy(() -> plan(spec, local(1)))
                .isInstanceOf(InvalidSpec.class)
                .hasMessageContaining("config map 'a' has no key 'z' (found: k)");
    }

    @Test
    void claimsAndImagesAndPoolsNeedACluster() {
        RLRunSpec claim =
                spec(PLAIN.replace("{\"path\": \"model\"}", "{\"claim\": {\"name\": \"c\", \"path\": \"p\"}}"));
        RLRunSpec image =
                spec(PLAIN.replace("{\"path\": \"model\"}", "{\"image\": {\"reference\": \"r\", \"path\": \"p\"}}"));
        RLRunSpec pool = spec(PLAIN.replace("\"steps\"", "\"rollouts\": {\"pool\": {\"name\": \"p\"}}, \"steps\""));

        assertThatThrownBy(() -> plan(claim, local(1))).hasMessageContaining("a claim exists only on a cluster");
        assertThatThrownBy(() -> plan(image, local(1)))
                .hasMessageContaining("an image can be a source only on a cluster");
        assertThatThrownBy(() -> plan(pool, local(1))).hasMessageContaining("a pool exists only on a cluster");
    }

    @Test
    void enginesShareTheProcessorsOfOneMachine() {
        RLRunSpec spec = spec(PLAIN.replace("\"steps\"", "\"rollouts\": {\"replicas\": 3}, \"steps\""));

        RunPlan plan = plan(spec, local(3));

        assertThat(plan.engines())
                .extracting(engine -> ((EngineConfig) engine.config()).computeThreads())
                .containsExactly(2, 2, 2);
        assertThat(((LearnerConfig) plan.learner().config()).computeThreads()).isEqualTo(7);
        assertThat(((LearnerConfig) plan.learner().config()).engines())
                .containsExactly("http://127.0.0.1:9000", "http://127.0.0.1:9001", "http://127.0.0.1:9002");
    }

    @Test
    void everyRoleReadsAFileOfThePlan() {
        RunPlan plan = plan(spec(PLAIN), local(1));

        assertThat(plan.allFiles())
                .extracting(PlannedFile::path)
                .containsExactly(
                        "/runs/one/roles/config-maps/a/k",
                        "/runs/one/roles/fetch.json",
                        "/runs/one/roles/learner.json",
                        "/runs/one/roles/engine-0.json");
        assertThat(plan.learner().configFile()).isEqualTo("/runs/one/roles/learner.json");
        assertThat(plan.engines().getFirst().environment())
                .containsEntry("BALLAST_ROLE_CONFIG", "/runs/one/roles/engine-0.json");
    }

    @Test
    void theDigestIgnoresWhatMayChangeAndSeesWhatMayNot() {
        String base = SpecDigest.of(spec(PLAIN));

        assertThat(SpecDigest.of(spec(PLAIN.replace("\"steps\": 1", "\"steps\": 9, \"suspend\": true"))))
                .isEqualTo(base);
        assertThat(SpecDigest.of(spec(PLAIN.replace("\"steps\"", "\"rollouts\": {\"replicas\": 3}, \"steps\""))))
                .isEqualTo(base);
        assertThat(SpecDigest.of(spec(PLAIN.replace("\"steps\"", "\"seed\": 1, \"steps\""))))
                .isNotEqualTo(base);
        assertThat(SpecDigest.of(spec(PLAIN.replace("\"steps\"", "\"rollouts\": {\"precision\": \"FP8\"}, \"steps\""))))
                .isNotEqualTo(base);
    }

    @Test
    void theDigestDoesNotDependOnHowTheFileIsWritten() {
        RLRunSpec explicit = spec(PLAIN.replace("{\"onPolicy\": {}}", "{\"groupSize\": 16, \"onPolicy\": {}}"));

        assertThat(SpecDigest.canonical(explicit)).isEqualTo(SpecDigest.canonical(spec(PLAIN)));
        assertThat(SpecDigest.canonical(explicit)).startsWith("{\"data\":{\"prompts\":{\"configMap\":{\"key\":");
    }

    @Test
    void quantitiesHaveBinarySuffixes() {
        assertThat(Quantity.bytes("5")).isEqualTo(5);
        assertThat(Quantity.bytes("256Mi")).isEqualTo(256L << 20);
        assertThatThrownBy(() -> Quantity.bytes("99999999Ti")).hasMessageContaining("fewer than 2^63 bytes");
        assertThatThrownBy(() -> Quantity.bytes("1G")).hasMessageContaining("such as 256Mi, found '1G'");
    }

    private static RunPlan plan(RLRunSpec spec, Site site) {
        return RunPlanner.plan("one", "uid", spec, site);
    }

    private static Site local(int engines) {
        return new Site.Local(
                Path.of("/runs/one"),
                Path.of("/examples/one"),
                Map.of("a", Map.of("k", "{}")),
                7,
                List.of(9000, 9001, 9002).subList(0, engines),
                0,
                "t",
                false);
    }

    private static RLRunSpec spec(String json) {
        try {
            ObjectNode node = (ObjectNode) new ObjectMapper().readTree(json);
            return ResourceSchema.of("RLRun").at("spec").bind(node, RLRunSpec.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
