package rl.ballast.trainer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.tokenizer.ChatTemplate;
import rl.ballast.modeling.tokenizer.Tokenizer;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.coldstart.Demonstration;
import rl.ballast.trainer.data.DataFiles;
import rl.ballast.trainer.data.Problem;
import rl.ballast.trainer.data.PromptInput;
import rl.ballast.trainer.rollouts.Prompt;

/// Data files as token ids (conversations by the model's chat template), checked against the model before anything is
/// trained. A response ends with the model's first end token.
record Tokens(Tokenizer tokenizer, Optional<ChatTemplate> chatTemplate, ModelConfig model) {

    List<Prompt> prompts(List<Problem> problems) {
        return problems.stream()
                .map(problem -> {
                    String text = text(problem.origin(), problem.input());
                    int[] tokens = tokenizer.encode(text);
                    requireRoom(problem.origin(), "prompt", tokens.length + 1);
                    requireSome(problem.origin(), tokens);
                    return new Prompt(problem, tokens);
                })
                .toList();
    }

    List<Demonstration> demonstrations(Path file) {
        int end = model.eosTokens()[0];
        return DataFiles.demonstrations(file).stream()
                .map(line -> {
                    int[] prompt = tokenizer.encode(text(line.origin(), line.input()));
                    int[] response = tokenizer.encode(line.response());
                    requireSome(line.origin(), prompt);
                    requireRoom(line.origin(), "demonstration", prompt.length + response.length + 1);
                    int[] ended = Arrays.copyOf(response, response.length + 1);
                    ended[response.length] = end;
                    return new Demonstration(prompt, ended);
                })
                .toList();
    }

    private String text(String origin, PromptInput input) {
        return switch (input) {
            case PromptInput.Text text -> text.prompt();
            case PromptInput.Conversation conversation -> {
                ChatTemplate template = chatTemplate.orElseThrow(() -> configuration(
                        "%s: field 'messages': the model has no chat template; write the text as 'prompt', or use a model with one"
                                .formatted(origin)));
                var messages = conversation.messages().stream()
                        .map(message -> Map.of("role", message.role(), "content", message.content()))
                        .toList();
                yield template.render(messages, true, Map.of());
            }
        };
    }

    private void requireRoom(String origin, String what, int tokens) {
        if (tokens > model.maxPositions()) {
            throw configuration("%s: the %s takes %d tokens with its end, expected at most the model's %d"
                    .formatted(origin, what, tokens, model.maxPositions()));
        }
    }

    private static void requireSome(String origin, int[] tokens) {
        if (tokens.length == 0) {
            throw configuration("%s: field 'prompt': expected at least one token, found none".formatted(origin));
        }
    }

    private static LearnerFailure configuration(String message) {
        return new LearnerFailure(ExitCode.CONFIGURATION, message);
    }
}
