package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The Flux checks over every example, in the order in which Flux evaluates them: generation, failed, current.
class FluxHealthTest {
    private static final Path CHECKS = Path.of("gitops/flux/health-checks.yaml");
    private static final CelCompiler COMPILER = CelCompilerFactory.standardCelCompilerBuilder()
            .addVar("status", SimpleType.DYN)
            .addVar("metadata", SimpleType.DYN)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .setResultType(SimpleType.BOOL)
            .build();
    private static final CelRuntime RUNTIME =
            CelRuntimeFactory.standardCelRuntimeBuilder().build();

    static List<Path> examples() {
        return GitOpsExamples.files();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theExpressionsSayHowTheObjectIs(Path example) throws IOException, CelValidationException {
        assertThat(state(Chart.read(example)))
                .isEqualTo(GitOpsExamples.expected(example).flux());
    }

    static List<ReasonsTable.Row> reasons() throws IOException {
        return ReasonsTable.rows();
    }

    @ParameterizedTest
    @MethodSource("reasons")
    void theExpressionsKnowEveryReason(ReasonsTable.Row row) throws CelValidationException {
        for (JsonNode object : row.objects()) {
            assertThat(state(object))
                    .as("%s", object)
                    .isEqualTo(row.state().expected().flux());
        }
    }

    @Test
    void everyKindHasItsExpressions() {
        assertThat(Chart.read(CHECKS).path("healthCheckExprs").findValuesAsText("kind"))
                .containsExactly("RLRun", "RolloutPool", "LearnerGroup");
    }

    /// Flux waits while an expression cannot be evaluated because a field is not there yet.
    private static String state(JsonNode object) throws CelValidationException {
        JsonNode observed = object.at("/status/observedGeneration");
        if (observed.isNumber()
                && observed.asLong() != object.at("/metadata/generation").asLong()) {
            return "InProgress";
        }
        JsonNode checks = checksOf(object.path("kind").asText());
        try {
            if (holds(checks.path("failed").asText(), object)) {
                return "Failed";
            }
            return holds(checks.path("current").asText(), object) ? "Current" : "InProgress";
        } catch (CelEvaluationException e) {
            return "Waiting";
        }
    }

    private static JsonNode checksOf(String kind) {
        for (JsonNode checks : Chart.read(CHECKS).path("healthCheckExprs")) {
            if (checks.path("kind").asText().equals(kind)) {
                return checks;
            }
        }
        throw new IllegalArgumentException("no check for " + kind);
    }

    private static boolean holds(String expression, JsonNode object)
            throws CelValidationException, CelEvaluationException {
        Map<String, Object> variables = Chart.YAML.convertValue(object, Chart.OBJECT);
        Object result =
                RUNTIME.createProgram(COMPILER.compile(expression).getAst()).eval(variables);
        if (result instanceof Boolean held) {
            return held;
        }
        throw new CelEvaluationException("a field is missing: " + result);
    }
}
