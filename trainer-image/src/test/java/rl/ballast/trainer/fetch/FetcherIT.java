package rl.ballast.trainer.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.role.FetchConfig.Copy;
import rl.ballast.protocol.role.FetchConfig.Item;
import rl.ballast.protocol.role.FetchConfig.Target;
import rl.ballast.protocol.run.RunRef;
import rl.ballast.protocol.run.Source.RandomModel;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.fixture.TestRecipe;

class FetcherIT {
    private static final RandomModels FAKE_MODELS = (preset, seed, folder) -> {
        if (!preset.equals("tiny-moe")) {
            throw new IllegalArgumentException("preset: expected one of tiny-moe, found '%s'".formatted(preset));
        }
        try {
            Files.createDirectory(folder);
            Files.writeString(folder.resolve("config.json"), "{}");
            Files.writeString(folder.resolve("model.safetensors"), "seed " + seed);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    };

    @TempDir
    Path temporary;

    private Path root;
    private StoreLayout store;

    @BeforeEach
    void makeFolders() throws IOException {
        root = Files.createDirectory(temporary.resolve("run"));
        store = new StoreLayout(temporary.resolve("store"));
    }

    @Test
    void dataIsCopiedAndItsDigestRecorded() throws IOException {
        Files.writeString(root.resolve("train.jsonl"), "abc");

        fetch(copy(Target.PROMPTS, "train.jsonl"));

        assertThat(store.sources().resolve("prompts.jsonl")).hasContent("abc");
        assertThat(store.sources().resolve("digests.json"))
                .content()
                .contains("\"prompts.jsonl\"")
                .contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void aSecondStartChangesNothing() throws IOException {
        Files.writeString(root.resolve("train.jsonl"), "abc");
        fetch(copy(Target.PROMPTS, "train.jsonl"));
        Object before = Files.readAttributes(store.sources().resolve("prompts.jsonl"), "lastModifiedTime,fileKey");

        fetch(copy(Target.PROMPTS, "train.jsonl"));

        assertThat(Files.readAttributes(store.sources().resolve("prompts.jsonl"), "lastModifiedTime,fileKey"))
                .isEqualTo(before);
    }

    @Test
    void aSourceThatChangedIsRefused() throws IOException {
        Files.writeString(root.resolve("train.jsonl"), "abc");
        fetch(copy(Target.PROMPTS, "train.jsonl"));
        Files.writeString(root.resolve("train.jsonl"), "abd");

        LearnerFailure failure = failure(copy(Target.PROMPTS, "train.jsonl"));

        assertThat(failure.exitCode()).isEqualTo(ExitCode.CORRUPT);
        assertThat(failure)
                .hasMessageContaining("source of prompts.jsonl: the source is not what it was when the run began")
                .hasMessageContaining("recorded sha256 ba7816bf")
                .hasMessageContaining("begin a new run");
        assertThat(store.sources().resolve("prompts.jsonl")).hasContent("abc");
    }

    @Test
    void aSourceThatIsGoneIsNoLongerNeeded() throws IOException {
        Files.writeString(root.resolve("train.jsonl"), "abc");
        fetch(copy(Target.PROMPTS, "train.jsonl"));
        Files.delete(root.resolve("train.jsonl"));

        fetch(copy(Target.PROMPTS, "train.jsonl"));

        assertThat(store.sources().resolve("prompts.jsonl")).hasContent("abc");
    }

    @Test
    void aDamagedCopyIsFetchedAgain() throws IOException {
        Files.writeString(root.resolve("train.jsonl"), "abc");
        fetch(copy(Target.PROMPTS, "train.jsonl"));
        Files.writeString(store.sources().resolve("prompts.jsonl"), "ab");

        fetch(copy(Target.PROMPTS, "train.jsonl"));

        assertThat(store.sources().resolve("prompts.jsonl")).hasContent("abc");
    }

    @Test
    void aDamagedCopyOfAChangedSourceIsRefusedAndKept() throws IOException {
        Files.writeString(root.resolve("train.jsonl"), "abc");
        fetch(copy(Target.PROMPTS, "train.jsonl"));
        Files.writeString(root.resolve("train.jsonl"), "abd");
        Files.delete(store.sources().resolve("prompts.jsonl"));

        assertThat(failure(copy(Target.PROMPTS, "train.jsonl")))
                .hasMessageContaining("not what it was when the run began");
        assertThat(store.sources().resolve("prompts.jsonl")).doesNotExist();
    }

    @Test
    void leftoversOfACrashAreRemoved() throws IOException {
        Files.createDirectories(store.sources());
        Path leftover = Files.writeString(store.sources().resolve(".prompts.jsonl.partial-1-1"), "x");
        Files.writeString(root.resolve("train.jsonl"), "abc");

        fetch(copy(Target.PROMPTS, "train.jsonl"));

        assertThat(leftover).doesNotExist();
    }

    @Test
    void aFileThatNobodyRecordedIsNotTouched() throws IOException {
        Files.createDirectories(store.sources());
        Files.writeString(store.sources().resolve("prompts.jsonl"), "mine");
        Files.writeString(root.resolve("train.jsonl"), "abc");

        LearnerFailure failure = failure(copy(Target.PROMPTS, "train.jsonl"));

        assertThat(failure.exitCode()).isEqualTo(ExitCode.STORE_REFUSED);
        assertThat(store.sources().resolve("prompts.jsonl")).hasContent("mine");
    }

    @Test
    void brokenDigestsAreCorrupt() throws IOException {
        Files.createDirectories(store.sources());
        Files.writeString(store.sources().resolve("digests.json"), "{\"formatVersion\": 1");
        Files.writeString(root.resolve("train.jsonl"), "abc");

        StoreException failure =
                catchThrowableOfType(StoreException.class, () -> fetch(copy(Target.PROMPTS, "train.jsonl")));

        assertThat(failure).isInstanceOf(StoreException.Corrupt.class).hasMessageContaining("digests.json: expected");
    }

    @Test
    void aPathWithDotsIsRefused() throws IOException {
        Files.writeString(temporary.resolve("secret"), "s");

        assertThat(failure(copy(Target.PROMPTS, "../secret"))).hasMessageContaining("path '../secret' leaves");
    }

    @Test
    void aLinkThatLeadsOutIsRefused() throws IOException {
        Path secret = Files.writeString(temporary.resolve("secret"), "s");
        Files.createSymbolicLink(root.resolve("train.jsonl"), secret);

        assertThat(failure(copy(Target.PROMPTS, "train.jsonl")))
                .hasMessageContaining("is a link that leads out of")
                .hasMessageContaining("cp -L");
    }

    @Test
    void aLinkInsideIsFollowedAsInAMountedConfigMap() throws IOException {
        Files.createDirectory(root.resolve("..2026"));
        Files.writeString(root.resolve("..2026/train.jsonl"), "abc");
        Files.createSymbolicLink(root.resolve("..data"), Path.of("..2026"));
        Files.createSymbolicLink(root.resolve("train.jsonl"), Path.of("..data/train.jsonl"));

        fetch(copy(Target.PROMPTS, "train.jsonl"));

        assertThat(store.sources().resolve("prompts.jsonl")).hasContent("abc");
    }

    @Test
    void missingAndEmptyAndWrongSourcesAreRefused() throws IOException {
        Files.createFile(root.resolve("empty.jsonl"));
        Files.createDirectory(root.resolve("folder"));

        assertThat(failure(copy(Target.PROMPTS, "none.jsonl"))).hasMessageContaining("no such file or folder");
        assertThat(failure(copy(Target.PROMPTS, "empty.jsonl"))).hasMessageContaining("the file is empty");
        assertThat(failure(copy(Target.PROMPTS, "folder"))).hasMessageContaining("expected a JSONL file");
        assertThat(failure(copy(Target.MODEL, "empty.jsonl"))).hasMessageContaining("expected the folder of a model");
        assertThat(failure(copy(Target.MODEL, "folder"))).hasMessageContaining("with config.json, found no file");
        assertThat(store.sources().resolve("digests.json")).doesNotExist();
    }

    @Test
    void aModelIsCopiedWithoutHiddenFilesAndOtherFormats() throws IOException {
        Path model = Files.createDirectory(root.resolve("model"));
        for (String name : List.of("config.json", "model.safetensors", "pytorch_model.bin", ".gitattributes")) {
            Files.writeString(model.resolve(name), name);
        }
        Files.createDirectory(model.resolve("original"));

        fetch(copy(Target.MODEL, "model"));

        assertThat(store.sources().resolve("model"))
                .isDirectoryNotContaining("glob:**bin")
                .isDirectoryNotContaining("glob:**original");
        assertThat(store.sources().resolve("model/model.safetensors")).hasContent("model.safetensors");
        assertThat(store.sources().resolve("model/.gitattributes")).doesNotExist();
    }

    @Test
    void aModelFileThatLinksOutIsRefused() throws IOException {
        Path model = Files.createDirectory(root.resolve("model"));
        Files.writeString(model.resolve("config.json"), "{}");
        Path outside = Files.writeString(temporary.resolve("weights"), "w");
        Files.createSymbolicLink(model.resolve("model.safetensors"), outside);

        assertThat(failure(new Item(Target.MODEL, new Copy(model.toString(), ""), null, null)))
                .hasMessageContaining("leads out of");
        assertThat(store.sources().resolve("model")).doesNotExist();
    }

    @Test
    void aChangedModelFileIsNamed() throws IOException {
        Path model = Files.createDirectory(root.resolve("model"));
        Files.writeString(model.resolve("config.json"), "{}");
        Files.writeString(model.resolve("model.safetensors"), "one");
        fetch(copy(Target.MODEL, "model"));
        Files.writeString(model.resolve("model.safetensors"), "two");

        assertThat(failure(copy(Target.MODEL, "model"))).hasMessageContaining("model/model.safetensors: recorded");
    }

    @Test
    void aRandomModelIsMadeOnceAndMustStayTheSame() throws IOException {
        fetch(random("tiny-moe", 3));
        fetch(random("tiny-moe", 3));

        assertThat(store.sources().resolve("model/model.safetensors")).hasContent("seed 3");
        assertThat(store.sources().resolve("model/made")).doesNotExist();
        assertThat(failure(random("tiny-moe", 4))).hasMessageContaining("not what it was when the run began");
        assertThat(store.sources().resolve("model.compare")).doesNotExist();
        assertThat(store.sources().resolve("model/model.safetensors")).hasContent("seed 3");
        Files.delete(store.sources().resolve("model/model.safetensors"));
        assertThat(failure(random("tiny-moe", 4))).hasMessageContaining("not what it was when the run began");
    }

    @Test
    void anUnknownPresetNamesTheKnownOnes() {
        LearnerFailure failure = failure(random("huge", 0));

        assertThat(failure.exitCode()).isEqualTo(ExitCode.CONFIGURATION);
        assertThat(failure).hasMessageContaining("source of model: preset: expected one of tiny-moe, found 'huge'");
    }

    @Test
    void aRealPresetIsAModel() {
        new Fetcher(config(random("tiny-moe", 1)), RandomModels.standard()).run();

        assertThat(store.sources().resolve("model/config.json")).isNotEmptyFile();
        assertThat(store.sources().resolve("model/tokenizer.json")).isNotEmptyFile();
        assertThat(store.sources().resolve("model/model.safetensors")).isNotEmptyFile();
    }

    @Test
    void theProgramEndsWithTheExitCode() throws IOException {
        Path file = temporary.resolve("fetch.json");
        Files.writeString(root.resolve("train.jsonl"), "abc");
        var json = new ObjectMapper();
        Files.write(file, json.writeValueAsBytes(config(copy(Target.PROMPTS, "train.jsonl"))));

        assertThat(FetchMain.run(new String[] {file.toString()}, FAKE_MODELS)).isEqualTo(ExitCode.COMPLETE);
        assertThat(FetchMain.run(new String[0], FAKE_MODELS)).isEqualTo(ExitCode.USAGE);
        Files.write(file, json.writeValueAsBytes(config(copy(Target.PROMPTS, "other.jsonl"))));
        assertThat(FetchMain.run(new String[] {file.toString()}, FAKE_MODELS)).isEqualTo(ExitCode.COMPLETE);
        Files.delete(store.sources().resolve("prompts.jsonl"));
        assertThat(FetchMain.run(new String[] {file.toString()}, FAKE_MODELS)).isEqualTo(ExitCode.CONFIGURATION);
        Files.writeString(file, "{}");
        assertThat(FetchMain.run(new String[] {file.toString()}, FAKE_MODELS)).isEqualTo(ExitCode.CONFIGURATION);
    }

    private void fetch(Item item) {
        new Fetcher(config(item), FAKE_MODELS).run();
    }

    private LearnerFailure failure(Item item) {
        return catchThrowableOfType(LearnerFailure.class, () -> fetch(item));
    }

    private FetchConfig config(Item item) {
        return new FetchConfig(
                new RunRef("n", "u", "d"), store.root().toString(), false, List.of(item), TestRecipe.demand(0));
    }

    private Item copy(Target target, String path) {
        return new Item(target, new Copy(root.toString(), path), null, null);
    }

    private static Item random(String preset, long seed) {
        return new Item(Target.MODEL, null, null, new RandomModel(preset, seed));
    }
}
