package rl.ballast.trainer.progress;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import rl.ballast.protocol.objective.WarningSigns;

/// The last steps' warning signals, since this start of the learner. Thread-safe.
final class RecentSteps {
    /// As many as a trend is judged over (the paper's figures: collapses build up over some hundred steps).
    static final int WINDOW = 200;

    private record Step(double k3, double entropy) {}

    private final Deque<Step> steps = new ArrayDeque<>();

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
    }

    synchronized Optional<WarningSigns.Verdict> verdict() {
        return WarningSigns.verdict(
                steps.stream().mapToDouble(Step::k3).toArray(),
                steps.stream().mapToDouble(Step::entropy).toArray());
    }
}
