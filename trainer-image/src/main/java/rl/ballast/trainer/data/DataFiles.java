package rl.ballast.trainer.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;

/// Readers of the JSONL data files. Fields that are not named here are ignored. Every error is a [LearnerFailure] that
/// names file, line and field.
public final class DataFiles {
    private DataFiles() {}

    /// Reads `{"prompt": text | "messages": [{"role", "content"}], "answer": text or number}` lines.
    public static List<Problem> problems(Path file) {
        List<Problem> problems = new ArrayList<>();
        JsonObjects.read(
                file,
                (origin, object) -> problems.add(
                        new Problem(problems.size(), origin, input(origin, object), answer(origin, object))));
        requireSome(file, problems, "prompt");
        return List.copyOf(problems);
    }

    /// Reads `{"prompt": text | "messages": [{"role", "content"}], "response": text | "responses": [text]}` lines; each
    /// of several responses is a demonstration of its own.
    public static List<Demonstration> demonstrations(Path file) {
        List<Demonstration> demonstrations = new ArrayList<>();
        JsonObjects.read(file, (origin, object) -> {
            PromptInput input = input(origin, object);
            for (String response : responses(origin, object)) {
                demonstrations.add(new Demonstration(demonstrations.size(), origin, input, response));
            }
        });
        requireSome(file, demonstrations, "demonstration");
        return List.copyOf(demonstrations);
    }

    private static List<String> responses(String origin, JsonNode object) {
        boolean several = object.hasNonNull("responses");
        if (several && object.hasNonNull("response")) {
            throw failure("%s: expected one of the fields 'response' and 'responses', found both".formatted(origin));
        }
        if (!several) {
            return List.of(text(origin, object, "response"));
        }
        JsonNode array = object.get("responses");
        if (!array.isArray() || array.isEmpty()) {
            throw failure("%s: field 'responses': expected a list of texts, found %s".formatted(origin, kind(array)));
        }
        List<String> responses = new ArrayList<>();
        for (JsonNode response : array) {
            if (!response.isTextual() || response.textValue().isEmpty()) {
                throw failure("%s: field 'responses[%d]': expected text, found %s"
                        .formatted(origin, responses.size(), kind(response)));
            }
            responses.add(response.textValue());
        }
        return responses;
    }

    private static void requireSome(Path file, List<?> entries, String what) {
        if (entries.isEmpty()) {
            throw failure("%s: expected at least one %s, found none".formatted(file, what));
        }
    }

    private static PromptInput input(String origin, JsonNode object) {
        boolean prompt = object.hasNonNull("prompt");
        boolean messages = object.hasNonNull("messages");
        if (prompt == messages) {
            throw failure("%s: expected exactly one of the fields 'prompt' and 'messages', found %s"
                    .formatted(origin, prompt ? "both" : "neither"));
        }
        return prompt ? new PromptInput.Text(text(origin, object, "prompt")) : conversation(origin, object);
    }

    private static PromptInput conversation(String origin, JsonNode object) {
        JsonNode array = object.get("messages");
        if (!array.isArray() || array.isEmpty()) {
            throw failure("%s: field 'messages': expected a list of at least one message, found %s"
                    .formatted(origin, kind(array)));
        }
        List<PromptInput.Message> messages = new ArrayList<>();
        for (JsonNode message : array) {
            String place = "%s: field 'messages[%d]'".formatted(origin, messages.size());
            if (!message.isObject()) {
                throw failure(
                        "%s: expected an object with 'role' and 'content', found %s".formatted(place, kind(message)));
            }
            String role = text(place, message, "role");
            JsonNode content = message.get("content");
            if (content == null || !content.isTextual()) {
                throw failure("%s: field 'content': expected text, found %s".formatted(place, kind(content)));
            }
            messages.add(new PromptInput.Message(role, content.textValue()));
        }
        return new PromptInput.Conversation(messages);
    }

    private static String answer(String origin, JsonNode object) {
        JsonNode answer = object.get("answer");
        if (answer != null && answer.isNumber()) {
            return answer.asText();
        }
        if (answer == null || !answer.isTextual() || answer.textValue().isBlank()) {
            throw failure("%s: field 'answer': expected the answer as text or number, found %s"
                    .formatted(origin, kind(answer)));
        }
        return answer.textValue();
    }

    private static String text(String origin, JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isTextual() || value.textValue().isEmpty()) {
            throw failure("%s: field '%s': expected text, found %s".formatted(origin, field, kind(value)));
        }
        return value.textValue();
    }

    private static String kind(@Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            return "nothing";
        }
        return switch (node.getNodeType()) {
            case STRING -> node.textValue().isBlank() ? "empty text" : "text";
            case ARRAY -> node.isEmpty() ? "an empty list" : "a list";
            case OBJECT -> "an object";
            case NUMBER -> "the number " + node.asText();
            case BOOLEAN -> node.asText();
            case BINARY, MISSING, NULL, POJO -> "nothing";
        };
    }

    static LearnerFailure failure(String message) {
        return new LearnerFailure(ExitCode.CORRUPT, message);
    }
}
