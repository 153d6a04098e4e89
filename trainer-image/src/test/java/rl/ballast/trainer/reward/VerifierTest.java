package rl.ballast.trainer.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.run.RewardSpec;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.data.Problem;
import rl.ballast.trainer.data.PromptInput;

class VerifierTest {
    @Test
    void exactAnswerComparesCharactersApartFromWhiteSpaceAtTheEnds() {
        Verifier verifier = Verifier.of(spec(RewardSpec.Verifier.EXACT_ANSWER, null, null));

        assertThat(verifier.judge(List.of(candidate("31", "31"), candidate("31", " 31\n"), candidate("31", "31.0"))))
                .containsExactly(1, 1, 0);
        assertThat(verifier.judge(List.of())).isEmpty();
    }

    @Test
    void numberComparesValues() {
        Verifier verifier = Verifier.of(spec(RewardSpec.Verifier.NUMBER, null, null));

        assertThat(verifier.judge(List.of(candidate("1/2", "0.5"), candidate("1/2", "0.51"), candidate("1/2", "half"))))
                .containsExactly(1, 0, 0);
    }

    @Test
    void numberRefusesProblemsWhoseAnswerIsNone() {
        Verifier verifier = Verifier.of(spec(RewardSpec.Verifier.NUMBER, null, null));
        verifier.check(problem("1,000"));

        assertThatThrownBy(() -> verifier.check(problem("many")))
                .isInstanceOf(LearnerFailure.class)
                .hasMessageStartingWith("data.jsonl:1: field 'answer': expected a number")
                .hasMessageEndingWith("found 'many'");
    }

    @Test
    void regexComparesTheFirstGroupOrTheWholeMatch() {
        Verifier group = Verifier.of(spec(RewardSpec.Verifier.REGEX, null, "answer:\\s*(\\S+)"));
        Verifier whole = Verifier.of(spec(RewardSpec.Verifier.REGEX, null, "[0-9]+"));
        Verifier optional = Verifier.of(spec(RewardSpec.Verifier.REGEX, null, "x(y)?"));

        assertThat(group.judge(List.of(candidate("7", "so answer: 7 or answer: 8"), candidate("7", "7"))))
                .containsExactly(1, 0);
        assertThat(whole.judge(List.of(candidate("7", "it is 7."), candidate("7", "it is 77."))))
                .containsExactly(1, 0);
        assertThat(optional.judge(List.of(candidate("y", "x"), candidate("y", "xy"))))
                .containsExactly(0, 1);
    }

    @Test
    void aPatternThatBacktracksWithoutEndIsGivenUpAndCounted() {
        RegexAnswer verifier = new RegexAnswer(Pattern.compile("a$|(?:.*a){12}b"), 100_000);

        double[] rewards =
                verifier.judge(List.of(candidate("a", "a".repeat(80) + "c"), candidate("a", "a"), candidate("a", "b")));

        assertThat(rewards).containsExactly(0, 1, 0);
        assertThat(verifier.abandoned()).isEqualTo(1);
    }

    @Test
    void aPatternThatNeedsTooDeepAStackIsGivenUpAndCounted() {
        RegexAnswer verifier = RegexAnswer.of("(a|b)*c");

        assertThat(verifier.judge(List.of(candidate("c", "ab".repeat(500_000)))))
                .containsExactly(0);
        assertThat(verifier.abandoned()).isEqualTo(1);
    }

    @Test
    void specificationsThatMakeNoSenseAreRefused() {
        refused(spec(RewardSpec.Verifier.REGEX, null, null), "reward.verifier: regex needs reward.pattern");
        refused(spec(RewardSpec.Verifier.REGEX, null, "("), "reward.pattern: expected a regular expression, found '('");
        refused(spec(null, null, null), "exactly one of the fields 'verifier' and 'url'");
        refused(spec(RewardSpec.Verifier.NUMBER, "http://x", null), "exactly one of the fields 'verifier' and 'url'");
        refused(spec(null, "ftp://x/", null), "reward.url: expected an http or https address");
        refused(spec(null, "http:///path", null), "reward.url: expected an http or https address");
        refused(spec(null, "not a url", null), "reward.url: expected an http or https address");
    }

    private static void refused(RewardSpec spec, String message) {
        assertThatThrownBy(() -> Verifier.of(spec))
                .isInstanceOfSatisfying(
                        LearnerFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.CONFIGURATION))
                .hasMessageContaining(message);
    }

    private static RewardSpec spec(
            RewardSpec.@Nullable Verifier verifier, @Nullable String url, @Nullable String pattern) {
        return new RewardSpec(verifier, url, pattern, 30, 3);
    }

    static Candidate candidate(String answer, String response) {
        return new Candidate(problem(answer), response);
    }

    private static Problem problem(String answer) {
        return new Problem(0, "data.jsonl:1", new PromptInput.Text("?"), answer);
    }
}
