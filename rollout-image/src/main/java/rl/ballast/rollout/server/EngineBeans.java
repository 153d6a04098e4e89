package rl.ballast.rollout.server;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.RoleConfigFile;

/// Puts the server together from its configuration file.
@Singleton
public class EngineBeans {
    private final EngineProcess process;
    private final Duration drainLimit;

    public EngineBeans(
            @ConfigProperty(name = EngineMain.CONFIG_PROPERTY) String configFile,
            @ConfigProperty(name = "quarkus.application.version") String version,
            @ConfigProperty(name = "ballast.shutdown.drain") Duration drainLimit) {
        this.drainLimit = drainLimit;
        EngineConfig config = RoleConfigFile.read(Path.of(configFile), EngineConfig.class);
        process = EngineProcess.create(config, EngineProcess.engineId(Path.of(configFile)), version);
    }

    @Produces
    @Singleton
    EngineServer server() {
        return process.server();
    }

    @Produces
    @Singleton
    BearerToken token() {
        return process.token();
    }

    void start(@Observes StartupEvent event) {
        TerminationSignal.install(this::drainAndExit, Quarkus::asyncExit);
        process.start();
    }

    private void drainAndExit() {
        process.stop(drainLimit);
        Quarkus.asyncExit(ExitCode.COMPLETE.code());
    }

    void stop(@Observes ShutdownEvent event) {
        process.stop(Duration.ZERO);
    }
}
