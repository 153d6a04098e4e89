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

    private static final StoreNeeds NEEDS =
            new StoreNeeds(5L << 20, 30L << 20, 3, 10L << 20, 4, 1L << 20, 6, 0, 1); // 205 MiB

    @Test
    void refusesAVolumeThatIsTooSmallWithTheArithmetic() {
        assertThatCode(() -> StoreRoom.requireVolume(NEEDS, STORE, 205L << 20, 1L << 40))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> StoreRoom.requireVolume(NEEDS, STORE, (205L << 20) - 1, 1L << 40))
                .isInstanceOfSatisfying(
                        LearnerFailure.class,
                        failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.STORE_REFUSED))
                .hasMessageContaining(
                        "store /store/runs/a: the run needs 205.0 MiB: its model of 5.0 MiB, 3 checkpoints of 30.0 MiB")
                .hasMessageContaining("; its volume holds 205.0 MiB. A run that has ended takes no larger volume:"
                        + " delete it and make it again, with a larger storage.volume.size"
                        + " (and storage.adopt: true, to go on with what is there)"
                        + " or with a lower checkpoint.keep, ");
    }

    @Test
    void withoutAClaimTheDiskCounts() {
        assertThatCode(() -> StoreRoom.requireVolume(NEEDS, STORE, 0, 205L << 20))
                .doesNotThrowAnyException();
        assertThatCode(() -> StoreRoom.requireVolume(NEEDS, STORE, 0, 0))
                .as("a disk that says nothing")
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> StoreRoom.requireVolume(NEEDS, STORE, 0, 200L << 20))
                .hasMessageContaining("its volume holds 200.0 MiB. Give the run a larger volume, or lower");
    }

    @Test
    void atFirstWhatIsFreeCountsOfADiskThatOthersShare() {
        assertThatCode(() -> StoreRoom.requireFree(NEEDS, STORE, 205L << 20)).doesNotThrowAnyException();
        assertThatThrownBy(() -> StoreRoom.requireFree(NEEDS, STORE, 100L << 20))
                .hasMessageContaining("its disk, which may be shared, has 100.0 MiB free. Make room there");
    }
}
