package rl.ballast.rollout.server;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.wire.EngineError.Reason;
import rl.ballast.rollout.engine.EngineCounters;

/// What Prometheus sees. Labels are bounded: outcomes and reasons, never ids.
final class ServerMetrics {
    private static final String OK = "ok";
    private static final String CANCELLED = "cancelled";

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Counter requests = Counter.builder()
            .name("ballast_rollout_requests_total")
            .help("Requests for rollouts, by outcome.")
            .labelNames("outcome")
            .register(registry);
    private final Counter refusals = Counter.builder()
            .name("ballast_rollout_refusals_total")
            .help("Calls of any kind that were answered with an error, by reason.")
            .labelNames("reason")
            .register(registry);
    private final Counter swapRefusals = Counter.builder()
            .name("ballast_rollout_swap_refusals_total")
            .help("Weights that were offered and not taken.")
            .register(registry);
    private final Histogram swapSeconds = Histogram.builder()
            .name("ballast_rollout_swap_seconds")
            .help("From the announcement of weights until they serve.")
            .classicUpperBounds(0.1, 0.3, 1, 3, 10, 30, 100, 300)
            .classicOnly()
            .register(registry);
    private final Counter traceBytes = Counter.builder()
            .name("ballast_rollout_trace_bytes_total")
            .help("Bytes of routing traces written.")
            .register(registry);

    ServerMetrics() {
        requests.initLabelValues(OK);
        requests.initLabelValues(CANCELLED);
        for (Reason reason : Reason.values()) {
            requests.initLabelValues(label(reason));
            refusals.initLabelValues(label(reason));
        }
    }

    /// Registers what is read from the engine whenever Prometheus asks.
    ///
    /// @param counters null while there is no engine
    void observe(Supplier<@Nullable EngineCounters> counters, Supplier<Number> epoch) {
        counter(counters, "generated_tokens", "Tokens sampled.", EngineCounters::generatedTokens);
        counter(counters, "finished_sequences", "Responses finished.", EngineCounters::finishedSequences);
        counter(counters, "steps", "Forward passes.", EngineCounters::steps);
        counter(counters, "prompt_rows", "Rows fed for prompts and repeated caches.", EngineCounters::promptRows);
        counter(counters, "decode_rows", "Rows fed for one new token each.", EngineCounters::decodeRows);
        counter(counters, "prefix_hit_tokens", "Positions found in the cache.", EngineCounters::prefixHitTokens);
        counter(counters, "preemptions", "Responses put back for lack of cache.", EngineCounters::preemptions);
        counter(counters, "swaps", "Weights taken into service.", EngineCounters::swaps);
        gauge(counters, "running_sequences", "Responses being decoded.", EngineCounters::runningSequences);
        gauge(counters, "waiting_sequences", "Responses waiting for room.", EngineCounters::waitingSequences);
        gauge(counters, "kv_blocks_used", "Blocks of the KV cache in use.", EngineCounters::usedBlocks);
        gauge(counters, "kv_blocks", "Blocks of the KV cache.", EngineCounters::totalBlocks);
        gauge(counters, "policy_version", "Version in service; 0 before the first.", ServerMetrics::version);
        GaugeWithCallback.builder()
                .name("ballast_rollout_epoch")
                .help("Newest learner epoch seen.")
                .callback(callback -> callback.call(epoch.get().doubleValue()))
                .register(registry);
    }

    private void counter(
            Supplier<@Nullable EngineCounters> counters,
            String name,
            String help,
            ToDoubleFunction<EngineCounters> value) {
        CounterWithCallback.builder()
                .name("ballast_rollout_%s_total".formatted(name))
                .help(help)
                .callback(callback -> callback.call(read(counters, value)))
                .register(registry);
    }

    private void gauge(
            Supplier<@Nullable EngineCounters> counters,
            String name,
            String help,
            ToDoubleFunction<EngineCounters> value) {
        GaugeWithCallback.builder()
                .name("ballast_rollout_" + name)
                .help(help)
                .callback(callback -> callback.call(read(counters, value)))
                .register(registry);
    }

    private static double read(Supplier<@Nullable EngineCounters> counters, ToDoubleFunction<EngineCounters> value) {
        EngineCounters now = counters.get();
        return now == null ? 0 : value.applyAsDouble(now);
    }

    private static double version(EngineCounters counters) {
        var version = counters.policyVersion();
        return version == null ? 0 : version.value();
    }

    void answered() {
        requests.labelValues(OK).inc();
    }

    void cancelled() {
        requests.labelValues(CANCELLED).inc();
    }

    void requestRefused(Reason reason) {
        requests.labelValues(label(reason)).inc();
    }

    void refused(Reason reason) {
        refusals.labelValues(label(reason)).inc();
    }

    void swapped(double seconds) {
        swapSeconds.observe(seconds);
    }

    void swapRefused() {
        swapRefusals.inc();
    }

    void traceWritten(long bytes) {
        traceBytes.inc(bytes);
    }

    /// Writes all metrics in the format that `accept` asks for and returns its content type.
    String write(@Nullable String accept, OutputStream out) throws IOException {
        ExpositionFormatWriter writer = ExpositionFormats.init().findWriter(accept);
        writer.write(out, registry.scrape());
        return writer.getContentType();
    }

    private static String label(Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}
