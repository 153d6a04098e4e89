package rl.ballast.helm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// The Grafana dashboard of one run: is the policy stable, is replay whole, where does the time go, do all serve the
/// same weights.
final class Dashboard {
    private static final int WIDTH = 24;
    private static final int HEIGHT = 8;
    private static final String RECONCILE = "operator_sdk_controllers_execution_reconcile";
    private static final String RUN = "{namespace=\"$namespace\", run=~\"$run\"}";

    private final ArrayNode panels = JsonNodeFactory.instance.arrayNode();
    private int left;
    private int top;

    private record Line(String expression, String legend) {}

    static ObjectNode json() {
        Dashboard dashboard = new Dashboard();
        dashboard.policy();
        dashboard.replay();
        dashboard.time();
        dashboard.weights();
        dashboard.operator();
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("uid", "ballast-run");
        root.put("title", "Ballast: runs");
        root.putArray("tags").add("ballast");
        root.put("schemaVersion", 39);
        root.put("editable", true);
        root.put("refresh", "30s");
        root.putObject("time").put("from", "now-6h").put("to", "now");
        ArrayNode variables = root.putObject("templating").putArray("list");
        variables
                .addObject()
                .put("name", "datasource")
                .put("type", "datasource")
                .put("query", "prometheus");
        variable(variables, "namespace", "label_values(ballast_learner_step, namespace)", false);
        variable(variables, "run", "label_values(ballast_learner_step{namespace=\"$namespace\"}, run)", true);
        root.set("panels", dashboard.panels);
        return root;
    }

    private void policy() {
        row("Policy");
        panel(
                "Reward and evaluation",
                "none",
                learner("reward_mean", "reward {{run}}"),
                learner("evaluation_score", "evaluation {{run}}"));
        panel(
                "Mismatch KL of engine and learner",
                "none",
                learner("engine_mismatch_k3_nats", "k3 {{run}}"),
                learner("engine_mismatch_k1_nats", "k1 {{run}}"));
        panel("Entropy (nats)", "none", learner("entropy_nats", "{{run}}"));
        panel(
                "Clipped and truncated tokens",
                "percentunit",
                learner("clip_ratio", "clipped {{run}}"),
                learner("truncation_ratio", "truncated {{run}}"));
        panel("Effective sample size", "percentunit", learner("engine_mismatch_ess_ratio", "{{run}}"));
        panel("Gradient norm", "none", learner("gradient_norm", "{{run}}"));
        panel("Loss", "none", learner("loss", "{{run}}"));
        panel("Response length (tokens)", "none", learner("response_length_tokens", "{{run}}"));
        panel("Learning rate", "none", learner("learning_rate", "{{run}}"));
    }

    private void replay() {
        row("Routing replay");
        panel("Replay coverage", "percentunit", learner("replay_coverage_ratio", "{{run}}"));
        panel(
                "Routing disagreement",
                "percentunit",
                learner("routing_disagreement_slot_ratio", "slots {{run}}"),
                new Line(
                        "max by (run, layer) (ballast_learner_routing_disagreement_ratio" + RUN + ")",
                        "{{run}} layer {{layer}}"));
        panel(
                "Unknown routes by reason",
                "none",
                new Line(
                        "sum by (run, reason) (increase(ballast_learner_unknown_routes_total" + RUN
                                + "[$__rate_interval]))",
                        "{{run}} {{reason}}"));
        panel("Traces written", "Bps", rate("trace_bytes_total", "{{run}}"));
    }

    private void time() {
        row("Where the time goes");
        panel(
                "Seconds of a step by phase",
                "s",
                new Line("max by (run, phase) (ballast_learner_phase_seconds" + RUN + ")", "{{run}} {{phase}}"));
        panel("Steps", "none", learner("step", "{{run}}"));
        panel(
                "Tokens per second",
                "none",
                learner("tokens_per_second", "learner {{run}}"),
                rate("generated_tokens_total", "engines {{run}}"));
        panel(
                "Responses in the engines",
                "none",
                engines("running_sequences", "decoding {{run}}"),
                engines("waiting_sequences", "waiting {{run}}"));
        panel(
                "KV cache in use",
                "percentunit",
                new Line(
                        "sum by (run) (ballast_rollout_kv_blocks_used" + RUN
                                + ") / sum by (run) (ballast_rollout_kv_blocks" + RUN + ")",
                        "{{run}}"));
        panel(
                "Rows of the engines' passes",
                "none",
                rate("prompt_rows_total", "prompt {{run}}"),
                rate("decode_rows_total", "decode {{run}}"),
                rate("prefix_hit_tokens_total", "found in the cache {{run}}"),
                rate("preemptions_total", "put back {{run}}"));
        panel("Resident memory of the learner", "bytes", learner("resident_bytes", "{{run}}"));
    }

