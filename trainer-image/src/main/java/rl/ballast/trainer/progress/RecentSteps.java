package rl.ballast.trainer.progress;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import rl.ballast.protocol.objective.WarningSigns;

/// The last steps' warning signals, since this start of the learner. A sign stands until some steps in a row show none,
/// so that a value at its limit does not come and go. Thread-safe.
final class RecentSteps {
    /// As many as a trend is judged over (the paper's figures: collapses build up over some hundred steps).
    static final int WINDOW = 200;
    /// Steps in a row without a sign after which one is over.
    static final int CALM = 10;

    private record Step(double k3, double entropy) {}

    private final Deque<Step> steps = new ArrayDeque<>();
    private Optional<WarningSigns.Verdict> verdict = Optional.empty();
    private int calm = CALM;

    /// A line without a finite mismatch and entropy (step 0, or a step that trained on nothing) is left out.
    synchronized void add(JsonNode line) {
        double k3 = line.at("/engineMismatch/k3").asDouble(Double.NaN);
        double entropy = line.at("/entropy/mean").asDouble(Double.NaN);
        if (!Double.isFinite(k3) || !Double.isFinite(entropy)) {
            return;
        }
        steps.add(new Step(k3, entropy));
        if (steps.size() > WINDOW) {
            steps.remove();
        }
        judge();
    }

    synchronized Optional<WarningSigns.Verdict> verdict() {
        return verdict;
    }

    private void judge() {
        Optional<WarningSigns.Verdict> now = WarningSigns.verdict(
                steps.stream().mapToDouble(Step::k3).toArray(),
                steps.stream().mapToDouble(Step::entropy).toArray());
        boolean sign = now.filter(found -> !found.stable()).isPresent();
        calm = sign ? 0 : calm + 1;
        if (sign || calm >= CALM) {
            verdict = now;
        }
    }
}
