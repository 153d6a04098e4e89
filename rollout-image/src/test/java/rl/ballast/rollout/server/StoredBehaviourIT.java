package rl.ballast.rollout.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.role.EngineConfig.Backend;
import rl.ballast.protocol.role.ServedPrecision;
import rl.ballast.protocol.store.StoreLayout;

class StoredBehaviourIT {
    @TempDir
    private Path folder;

    @Test
    void theFirstDeviationOutlivesTheEngine() {
        assertThat(base(ServedPrecision.FP8).orFirst(new PolicyVersion(1), 0.01))
                .isEqualTo(0.01);

        StoredBehaviour next = base(ServedPrecision.FP8);
        assertThat(next.orFirst(new PolicyVersion(7), 0.5)).isEqualTo(0.01);
        assertThat(next.orFirst(new PolicyVersion(8), 0.6)).isEqualTo(0.01);
        assertThat(folder.resolve("probes/VECTOR-FP8.json"))
                .content()
                .isEqualToIgnoringNewLines("{\"policyVersion\":1,\"deviation\":0.01}");
    }

    @Test
    void everyPrecisionHasItsOwn() {
        base(ServedPrecision.FP8).orFirst(new PolicyVersion(1), 0.01);

        assertThat(base(ServedPrecision.F32).orFirst(new PolicyVersion(1), 1e-7))
                .isEqualTo(1e-7);
    }

    @Test
    void aBrokenFileDoesNotStopTheEngine() throws IOException {
        Files.createDirectories(folder.resolve("probes"));
        Files.writeString(folder.resolve("probes/VECTOR-F32.json"), "{\"deviation\": \"NaN\", \"policyVersion\": 1}");

        StoredBehaviour base = base(ServedPrecision.F32);
        assertThat(base.orFirst(new PolicyVersion(2), 0.1)).isEqualTo(0.1);
        assertThat(base.orFirst(new PolicyVersion(3), 0.2)).isEqualTo(0.1);
    }

    private StoredBehaviour base(ServedPrecision precision) {
        return new StoredBehaviour(new StoreLayout(folder), Backend.VECTOR, precision);
    }
}
