package rl.ballast.modeling.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.JsonFields;
import rl.ballast.modeling.tokenizer.jinja.Template;
import rl.ballast.modeling.tokenizer.jinja.TemplateError;

/// Turns messages into the text that a model was trained on, by the Jinja template of its folder:
/// `chat_template.jinja`, or `chat_template` of `tokenizer_config.json`. Immutable; may be used by several
/// threads.
public final class ChatTemplate {
    private static final List<String> SPECIAL_TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final Path file;
    private final Template template;
    private final Map<String, @Nullable Object> specialTokens;

    private ChatTemplate(Path file, Template template, Map<String, @Nullable Object> specialTokens) {
        this.file = file;
        this.template = template;
        this.specialTokens = specialTokens;
    }

    /// The template of a model folder; empty if it has none.
    ///
    /// @throws InvalidModel if the template cannot be understood
    public static Optional<ChatTemplate> load(Path folder) {
        Path configFile = folder.resolve("tokenizer_config.json");
        JsonFields config = Files.exists(configFile) ? JsonFields.read(configFile) : null;
        Map<String, @Nullable Object> special = config == null ? Map.of() : specialTokens(config.root());
        Path file = folder.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            return Optional.of(new ChatTemplate(file, parse(file, read(file)), special));
        }
        if (config == null || !config.has("chat_template")) {
            return Optional.empty();
        }
        String text = defaultTemplate(config);
        return Optional.of(new ChatTemplate(configFile, parse(configFile, text), special));
    }

    /// Renders a conversation.
    ///
    /// @param messages each with `role`, `content` and what else the template reads (nulls, booleans, numbers,
    ///        strings, lists and maps)
    /// @param addGenerationPrompt end with the start of an answer
    /// @param options further variables, for example `enable_thinking`
    /// @throws InvalidModel naming the template, if it uses something unsupported or refuses the messages
    public String render(
            List<? extends Map<String, ? extends @Nullable Object>> messages,
            boolean addGenerationPrompt,
            Map<String, ? extends @Nullable Object> options) {
        Map<String, @Nullable Object> variables = new LinkedHashMap<>(specialTokens);
        variables.put("tools", null);
        variables.put("documents", null);
        variables.putAll(options);
        variables.put("messages", messages);
        variables.put("add_generation_prompt", addGenerationPrompt);
        try {
            return template.render(variables);
        } catch (TemplateError e) {
            throw new InvalidModel(
                    file, "chat_template", "a template for these messages", String.valueOf(e.getMessage()), e);
        }
    }

    private static Template parse(Path file, String text) {
        try {
            return Template.parse(text);
        } catch (TemplateError e) {
            throw new InvalidModel(file, "chat_template", "a supported template", String.valueOf(e.getMessage()), e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /// One template, or several with names, of which one is `default`.
    private static String defaultTemplate(JsonFields config) {
        JsonNode node = config.root().path("chat_template");
        if (node.isTextual()) {
            return node.textValue();
        }
        for (JsonNode named : node) {
            if (named.path("name").asText().equals("default")
                    && named.path("template").isTextual()) {
                return named.path("template").textValue();
            }
        }
        throw config.wrong("chat_template", "a template, or a list with one named default");
    }

    private static Map<String, @Nullable Object> specialTokens(JsonNode config) {
        Map<String, @Nullable Object> tokens = new LinkedHashMap<>();
        for (String name : SPECIAL_TOKENS) {
            JsonNode node = config.path(name);
            String token =
                    node.isTextual() ? node.textValue() : node.path("content").asText("");
            if (!token.isEmpty()) {
                tokens.put(name, token);
            }
        }
        return tokens;
    }
}