    private void weights() {
        row("Weights");
        panel(
                "Policy versions",
                "none",
                learner("policy_version", "newest {{run}}"),
                new Line("min by (run, pod) (ballast_rollout_policy_version" + RUN + ")", "{{pod}}"));
        panel(
                "Largest lag (versions)",
                "none",
                new Line(
                        "max by (run) (ballast_learner_policy_version" + RUN
                                + ") - on (run) min by (run) (ballast_rollout_policy_version" + RUN + " > 0)",
                        "{{run}}"));
        panel("Time of a swap", "s", quantile("0.5", "median {{run}}"), quantile("0.99", "99% {{run}}"));
        panel(
                "Refused calls by reason",
                "none",
                new Line(
                        "sum by (run, reason) (increase(ballast_rollout_refusals_total" + RUN
                                + "[$__rate_interval])) > 0",
                        "{{run}} {{reason}}"),
                new Line(
                        "sum by (run) (increase(ballast_rollout_swap_refusals_total" + RUN + "[$__rate_interval])) > 0",
                        "weights {{run}}"));
        panel("Learner epochs seen", "none", new Line("max by (run) (ballast_rollout_epoch" + RUN + ")", "{{run}}"));
    }

    private void operator() {
        row("Operator, over all runs");
        panel("Operator pods that answer", "none", new Line("sum(up{job=~\".*ballast-operator\"})", "pods"));
        // Of several operator pods one leads and counts; the others say 0.
        panel("Runs by state", "none", new Line("max by (state) (ballast_runs)", "{{state}}"));
        panel(
                "Runs in trouble",
                "none",
                new Line("max(ballast_runs_behind)", "old weights"),
                new Line("max(ballast_runs_missing_routes)", "missing routes"),
                new Line("max(ballast_runs_largest_lag)", "largest lag (versions)"));
        panel(
                "From creation to ready",
                "s",
                overAll("0.5", "ballast_run_time_to_ready_seconds_bucket", "median"),
                overAll("0.99", "ballast_run_time_to_ready_seconds_bucket", "99%"));
        panel(
                "Restarts of learners and steps",
                "none",
                new Line("sum(increase(ballast_learner_restarts_total[$__rate_interval]))", "restarts"),
                new Line("sum(rate(ballast_run_steps_total[$__rate_interval]))", "steps per second"));
        panel(
                "Time of a reconciliation",
                "s",
                overAll("0.5", RECONCILE + "_seconds_bucket", "median"),
                overAll("0.99", RECONCILE + "_seconds_bucket", "99%"));
        panel(
                "Reconciliations per second",
                "none",
                new Line(
                        "sum by (controller) (rate(" + RECONCILE + "_seconds_count[$__rate_interval]))",
                        "{{controller}}"),
                new Line(
                        "sum by (kind) (rate(operator_sdk_reconciliations_failed_total[$__rate_interval]))",
                        "failed {{kind}}"));
    }

    private static Line learner(String name, String legend) {
        return new Line("max by (run) (ballast_learner_" + name + RUN + ")", legend);
    }

    private static Line engines(String name, String legend) {
        return new Line("sum by (run) (ballast_rollout_" + name + RUN + ")", legend);
    }

    private static Line rate(String name, String legend) {
        return new Line("sum by (run) (rate(ballast_rollout_" + name + RUN + "[$__rate_interval]))", legend);
    }

    private static Line quantile(String quantile, String legend) {
        return new Line(
                "histogram_quantile(" + quantile + ", sum by (run, le) (rate(ballast_rollout_swap_seconds_bucket" + RUN
                        + "[30m])))",
                legend);
    }

    private static Line overAll(String quantile, String buckets, String legend) {
        return new Line("histogram_quantile(" + quantile + ", sum by (le) (rate(" + buckets + "[30m])))", legend);
    }

    private void row(String title) {
        if (left > 0) {
            left = 0;
            top += HEIGHT;
        }
        ObjectNode row = panels.addObject();
        row.put("id", panels.size()).put("type", "row").put("title", title).put("collapsed", false);
        place(row, 0, top, WIDTH, 1);
        top++;
    }

    private void panel(String title, String unit, Line... lines) {
        ObjectNode panel = panels.addObject();
        panel.put("id", panels.size()).put("type", "timeseries").put("title", title);
        place(panel, left, top, WIDTH / 3, HEIGHT);
        datasource(panel);
        panel.putObject("fieldConfig").putObject("defaults").put("unit", unit);
        panel.putObject("options").putObject("tooltip").put("mode", "multi");
        ArrayNode targets = panel.putArray("targets");
        for (Line line : List.of(lines)) {
            ObjectNode target = targets.addObject();
            target.put("refId", String.valueOf((char) ('A' + targets.size() - 1)));
            target.put("expr", line.expression()).put("legendFormat", line.legend());
        }
        left += WIDTH / 3;
        if (left == WIDTH) {
            left = 0;
            top += HEIGHT;
        }
    }

    private static void place(ObjectNode panel, int x, int y, int w, int h) {
        panel.putObject("gridPos").put("x", x).put("y", y).put("w", w).put("h", h);
    }

    private static void datasource(ObjectNode owner) {
        owner.putObject("datasource").put("type", "prometheus").put("uid", "${datasource}");
    }

    private static void variable(ArrayNode variables, String name, String query, boolean several) {
        ObjectNode variable = variables.addObject();
        variable.put("name", name).put("type", "query").put("query", query).put("refresh", 2);
        variable.put("includeAll", several).put("multi", several);
        datasource(variable);
    }
}
