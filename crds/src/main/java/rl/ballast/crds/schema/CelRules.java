package rl.ballast.crds.schema;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Evaluates the `x-kubernetes-validations` of a schema over a defaulted value. A rule that names `oldSelf` is a
/// transition rule and runs on updates only. A rule is skipped where a structural error lies below it.
final class CelRules {
    private static final CelCompiler COMPILER = CelCompilerFactory.standardCelCompilerBuilder()
            .addVar("self", SimpleType.DYN)
            .addVar("oldSelf", SimpleType.DYN)
            .addFunctionDeclarations(QuantityFunctions.DECLARATIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .build();
    private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder()
            .addFunctionBindings(QuantityFunctions.BINDINGS)
            .build();
    private static final Map<String, CelRuntime.Program> PROGRAMS = new ConcurrentHashMap<>();
    private static final Pattern TRANSITION = Pattern.compile("\\boldSelf\\b");

    private final List<Problem> structural;
    private final List<Problem> problems = new ArrayList<>();

    private CelRules(List<Problem> structural) {
        this.structural = structural;
    }

    /// @param old the value before an update, null for a new one
    /// @param structural errors already found
    static List<Problem> check(
            JsonNode schema, JsonNode value, @Nullable JsonNode old, String path, List<Problem> structural) {
        CelRules rules = new CelRules(structural);
        rules.visit(schema, value, old, path);
        return rules.problems;
    }

    private void visit(JsonNode schema, JsonNode value, @Nullable JsonNode old, String path) {
        if (structural.stream().noneMatch(problem -> Paths.within(problem.path(), path))) {
            for (JsonNode rule : schema.path("x-kubernetes-validations")) {
                evaluate(rule, schema, value, old, path);
            }
        }
        if (value.isObject()) {
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                JsonNode child = SchemaDefaults.childSchema(schema, field.getKey());
                if (child != null) {
                    JsonNode before = old == null ? null : old.get(field.getKey());
                    visit(child, field.getValue(), before, Paths.child(path, field.getKey()));
                }
            }
        } else if (value.isArray() && schema.has("items")) {
            for (int i = 0; i < value.size(); i++) {
                visit(schema.get("items"), value.get(i), null, Paths.item(path, i));
            }
        }
    }

    private void evaluate(JsonNode rule, JsonNode schema, JsonNode value, @Nullable JsonNode old, String path) {
        String expression = rule.path("rule").asText();
        boolean transition = TRANSITION.matcher(expression).find();
        if (transition && old == null) {
            return;
        }
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("self", typed(schema, value));
        if (old != null && transition) {
            variables.put("oldSelf", typed(schema, old));
        }
        try {
            Object outcome =
                    PROGRAMS.computeIfAbsent(expression, CelRules::compile).eval(variables);
            if (!Boolean.TRUE.equals(outcome)) {
                String where = path + rule.path("fieldPath").asText();
                // Rules of the whole object can only be about its metadata.
                problems.add(Problem.error(
                        where.isEmpty() ? "metadata.name" : where,
                        rule.path("message").asText("breaks the rule " + expression)));
            }
        } catch (CelEvaluationException e) {
            problems.add(Problem.error(path, "rule %s cannot be evaluated: %s".formatted(expression, e.getMessage())));
        }
    }

    private static CelRuntime.Program compile(String expression) {
        try {
            return RUNTIME.createProgram(COMPILER.compile(expression).getAst());
        } catch (CelValidationException | CelEvaluationException e) {
            throw new IllegalStateException("the schema's rule %s is not valid CEL".formatted(expression), e);
        }
    }

    /// The value with the types that the schema declares: a `number` is a double even if written `1`.
    private static Object typed(JsonNode schema, JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (Map.Entry<String, JsonNode> field : value.properties()) {
                    if (!field.getValue().isNull()) {
                        JsonNode child = SchemaDefaults.childSchema(schema, field.getKey());
                        map.put(field.getKey(), typed(child == null ? schema.path("") : child, field.getValue()));
                    }
                }
                yield map;
            }
            case ARRAY -> {
                List<Object> list = new ArrayList<>();
                value.forEach(item -> list.add(typed(schema.path("items"), item)));
                yield list;
            }
            case NUMBER ->
                value.isIntegralNumber() && !"number".equals(schema.path("type").asText())
                        ? (Object) value.longValue()
                        : (Object) value.doubleValue();
            case BOOLEAN -> value.booleanValue();
            default -> value.asText();
        };
    }
}
