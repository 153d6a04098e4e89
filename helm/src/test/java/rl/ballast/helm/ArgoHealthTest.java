package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.luaj.vm2.Globals;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.lib.jse.JsePlatform;

/// The Argo CD check over every example: the state in its first line is what the script says.
class ArgoHealthTest {
    private static final Path FOLDER = Path.of("gitops/argocd");
    private static final List<String> KINDS = List.of("RLRun", "RolloutPool", "LearnerGroup");

    static List<Path> examples() {
        return GitOpsExamples.files();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theScriptSaysHowTheObjectIs(Path example) throws IOException {
        LuaTable health = run(Chart.read(example));

        assertThat(health.get("status").tojstring())
                .as("%s: %s", example, health.get("message"))
                .isEqualTo(GitOpsExamples.expected(example).argo());
    }

    static List<ReasonsTable.Row> reasons() throws IOException {
        return ReasonsTable.rows();
    }

    @ParameterizedTest
    @MethodSource("reasons")
    void theScriptKnowsEveryReason(ReasonsTable.Row row) throws IOException {
        for (JsonNode object : row.objects()) {
            assertThat(run(object).get("status").tojstring())
                    .as("%s", object)
                    .isEqualTo(row.state().expected().argo());
        }
    }

    @Test
    void theMessageIsReasonAndMessageOfTheCondition() throws IOException {
        LuaTable health = run(Chart.read(Path.of("gitops/examples/rlrun-degraded-failed.yaml")));

        assertThat(health.get("message").tojstring()).isEqualTo("NumericalFailure: loss of step 41 is not finite");
    }

    @Test
    void theConfigMapHoldsTheScriptForEveryKind() throws IOException {
        String script = Files.readString(FOLDER.resolve("health.lua")).indent(4).replaceAll("(?m)^ +$", "");
        StringBuilder patch = new StringBuilder("# Written by scripts/chart from health.lua.\ndata:\n");
        for (String kind : KINDS) {
            patch.append("  resource.customizations.health.ballast.rl_%s: |\n%s".formatted(kind, script));
        }

        Committed.check(FOLDER.resolve("argocd-cm.yaml"), patch.toString());
        assertThat(Chart.read(FOLDER.resolve("argocd-cm.yaml")).path("data")).hasSize(KINDS.size());
    }

    private static LuaTable run(JsonNode object) throws IOException {
        Globals globals = JsePlatform.standardGlobals();
        globals.set("obj", lua(object));
        return globals.load(Files.readString(FOLDER.resolve("health.lua")))
                .call()
                .checktable();
    }

    private static LuaValue lua(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                LuaTable table = new LuaTable();
                node.properties().forEach(field -> table.set(field.getKey(), lua(field.getValue())));
                yield table;
            }
            case ARRAY -> {
                LuaTable table = new LuaTable();
                for (int i = 0; i < node.size(); i++) {
                    table.set(i + 1, lua(node.get(i)));
                }
                yield table;
            }
            case NUMBER -> LuaValue.valueOf(node.asDouble());
            case BOOLEAN -> LuaValue.valueOf(node.asBoolean());
            case STRING -> LuaValue.valueOf(node.asText());
            default -> LuaValue.NIL;
        };
    }
}
