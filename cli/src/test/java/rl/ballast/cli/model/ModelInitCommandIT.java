package rl.ballast.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import rl.ballast.cli.Main;

final class ModelInitCommandIT {
    @TempDir
    Path folder;

    private final StringWriter errors = new StringWriter();

    @Test
    void makesAModelOfAPresetAndOneOfItsConfiguration() throws IOException {
        assertThat(run("--preset", "tiny-dense", "--seed", "3", "--out", path("a")))
                .isZero();

        assertThat(run("--config", path("a/config.json"), "--seed", "3", "--out", path("b")))
                .isZero();

        for (String name :
                new String[] {"config.json", "model.safetensors", "tokenizer.json", "generation_config.json"}) {
            assertThat(Files.mismatch(
                            folder.resolve("a").resolve(name),
                            folder.resolve("b").resolve(name)))
                    .as(name)
                    .isEqualTo(-1);
        }
    }

    @Test
    void refusesAnUnknownPreset() {
        assertThat(run("--preset", "huge", "--out", path("a"))).isEqualTo(1);
        assertThat(errors.toString()).contains("preset: expected one of tiny-moe, tiny-dense, small-moe, found 'huge'");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesAFolderThatExists() throws IOException {
        Files.createDirectory(folder.resolve("a"));

        assertThat(run("--preset", "tiny-dense", "--out", path("a"))).isEqualTo(1);
        assertThat(errors.toString()).contains("expected no such folder yet");
    }

    @Test
    void refusesAMissingAndABrokenConfiguration() throws IOException {
        assertThat(run("--config", path("none.json"), "--out", path("a"))).isEqualTo(1);
        assertThat(errors.toString()).contains("none.json: file: expected a readable config.json");

        Files.writeString(folder.resolve("bad.json"), "{\"model_type\": \"llama\"}");
        assertThat(run("--config", path("bad.json"), "--out", path("a"))).isEqualTo(1);
        assertThat(errors.toString()).contains("bad.json: architectures: expected");
    }

    @Test
    void wantsExactlyOneOfPresetAndConfiguration() {
        assertThat(run("--out", path("a"))).isEqualTo(2);
        assertThat(run("--preset", "tiny-moe", "--config", path("x"), "--out", path("a")))
                .isEqualTo(2);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private int run(String... arguments) {
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(new StringWriter(), true));
        command.setErr(new PrintWriter(errors, true));
        String[] all = new String[arguments.length + 2];
        all[0] = "model";
        all[1] = "init";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return command.execute(all);
    }
}
