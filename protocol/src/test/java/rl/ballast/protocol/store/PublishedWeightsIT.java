package rl.ballast.protocol.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.PolicyVersion;

class PublishedWeightsIT {
    @TempDir
    Path folder;

    private StoreLayout layout;
    private PublishedWeights weights;
    private long epoch;

    @BeforeEach
    void openStore() {
        layout = new StoreLayout(folder);
        weights = new PublishedWeights(layout);
        epoch = Epochs.of(layout).next();
    }

    @Test
    void aNewStoreHasNoVersion() {
        assertThat(weights.current()).isEmpty();
        assertThat(weights.versions()).isEmpty();
        assertThat(weights.highestUsed()).isEmpty();
    }

    @Test
    void thePointerMovesToCompleteVersionsOnly() throws IOException {
        publish(1);
        weights.advance(new PolicyVersion(1), epoch);
        Files.createDirectory(layout.weights(new PolicyVersion(2)));

        assertThatThrownBy(() -> weights.advance(new PolicyVersion(2), epoch))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining("v000002")
                .hasMessageContaining("manifest.json");
        assertThat(weights.current()).contains(new PolicyVersion(1));
        assertThat(layout.current()).hasContent("v000001\n");
    }

    @Test
    void thePointerNeverMovesBack() {
        publish(1);
        publish(2);
        weights.advance(new PolicyVersion(2), epoch);

        assertThatThrownBy(() -> weights.advance(new PolicyVersion(1), epoch))
                .hasMessageContaining("expected a version newer than v000002, found v000001");
    }

    @Test
    void aReplacedLearnerCannotMoveThePointer() {
        publish(1);
        Epochs.of(layout).next();

        assertThatThrownBy(() -> weights.advance(new PolicyVersion(1), epoch))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining("a newer learner owns this run");
        assertThat(weights.current()).isEmpty();
    }

    @Test
    void versionsAreListedInOrderWithoutLeftoversOrIncompleteOnes() throws IOException {
        publish(10);
        publish(9);
        Files.createDirectory(layout.weights().resolve(".v000012.partial-1-2"));
        Files.createDirectory(layout.weights().resolve("v000011"));

        assertThat(weights.versions()).containsExactly(new PolicyVersion(9), new PolicyVersion(10));
        assertThat(weights.highestUsed()).contains(new PolicyVersion(11));
    }

    @Test
    void aVersionIsNotUsedAgainAfterItsFolderWasRemoved() {
        publish(1);
        publish(2);
        weights.advance(new PolicyVersion(2), epoch);
        AtomicFiles.deleteFolder(layout.weights(new PolicyVersion(2)));

        assertThat(weights.highestUsed()).contains(new PolicyVersion(2));
        assertThatThrownBy(weights::current)
                .isInstanceOf(StoreException.Corrupt.class)
                .hasMessageContaining("names v000002");
    }

    @Test
    void aBrokenPointerIsNamed() throws IOException {
        Files.createDirectories(layout.weights());
        Files.writeString(layout.current(), "latest");

        assertThatThrownBy(weights::current)
                .isInstanceOf(StoreException.Corrupt.class)
                .hasMessage("%s: expected a version such as v000012, found 'latest'", layout.current());
    }

    private void publish(long version) {
        AtomicFiles.writeFolder(
                layout.weights(new PolicyVersion(version)),
                temporary -> Files.writeString(temporary.resolve("manifest.json"), "{}"));
    }
}
