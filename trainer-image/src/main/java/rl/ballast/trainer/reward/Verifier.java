package rl.ballast.trainer.reward;

import java.time.Duration;
import java.util.List;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.run.RewardSpec;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.data.Problem;

/// Judges responses. Thread-safe. Whoever makes one closes it.
public interface Verifier extends AutoCloseable {
    /// One finite reward per candidate, in order.
    ///
    /// @throws LearnerFailure if no judgement can be had
    double[] judge(List<Candidate> candidates);

    /// Refuses a problem that can never be judged; called for every problem before training.
    ///
    /// @throws LearnerFailure with the problem's file, line and field
    default void check(Problem problem) {}

    @Override
    default void close() {}

    /// The verifier that a run asks for.
    ///
    /// @throws LearnerFailure if the specification makes no sense
    static Verifier of(RewardSpec spec) {
        RewardSpec.Verifier builtIn = spec.verifier();
        String url = spec.url();
        if (builtIn != null && url == null) {
            return switch (builtIn) {
                case EXACT_ANSWER -> new ExactAnswer();
                case NUMBER -> new NumberAnswer();
                case REGEX -> RegexAnswer.of(spec.pattern());
            };
        }
        if (builtIn == null && url != null) {
            return RewardService.of(url, Duration.ofSeconds(spec.timeoutSeconds()), spec.retries());
        }
        throw new LearnerFailure(
                ExitCode.CONFIGURATION, "reward: expected exactly one of the fields 'verifier' and 'url'");
    }
}
