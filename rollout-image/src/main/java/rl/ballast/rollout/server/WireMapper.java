package rl.ballast.rollout.server;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.jackson.ObjectMapperCustomizer;
import jakarta.inject.Singleton;
import rl.ballast.protocol.wire.WireJson;

/// Makes the server read requests as [WireJson#requests] does.
@Singleton
public class WireMapper implements ObjectMapperCustomizer {
    /// After Quarkus' own settings.
    @Override
    public int priority() {
        return MINIMUM_PRIORITY;
    }

    @Override
    public void customize(ObjectMapper mapper) {
        for (DeserializationFeature feature : DeserializationFeature.values()) {
            mapper.configure(feature, WireJson.requests().isEnabled(feature));
        }
    }
}
