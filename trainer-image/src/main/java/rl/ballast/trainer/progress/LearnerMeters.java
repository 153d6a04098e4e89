package rl.ballast.trainer.progress;

import com.fasterxml.jackson.databind.JsonNode;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/// The learner's Prometheus metrics: one gauge per number a person watches, set when a step is recorded.
/// Thread-safe.
public final class LearnerMeters {
    private static final Map<String, String> GAUGES = gauges();

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Map<String, Gauge> byPath = new LinkedHashMap<>();
    private final Gauge policyVersion = Gauge.builder()
            .name("ballast_learner_policy_version")
            .help("Newest published policy version")
            .register(registry);
    private final Gauge phaseSeconds = Gauge.builder()
            .name("ballast_learner_phase_seconds")
            .help("Seconds of each phase of the last step")
            .labelNames("phase")
            .register(registry);
    private final Gauge disagreement = Gauge.builder()
            .name("ballast_learner_routing_disagreement_ratio")
            .help("Share of (token, layer) expert sets that differ between engine and live router, by layer")
            .labelNames("layer")
            .register(registry);
    private final Counter unknownRoutes = Counter.builder()
            .name("ballast_learner_unknown_routes")
            .help("Recorded (token, layer) routes that were unknown, by reason")
            .labelNames("reason")
            .register(registry);
    private final Counter corruptTraces = Counter.builder()
            .name("ballast_learner_corrupt_traces")
            .help("Trace files that were not what their checksum, format or tokens say, and were recorded again")
            .register(registry);
    private final Counter tokens = Counter.builder()
            .name("ballast_learner_trained_tokens")
            .help("Sampled tokens that were trained on")
            .register(registry);

    public LearnerMeters() {
        GAUGES.forEach((path, name) -> byPath.put(
                path,
                Gauge.builder()
                        .name("ballast_learner_" + name)
                        .help("Value of %s in metrics.jsonl".formatted(path.substring(1)))
                        .register(registry)));
    }

    private static Map<String, String> gauges() {
        var gauges = new LinkedHashMap<String, String>();
        gauges.put("/step", "step");
        gauges.put("/reward/mean", "reward_mean");
        gauges.put("/evaluation/score", "evaluation_score");
        gauges.put("/engineMismatch/k1", "engine_mismatch_k1_nats");
        gauges.put("/engineMismatch/k3", "engine_mismatch_k3_nats");
        gauges.put("/engineMismatch/essFraction", "engine_mismatch_ess_ratio");
        gauges.put("/entropy/mean", "entropy_nats");
        gauges.put("/update/loss", "loss");
        gauges.put("/update/gradientNorm", "gradient_norm");
        gauges.put("/update/clipFraction", "clip_ratio");
        gauges.put("/update/truncationFraction", "truncation_ratio");
        gauges.put("/update/learningRate", "learning_rate");
        gauges.put("/replay/coverage", "replay_coverage_ratio");
        gauges.put("/replay/disagreement/slot", "routing_disagreement_slot_ratio");
        gauges.put("/length/mean", "response_length_tokens");
        gauges.put("/tokens/perSecond", "tokens_per_second");
        gauges.put("/memory/learnerRssBytes", "resident_bytes");
        return gauges;
    }

    void policyVersion(long version) {
        policyVersion.set((double) version);
    }

    void corruptTraces(int files) {
        corruptTraces.inc(files);
    }

    void recorded(JsonNode line) {
        byPath.forEach((path, gauge) -> {
            JsonNode value = line.at(path);
            if (value.isNumber()) {
                gauge.set(value.asDouble());
            }
        });
        line.path("seconds")
                .properties()
                .forEach(e ->
                        phaseSeconds.labelValues(e.getKey()).set(e.getValue().asDouble()));
        line.at("/replay/disagreement/perLayer")
                .forEach(layer -> disagreement
                        .labelValues(layer.path("layer").asText())
                        .set(layer.path("any").asDouble()));
        line.at("/replay/unknown")
                .properties()
                .forEach(e ->
                        unknownRoutes.labelValues(e.getKey()).inc(e.getValue().asDouble()));
        tokens.inc(line.at("/tokens/trained").asDouble(0));
    }

    /// Prometheus text format.
    void write(OutputStream out) throws IOException {
        PrometheusTextFormatWriter.create().write(out, registry.scrape());
    }
}
