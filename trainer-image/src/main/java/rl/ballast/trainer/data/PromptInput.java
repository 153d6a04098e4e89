package rl.ballast.trainer.data;

import java.util.List;

/// What the policy is asked: text as it stands, or a conversation that the model's chat template makes into text.
public sealed interface PromptInput {
    /// @param prompt not empty
    record Text(String prompt) implements PromptInput {}

    /// @param messages at least one
    record Conversation(List<Message> messages) implements PromptInput {
        public Conversation {
            messages = List.copyOf(messages);
        }
    }

    /// @param role for example `system`, `user`, `assistant`
    record Message(String role, String content) {}
}
