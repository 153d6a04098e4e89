package rl.ballast.trainer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.sizing.StoreNeeds;
import rl.ballast.trainer.LearnerFailure;

class StoreRoomTest {
    private static final Path STORE = Path.of("/store/runs/a");

    @Test
    void refusesAVolumeThatIsTooSmallWithTheArithmetic() {
        var needs = new StoreNeeds(30L << 20, 3, 10L << 20, 4, 1L << 20, 6, 0, 1);
        assertThatCode(() -> StoreRoom.requireVolume(needs, STORE, 200L << 20)).doesNotThrowAnyException();
        assertThatThrownBy(() -> StoreRoom.requireVolume(needs, STORE, (200L << 20) - 1))
                .isInstanceOfSatisfying(
                        LearnerFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.STORE_REFUSED))
                .hasMessageContaining("store /store/runs/a: the run needs 200.0 MiB: 3 checkpoints of 30.0 MiB")
                .hasMessageContaining("; its volume holds 200.0 MiB")
                .hasMessageContaining("Enlarge it (storage.volume.size), or lower checkpoint.keep");
    }
}
