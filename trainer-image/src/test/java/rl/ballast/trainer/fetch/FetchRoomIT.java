package rl.ballast.trainer.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.modeling.init.ModelInit;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.role.FetchConfig.Copy;
import rl.ballast.protocol.role.FetchConfig.Item;
import rl.ballast.protocol.role.FetchConfig.Target;
import rl.ballast.protocol.run.RunRef;
import rl.ballast.protocol.run.Source.RandomModel;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.fixture.TestRecipe;

/// The room that a run needs, looked at before its weights are fetched.
class FetchRoomIT {
    @TempDir
    private Path temporary;

    private Path root;
    private StoreLayout store;
    private long storeBytes;

    @BeforeEach
    void makeFolders() throws IOException {
        root = Files.createDirectory(temporary.resolve("run"));
        store = new StoreLayout(temporary.resolve("store"));
    }

    @Test
    void aVolumeThatIsTooSmallIsRefusedBeforeTheWeightsAreCopied() throws IOException {
        storeBytes = 100L << 20;
        Path model = Files.createDirectory(root.resolve("model"));
        ModelInit.create("tiny-moe", 1, root.resolve("made"));
        Files.copy(root.resolve("made/config.json"), model.resolve("config.json"));
        // A name before config.json's in any order: nothing may be read before the room is known to be there.
        Files.createSymbolicLink(model.resolve("a.safetensors"), model.resolve("config.json"));

        Item copied = new Item(Target.MODEL, new Copy(root.toString(), "model"), null, null);
        Item random = new Item(Target.MODEL, null, null, new RandomModel("tiny-moe", 1));
        for (Item item : List.of(copied, random)) {
            LearnerFailure failure = catchThrowableOfType(LearnerFailure.class, () -> fetch(item));
            assertThat(failure.exitCode()).isEqualTo(ExitCode.STORE_REFUSED);
            assertThat(failure)
                    .hasMessageContaining("the run needs ")
                    .hasMessageContaining("3 checkpoints of 16.0 MiB")
                    .hasMessageContaining("; its volume holds 100.0 MiB. A run that has ended takes no larger volume");
            assertThat(store.sources()).isEmptyDirectory();
        }

        storeBytes = 1L << 30;
        fetch(copied);
        storeBytes = 100L << 20;
        fetch(copied);
        assertThat(store.sources().resolve("model/config.json")).exists();
    }

    @Test
    void anArchiveGivesItsConfigurationFirst() throws IOException {
        Path archive = root.resolve("model.zip");
        try (var zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            for (String name : List.of("model/a.safetensors", "model/config.json")) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(1);
            }
        }
        Path folder = Files.createDirectory(root.resolve("folder"));

        assertThatThrownBy(() -> ZippedModel.extract(archive, folder, 10, "model", () -> {
                    throw new IllegalStateException("no room");
                }))
                .hasMessage("no room");
        assertThat(folder).isDirectoryContaining("glob:**config.json").isDirectoryNotContaining("glob:**safetensors");
    }

    private void fetch(Item item) {
        new Fetcher(
                        new FetchConfig(
                                new RunRef("n", "u", "d"),
                                store.root().toString(),
                                false,
                                List.of(item),
                                TestRecipe.demand(storeBytes)),
                        RandomModels.standard())
                .run();
    }
}
