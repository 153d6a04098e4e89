package rl.ballast.trainer.reward;

import java.util.List;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.data.Problem;

/// 1 if the response is the same [number](ExactNumber) as the answer, however it is written; else 0.
final class NumberAnswer implements Verifier {
    @Override
    public double[] judge(List<Candidate> candidates) {
        return candidates.stream().mapToDouble(NumberAnswer::judge).toArray();
    }

    private static double judge(Candidate candidate) {
        ExactNumber answer = answer(candidate.problem());
        return ExactNumber.parse(candidate.response()).filter(answer::sameAs).isPresent() ? 1 : 0;
    }

    @Override
    public void check(Problem problem) {
        answer(problem);
    }

    private static ExactNumber answer(Problem problem) {
        return ExactNumber.parse(problem.answer())
                .orElseThrow(() -> new LearnerFailure(
                        ExitCode.CORRUPT,
                        "%s: field 'answer': expected a number such as 12, -0.5, 1/2, 1,000 or 5e-1 (reward.verifier: number), found '%s'"
                                .formatted(problem.origin(), problem.answer())));
    }
}
