package rl.ballast.trainer.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.run.RunRef;
import rl.ballast.protocol.store.RunIdentity;
import rl.ballast.protocol.store.StoreLayout;

class StoreAdoptionIT {
    private static final RunRef RUN = new RunRef("moe", "cccccccc-1", "digest");

    @TempDir
    Path volume;

    private StoreLayout store;

    @BeforeEach
    void layout() {
        store = new StoreLayout(volume.resolve("moe-cccccccc"));
    }

    @Test
    void theNewestEarlierRunOfTheNameIsTaken() throws IOException {
        earlier("moe-aaaaaaaa", "moe", "2026-01-01T00:00:00Z");
        earlier("moe-bbbbbbbb", "moe", "2026-01-02T00:00:00Z");
        StoreAdoption.adopt(store, RUN);
        assertThat(RunIdentity.read(store.identity()).uid()).isEqualTo("moe-bbbbbbbb");
        assertThat(volume.resolve("moe-bbbbbbbb")).doesNotExist();
        assertThat(volume.resolve("moe-aaaaaaaa")).exists();
    }

    @Test
    void whatIsAnothersIsLeftAlone() throws IOException {
        earlier("moe-aaaaaaaa", "other", "2026-01-01T00:00:00Z");
        earlier("moe-small-aaaaaaaa", "moe-small", "2026-01-01T00:00:00Z");
        earlier("moe-eeeeeeee", "moe", "2026-01-01T00:00:00Z");
        Files.writeString(volume.resolve("moe-eeeeeeee/run.json"), "{");
        Files.createDirectory(volume.resolve("moe-dddddddd"));
        Path elsewhere = Files.createDirectory(volume.resolve("elsewhere"));
        Files.createSymbolicLink(volume.resolve("moe-ffffffff"), elsewhere);
        identity(elsewhere, "moe", "2026-01-01T00:00:00Z");
        StoreAdoption.adopt(store, RUN);
        assertThat(store.root()).doesNotExist();
        assertThat(elsewhere).isNotEmptyDirectory();
    }

    @Test
    void aRunThatHasItsFolderKeepsIt() throws IOException {
        earlier("moe-aaaaaaaa", "moe", "2026-01-01T00:00:00Z");
        Files.createDirectory(store.root());
        StoreAdoption.adopt(store, RUN);
        assertThat(store.root()).isEmptyDirectory();
    }

    @Test
    void anEmptyVolumeBeginsANewStore() {
        StoreAdoption.adopt(new StoreLayout(volume.resolve("runs/moe-cccccccc")), RUN);
        assertThat(volume).isEmptyDirectory();
    }

    private void earlier(String folder, String name, String createdAt) throws IOException {
        identity(Files.createDirectory(volume.resolve(folder)), name, createdAt);
    }

    private static void identity(Path folder, String name, String createdAt) {
        RunIdentity.open(
                new StoreLayout(folder),
                new RunIdentity(
                        folder.getFileName().toString(),
                        name,
                        "digest",
                        "model",
                        createdAt,
                        RunIdentity.FORMAT_VERSION),
                RunIdentity.Adoption.NONE);
    }
}
