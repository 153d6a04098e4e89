package rl.ballast.trainer.reward;

import java.util.List;

/// 1 if the response is the answer, character by character, apart from white space at both ends; else 0.
final class ExactAnswer implements Verifier {
    @Override
    public double[] judge(List<Candidate> candidates) {
        return candidates.stream()
                .mapToDouble(
                        c -> c.response().strip().equals(c.problem().answer().strip()) ? 1 : 0)
                .toArray();
    }
}
