package rl.ballast.modeling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.modeling.config.InvalidModel;

final class ChatTemplateIT {
    private static final List<Map<String, String>> MESSAGES = List.of(Map.of("role", "user", "content", "1+2?"));

    @TempDir
    Path folder;

    @Test
    void aFolderMayHaveNone() throws IOException {
        assertThat(ChatTemplate.load(folder)).isEmpty();
        Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
        assertThat(ChatTemplate.load(folder)).isEmpty();
    }

    @Test
    void rendersWithTheSpecialTokensOfTheFolder() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "pad_token": null,
                 "chat_template": "{{ bos_token }}{% for m in messages %}{{ m.role }}:{{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}A:{% endif %}{{ pad_token }}{{ tools is none }}{{ extra }}"}
                """);
        ChatTemplate template = ChatTemplate.load(folder).orElseThrow();

        assertThat(template.render(MESSAGES, true, Map.of("extra", 5))).isEqualTo("<s>user:1+2?</s>A:True5");
        assertThat(template.render(MESSAGES, false, Map.of())).isEqualTo("<s>user:1+2?</s>True");
    }

    @Test
    void prefersTheFileAndKnowsNamedTemplates() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"chat_template\": [{\"name\": \"tools\", \"template\": \"t\"}, {\"name\": \"default\", \"template\": \"d\"}]}");
        assertThat(ChatTemplate.load(folder).orElseThrow().render(MESSAGES, true, Map.of()))
                .isEqualTo("d");

        Files.writeString(folder.resolve("chat_template.jinja"), "f\n");
        assertThat(ChatTemplate.load(folder).orElseThrow().render(MESSAGES, true, Map.of()))
                .isEqualTo("f");
    }

    @Test
    void namesTheFileOfATemplateThatIsBrokenOrRefuses() throws IOException {
        Path file = folder.resolve("chat_template.jinja");
        Files.writeString(file, "a\n{% wonder %}");
        assertThatThrownBy(() -> ChatTemplate.load(folder))
                .isInstanceOf(InvalidModel.class)
                .hasMessage(
                        file
                                + ": chat_template: expected a supported template, found line 2: the statement 'wonder' is not supported");

        Files.writeString(file, "{{ raise_exception('roles must alternate') }}");
        ChatTemplate template = ChatTemplate.load(folder).orElseThrow();
        assertThatThrownBy(() -> template.render(MESSAGES, true, Map.of()))
                .isInstanceOf(InvalidModel.class)
                .hasMessage(
                        file + ": chat_template: expected a template for these messages, found roles must alternate");
    }

    @Test
    void refusesAChatTemplateOfAnotherForm() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"chat_template\": [{\"name\": \"a\", \"template\": \"t\"}]}");

        assertThatThrownBy(() -> ChatTemplate.load(folder))
                .hasMessageContaining("chat_template: expected a template, or a list with one named default");
    }
}
