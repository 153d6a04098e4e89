package rl.ballast.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import rl.ballast.protocol.objective.WarningSigns;

/// Explains a run in sentences: what was learned, and which warning signs of a collapse appeared. Thresholds are rules
/// of thumb; a trend counts more than a level, since FP8 rollouts sit ten times above BF16.
final class Findings {
    /// Mismatch below this is rounding, whatever its trend.
    private static final double ROUNDING = 1e-7;

    private Findings() {}

    static List<Finding> of(RunHistory run) {
        List<Finding> findings = new ArrayList<>();
        progress(run, findings);
        mismatch(run, findings);
        replay(run, findings);
        updates(run, findings);
        entropy(run, findings);
        responses(run, findings);
        restarts(run, findings);
        return findings;
    }

    private static void progress(RunHistory run, List<Finding> out) {
        double[] scores = run.values("/evaluation/score");
        if (scores.length < 3) {
            return;
        }
        double best = Arrays.stream(scores).max().orElseThrow();
        double last = scores[scores.length - 1];
        double before = scores[scores.length - 1 - Math.max(1, scores.length / 3)];
        if (last < best - 0.05) {
            out.add(warning(
                    "Learning",
                    "the last evaluation (%s) is below the best (%s): stop earlier or lower the learning rate.",
                    percent(last),
                    percent(best)));
        } else if (last - before > 0.03) {
            out.add(fine(
                    "Learning",
                    "accuracy still rose in the last third (%s to %s): more steps would probably help.",
                    percent(before),
                    percent(last)));
        } else {
            out.add(fine(
                    "Learning",
                    "accuracy has levelled off: %s now, %s a third of the run ago.",
                    percent(last),
                    percent(before)));
        }
    }

    private static void mismatch(RunHistory run, List<Finding> out) {
        WarningSigns.mismatch(run.values("/engineMismatch/k3")).ifPresent(mismatch -> mismatch(mismatch, out));
    }

    private static void mismatch(WarningSigns.Mismatch mismatch, List<Finding> out) {
        String numbers = "KL between engine and learner (k3) went from %s to %s, at most %s"
                .formatted(Scale.text(mismatch.early()), Scale.text(mismatch.late()), Scale.text(mismatch.largest()));
        if (mismatch.largest() < ROUNDING) {
            out.add(fine("Mismatch", "%s: rounding only, both engines compute the same.", numbers));
        } else if (mismatch.rises() || mismatch.peaked()) {
            out.add(warning(
                    "Mismatch",
                    "%s. It %s, the paper's sign of a coming collapse: use replay R3, fewer mini-batches per step, or"
                            + " rollouts in a higher precision.",
                    numbers,
                    mismatch.rises()
                            ? "has more than doubled"
                            : "was above " + Scale.text(WarningSigns.MISMATCH_WARNING)));
        } else if (mismatch.doubled()) {
            out.add(fine(
                    "Mismatch",
                    "%s. It has more than doubled, but below %s that means little.",
                    numbers,
                    Scale.text(WarningSigns.MISMATCH_FLOOR)));
        } else {
            out.add(fine("Mismatch", "%s, without a trend upwards.", numbers));
        }
    }

    private static void replay(RunHistory run, List<Finding> out) {
        JsonNode last = run.lastWith("/replay/mode");
        String mode = last.at("/replay/mode").asText("");
        if (mode.isEmpty()) {
            return;
        }
        double[] disagreement = run.values("/replay/disagreement/any");
        double[] live = run.values("/engineMismatchLive/k3");
        double[] replayed = run.steps().stream()
                .filter(step -> step.at("/engineMismatchLive/k3").isNumber())
                .mapToDouble(step -> step.at("/engineMismatch/k3").asDouble())
                .filter(Double::isFinite)
                .toArray();
        StringBuilder text = new StringBuilder(
                "%s (%s)".formatted(mode, last.at("/replay/reason").asText("")));
        text.append(
                disagreement.length == 0
                        ? "; no routes were recorded to compare with the live router"
                        : "; engine and live router chose other experts for %s of (token, layer) pairs"
                                .formatted(percent(median(disagreement))));
        if (live.length > 0 && replayed.length > 0) {
            text.append("; median k3 %s with replay, %s on the same rollouts without"
                    .formatted(Scale.text(median(replayed)), Scale.text(median(live))));
        }
        double[] coverages = run.values("/replay/coverage");
        double coverage = Arrays.stream(coverages).min().orElse(1);
        boolean gaps = !mode.equals("NONE") && coverage < 1;
        if (!mode.equals("NONE") && coverages.length > 0) {
            text.append("; coverage ").append(gaps ? "down to " + percent(coverage) : "complete");
        }
        text.append(gaps ? ". Routes are missing: see replay.unknown in metrics.jsonl for the reasons." : ".");
        out.add(new Finding("Routing replay", text.toString(), gaps));
    }

