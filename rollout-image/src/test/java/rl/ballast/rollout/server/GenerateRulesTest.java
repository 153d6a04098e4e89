package rl.ballast.rollout.server;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.rollout.engine.EngineRefusal;

class GenerateRulesTest {
    private static final StoreLayout STORE = new StoreLayout(Path.of("/store/run"));
    private final GenerateRules rules = new GenerateRules(Requests.model(true), STORE, true);

    /// A request whose fields a test changes one at a time.
    @NullUnmarked // a stranger's JSON may lack any field
    static final class Draft {
        String requestId = "r";
        long minPolicyVersion = 1;
        int step = 3;
        int[] promptTokens = {1, 2, 3};
        long[] seeds = {1};
        double temperature = 1;
        int topK = 0;
        double topP = 1;
        int maxTokens = 8;
        int[] stopTokens = {};
        String traceFile;

        Draft withoutRequestId() {
            requestId = null;
            return this;
        }

        Draft withoutPromptTokens() {
            promptTokens = null;
            return this;
        }

        GenerateRequest request() {
            return new GenerateRequest(
                    requestId,
                    1,
                    minPolicyVersion,
                    step,
                    promptTokens,
                    seeds,
                    temperature,
                    topK,
                    topP,
                    maxTokens,
                    stopTokens,
                    false,
                    traceFile);
        }
    }

    private static Arguments wrong(String expected, UnaryOperator<Draft> change) {
        return Arguments.of(expected, change);
    }

    static Stream<Arguments> wrongFields() {
        return Stream.of(
                wrong("requestId: expected 1 to 200", d -> {
                    d.requestId = " ";
                    return d;
                }),
                wrong("requestId", Draft::withoutRequestId),
                wrong("requestId", d -> {
                    d.requestId = "a\nb";
                    return d;
                }),
                wrong("minPolicyVersion: expected at least 0, found -1", d -> {
                    d.minPolicyVersion = -1;
                    return d;
                }),
                wrong("step: expected at least -1, found -2", d -> {
                    d.step = -2;
                    return d;
                }),
                wrong("promptTokens: expected a list of token ids, found nothing", Draft::withoutPromptTokens),
                wrong("promptTokens: expected at least one token", d -> {
                    d.promptTokens = new int[0];
                    return d;
                }),
                wrong("promptTokens[1]: expected a token id below 32, found 32", d -> {
                    d.promptTokens = new int[] {31, 32};
                    return d;
                }),
                wrong("promptTokens[0]: expected a token id below 32, found -1", d -> {
                    d.promptTokens = new int[] {-1};
                    return d;
                }),
                wrong("stopTokens[0]", d -> {
                    d.stopTokens = new int[] {99};
                    return d;
                }),
                wrong("seeds: expected 1 to 4096", d -> {
                    d.seeds = new long[0];
                    return d;
                }),
                wrong("maxTokens: expected at least 1, found 0", d -> {
                    d.maxTokens = 0;
                    return d;
                }),
                wrong(
                        "maxTokens: expected prompt and response together within the model's 64 positions, found 3 + 62",
                        d -> {
                            d.maxTokens = 62;
                            return d;
                        }),
                wrong("maxTokens", d -> {
                    d.maxTokens = Integer.MAX_VALUE;
                    return d;
                }),
                wrong("temperature: expected a finite number above 0", d -> {
                    d.temperature = 0;
                    return d;
                }),
                wrong("temperature", d -> {
                    d.temperature = -1;
                    return d;
                }),
                wrong("temperature", d -> {
                    d.temperature = Double.NaN;
                    return d;
                }),
                wrong("temperature", d -> {
                    d.temperature = Double.POSITIVE_INFINITY;
                    return d;
                }),
                wrong("topK: expected at least 0, found -1", d -> {
                    d.topK = -1;
                    return d;
                }),
                wrong("topP: expected above 0 and at most 1, found 0.0", d -> {
                    d.topP = 0;
                    return d;
                }),
                wrong("topP", d -> {
                    d.topP = Double.NaN;
                    return d;
                }));
    }

    @ParameterizedTest
    @MethodSource("wrongFields")
    void namesTheFieldThatIsWrong(String expected, UnaryOperator<Draft> change) {
        GenerateRequest request = change.apply(new Draft()).request();

        assertThatThrownBy(() -> rules.check(request))
                .isInstanceOfSatisfying(
                        EngineRefusal.class,
                        e -> org.assertj.core.api.Assertions.assertThat(e.reason())
                                .isEqualTo(Reason.BAD_REQUEST))
                .hasMessageContaining(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../escape.trace",
                "/etc/passwd.trace",
                "traces/../weights/v000001/model.trace",
                "traces/v000001/../../x.trace",
                "weights/v000001/x.trace",
                "traces/v000001/x.json",
                "traces/x.trace",
                "traces/.trace",
                "traces/v000001/a\0.trace",
                ""
            })
    void refusesTraceFilesThatLeaveTheirFolder(String traceFile) {
        var draft = new Draft();
        draft.traceFile = traceFile;

        assertThatThrownBy(() -> rules.check(draft.request())).hasMessageStartingWith("traceFile: ");
    }

    @Test
    void takesARequestOfTheLongestSequenceWithRoutes() {
        var draft = new Draft();
        draft.maxTokens = 61;
        draft.traceFile = "traces/v000001/step-000003-group-0001.trace";

        assertThatCode(() -> rules.check(draft.request())).doesNotThrowAnyException();
    }

    @Test
    void takesTheLikeliestTokensInEvaluationOnly() {
        var draft = new Draft();
        draft.temperature = 0;
        draft.step = -1;

        assertThatCode(() -> rules.check(draft.request())).doesNotThrowAnyException();
    }

    @Test
    void refusesRoutesThatADenseModelOrThisEngineDoesNotHave() {
        var draft = new Draft();
        draft.traceFile = "traces/v000001/a.trace";

        assertThatThrownBy(() -> new GenerateRules(Requests.model(false), STORE, true).check(draft.request()))
                .hasMessageContaining("dense");
        assertThatThrownBy(() -> new GenerateRules(Requests.model(true), STORE, false).check(draft.request()))
                .hasMessageContaining("captureRoutes");
    }
}
