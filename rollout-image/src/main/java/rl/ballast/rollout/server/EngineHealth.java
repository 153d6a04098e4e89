package rl.ballast.rollout.server;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/// Health for whoever starts and routes to engines.
public final class EngineHealth {
    private EngineHealth() {}

    /// Down when the process must be started again.
    @Liveness
    @Singleton
    public static class Live implements HealthCheck {
        private final EngineServer engine;

        public Live(EngineServer engine) {
            this.engine = engine;
        }

        @Override
        public HealthCheckResponse call() {
            String failure = engine.failure();
            var response = HealthCheckResponse.named("engine").status(failure == null);
            return failure == null
                    ? response.build()
                    : response.withData("failure", failure).build();
        }
    }

    /// Up once a complete, verified version is held and nothing is ending. A swap changes nothing here.
    @Readiness
    @Singleton
    public static class Ready implements HealthCheck {
        private final EngineServer engine;

        public Ready(EngineServer engine) {
            this.engine = engine;
        }

        @Override
        public HealthCheckResponse call() {
            return HealthCheckResponse.named("weights").status(engine.ready()).build();
        }
    }
}
