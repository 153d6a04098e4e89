package rl.ballast.rollout.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.store.Epochs;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.trace.TraceSource;
import rl.ballast.rollout.engine.Backend;
import rl.ballast.rollout.engine.EngineCore;
import rl.ballast.rollout.engine.EngineSettings;
import rl.ballast.rollout.engine.RolloutEngine;
import rl.ballast.rollout.torch.TorchBackend;
import rl.ballast.rollout.vector.VectorBackend;

/// All parts of an engine, put together from its configuration.
final class EngineProcess {
    private static final Logger LOG = LoggerFactory.getLogger(EngineProcess.class);
    private static final String ID_VARIABLE = "BALLAST_ENGINE_ID";

    private final EngineServer server;
    private final BearerToken token;
    private final CurrentWeightsWatch watch;

    private EngineProcess(EngineServer server, BearerToken token, CurrentWeightsWatch watch) {
        this.server = server;
        this.token = token;
        this.watch = watch;
    }

    static EngineProcess create(EngineConfig config, String engineId, String version) {
        var store = new StoreLayout(Path.of(config.store()));
        // A learner that was replaced while this engine was down is turned away from the first call on.
        var fence = new EpochFence(Epochs.of(store).newest().orElse(0));
        var metrics = new ServerMetrics();
        var reader = new StoreReader(store, config.run().uid(), config.precision());
        var weights = new WeightsDesk(reader, model -> core(config, model, store), fence, metrics);
        var source = new TraceSource(
                engineId,
                version,
                config.backend().name().toLowerCase(Locale.ROOT),
                config.precision().name(),
                0,
                0);
        var routes = new TraceFiles(store, config.run().uid(), source, metrics::traceWritten);
        var server = new EngineServer(engineId, store, config.captureRoutes(), fence, weights, routes, metrics);
        LOG.atInfo()
                .addKeyValue("engine", engineId)
                .addKeyValue("run", config.run().name())
                .addKeyValue("backend", config.backend())
                .addKeyValue("precision", config.precision())
                .log("engine starts");
        return new EngineProcess(
                server, new BearerToken(config.token()), new CurrentWeightsWatch(store, server::loadFirst));
    }

    /// The environment's `BALLAST_ENGINE_ID`, else the name of the configuration file without its ending.
    static String engineId(Path configFile) {
        String variable = System.getenv(ID_VARIABLE);
        if (variable != null && !variable.isBlank()) {
            return variable;
        }
        return String.valueOf(configFile.getFileName()).replaceFirst("\\.json$", "");
    }

    private static EngineCore core(EngineConfig config, ModelConfig model, StoreLayout store) {
        return RolloutEngine.start(
                backend(config, model),
                new EngineSettings(config.maxSequences(), config.maxBatchTokens(), config.swapPolicy()),
                new StoredBehaviour(store, config.backend(), config.precision()));
    }

    private static Backend backend(EngineConfig config, ModelConfig model) {
        return switch (config.backend()) {
            case VECTOR ->
                VectorBackend.create(
                        model,
                        config.precision(),
                        config.computeThreads(),
                        config.kvBlockTokens(),
                        config.kvCacheBytes());
            case TORCH ->
                TorchBackend.create(
                        model,
                        config.precision(),
                        config.computeThreads(),
                        config.kvBlockTokens(),
                        config.kvCacheBytes());
        };
    }

    EngineServer server() {
        return server;
    }

    BearerToken token() {
        return token;
    }

    void start() {
        watch.start();
    }

    /// Stops taking work, lets what runs come to its end for at most `limit`, and ends.
    void stop(Duration limit) {
        watch.close();
        try {
            server.shutDown(limit);
        } catch (InterruptedException e) {
            server.close();
            Thread.currentThread().interrupt();
        }
    }
}