    private static void updates(RunHistory run, List<Finding> out) {
        double[] clipped = run.values("/update/clipFraction");
        if (clipped.length == 0) {
            return;
        }
        double largest = Arrays.stream(clipped).max().orElseThrow();
        double truncated =
                Arrays.stream(run.values("/update/truncationFraction")).max().orElse(0);
        String text =
                "on average %s of the tokens were clipped (at most %s), at most %s had a truncated importance weight."
                        .formatted(
                                percent(Arrays.stream(clipped).average().orElseThrow()),
                                percent(largest),
                                percent(truncated));
        out.add(
                largest > 0.45
                        ? warning("Updates", "%s Nearly half clipped: use fewer mini-batches per step.", text)
                        : fine("Updates", "%s", text));
    }

    private static void entropy(RunHistory run, List<Finding> out) {
        double[] entropy = run.values("/entropy/mean");
        if (entropy.length < 2) {
            return;
        }
        double first = entropy[0];
        double last = entropy[entropy.length - 1];
        String text = "from %s to %s nats per token".formatted(Scale.text(first), Scale.text(last));
        out.add(
                WarningSigns.entropyFell(entropy)
                        ? warning(
                                "Entropy",
                                "%s, with a fall to less than a third within five steps: lower the learning rate, or"
                                        + " look at the mismatch at that step.",
                                text)
                        : fine("Entropy", "%s, without a sudden fall.", text));
    }

    private static void responses(RunHistory run, List<Finding> out) {
        JsonNode last = run.lastWith("/length/truncatedFraction");
        double cut = last.at("/length/truncatedFraction").asDouble(0);
        if (cut > 0.05) {
            out.add(warning(
                    "Responses",
                    "%s of the last responses were cut at maxTokens: raise recipe.sampling.maxTokens.",
                    percent(cut)));
        }
        double groups = last.at("/reward/groups").asDouble(0);
        if (groups > 0) {
            double right = last.at("/reward/groupsAllRight").asDouble() / groups;
            double silent = right + last.at("/reward/groupsAllWrong").asDouble() / groups;
            if (silent > 0.8 && right > 0.5) {
                out.add(fine(
                        "Responses",
                        "in %s of the last groups all answers were right: the problems are nearly solved, and more steps"
                                + " would teach little.",
                        percent(right)));
            } else if (silent > 0.8) {
                out.add(warning(
                        "Responses",
                        "in %s of the last groups all answers were right or all wrong; they teach nothing. Choose"
                                + " problems of other difficulty, or larger groups.",
                        percent(silent)));
            }
        }
    }

    private static void restarts(RunHistory run, List<Finding> out) {
        int epoch =
                run.steps().isEmpty() ? 1 : run.steps().getLast().path("epoch").asInt(1);
        if (epoch > 1) {
            out.add(fine("Restarts", "the learner was started %d times; it went on from its checkpoint.", epoch));
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    }

    private static String percent(double share) {
        return share != 0 && share < 0.001
                ? Scale.text(share * 100) + "%"
                : String.format(Locale.ROOT, "%.1f%%", share * 100);
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation is not on the class path
    private static Finding fine(String topic, String format, Object... values) {
        return new Finding(topic, String.format(Locale.ROOT, format, values), false);
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation is not on the class path
    private static Finding warning(String topic, String format, Object... values) {
        return new Finding(topic, String.format(Locale.ROOT, format, values), true);
    }
}
