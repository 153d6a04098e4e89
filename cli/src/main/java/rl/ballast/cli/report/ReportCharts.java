package rl.ballast.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import rl.ballast.cli.report.Series.Mark;

/// Which curves a person wants to look at, in the order of a person's questions: does it learn, is it stable, and why.
final class ReportCharts {
    private ReportCharts() {}

    static List<LineChart> learning(RunHistory run) {
        return present(List.of(
                chart(
                        "Reward and evaluation",
                        "Mean reward of the sampled responses, and accuracy on held-out problems.",
                        true,
                        run.series("reward", "reward/mean", Mark.LINE),
                        run.series("evaluation", "evaluation/score", Mark.DOTS)),
                new LineChart(
                        "Cold start",
                        "Supervised loss per demonstration token, in nats.",
                        "update",
                        List.of(RunHistory.series("loss", run.coldStart(), "update", "loss", Mark.LINE)),
                        false,
                        true),
                chart(
                        "Response length",
                        "Tokens per response.",
                        true,
                        run.series("mean", "length/mean", Mark.LINE),
                        run.series("longest", "length/max", Mark.THIN))));
    }

    static List<LineChart> stability(RunHistory run) {
        return present(List.of(
                logarithmic(
                        "Training-inference mismatch",
                        "KL from the engine to the learner with the same weights (k3 estimate). A sharp rise warns of"
                                + " collapse; the trend matters more than the level.",
                        run.series("k3", "engineMismatch/k3", Mark.LINE),
                        run.series("k3 without replay", "engineMismatchLive/k3", Mark.THIN)),
                chart(
                        "Entropy",
                        "Mean entropy of the policy per token, in nats. A sharp drop together with rising mismatch warns of"
                                + " collapse.",
                        true,
                        run.series("entropy", "entropy/mean", Mark.LINE)),
                logarithmic(
                        "Tail of the mismatch",
                        "Share of tokens whose probability differs between engine and learner by more than a factor.",
                        run.series("1.1", "engineMismatch/tails/1.1", Mark.LINE),
                        run.series("1.5", "engineMismatch/tails/1.5", Mark.LINE),
                        run.series("2", "engineMismatch/tails/2", Mark.LINE)),
                chart(
                        "Clip fraction",
                        "Share of tokens masked by the clip, and truncated by the importance-weight bound.",
                        true,
                        run.series("clipped", "update/clipFraction", Mark.LINE),
                        run.series("truncated", "update/truncationFraction", Mark.LINE)),
                chart(
                        "Importance weight",
                        "Learner probability over engine probability of the sampled tokens.",
                        false,
                        run.series("mean", "update/importanceWeight/mean", Mark.LINE),
                        run.series("smallest", "update/importanceWeight/min", Mark.THIN),
                        run.series("largest", "update/importanceWeight/max", Mark.THIN)),
                chart(
                        "Routing disagreement",
                        "Where the engine and the learner's live router chose other experts: share of expert slots, of (token,"
                                + " layer) sets, and of tokens with any difference.",
                        true,
                        run.series("slots", "replay/disagreement/slot", Mark.LINE),
                        run.series("sets", "replay/disagreement/any", Mark.LINE),
                        run.series("tokens", "replay/disagreement/tokenAny", Mark.LINE)),
                disagreementByLayer(run),
                chart(
                        "Gradient norm",
                        "Before clipping.",
                        true,
                        run.series("norm", "update/gradientNorm", Mark.LINE))));
    }

    static List<LineChart> cost(RunHistory run) {
        List<Series> phases = new ArrayList<>();
        for (String phase : List.of("generate", "proximal", "update", "evaluate", "checkpoint", "publish", "judge")) {
            phases.add(run.series(phase, "seconds/" + phase, phase.equals("evaluate") ? Mark.DOTS : Mark.LINE));
        }
        return present(List.of(
                new LineChart("Time per phase", "Seconds of each step.", "step", phases, false, true),
                chart(
                        "Throughput",
                        "Sampled tokens per second of a whole step.",
                        true,
                        run.series("tokens/s", "tokens/perSecond", Mark.LINE)),
                new LineChart(
                        "Memory of the learner",
                        "Resident memory, in MB.",
                        "step",
                        List.of(run.series("MB", "memory/learnerRssBytes", Mark.LINE)
                                .scaled(1e-6)),
                        false,
                        true)));
    }

    private static LineChart disagreementByLayer(RunHistory run) {
        TreeSet<Integer> indices = new TreeSet<>();
        run.steps().forEach(step -> {
            for (int i = 0; i < step.at("/replay/disagreement/perLayer").size(); i++) {
                indices.add(i);
            }
        });
        List<Series> layers = new ArrayList<>();
        for (int index : indices) {
            String base = "replay/disagreement/perLayer/" + index;
            String name = run.steps().stream()
                    .map(step -> step.at("/" + base + "/layer").asText())
                    .filter(text -> !text.isEmpty())
                    .findFirst()
                    .orElse(Integer.toString(index));
            layers.add(run.series("layer " + name, base + "/any", Mark.LINE));
        }
        return new LineChart(
                "Routing disagreement by layer",
                "Share of tokens whose expert set differs, per layer.",
                "step",
                layers.size() > 8 ? layers.subList(0, 8) : layers,
                false,
                true);
    }

    private static LineChart chart(String title, String note, boolean fromZero, Series... series) {
        return new LineChart(title, note, "step", List.of(series), false, fromZero);
    }

    private static LineChart logarithmic(String title, String note, Series... series) {
        return new LineChart(title, note, "step", List.of(series), true, false);
    }

    private static List<LineChart> present(List<LineChart> charts) {
        return charts.stream().filter(chart -> !chart.isEmpty()).toList();
    }
}
