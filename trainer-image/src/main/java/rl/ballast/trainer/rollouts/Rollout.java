package rl.ballast.trainer.rollouts;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.wire.GenerateResponse.FinishReason;
import rl.ballast.protocol.wire.GenerateResponse.VersionSpan;

/// One judged response: a line of `rollouts/step-N.jsonl`. Arrays are shared, not copied.
///
/// @param group place of its prompt in the step
/// @param sample place in its group
/// @param promptIndex line of the prompts file, from 0
/// @param tokens sampled ids, the stop token included; all of them count in the loss
/// @param answer what the verifier compared with; null if the prompt has none
/// @param rolloutLogProbs per sampled token, of the distribution that was sampled from
/// @param versions which weights sampled which tokens
/// @param keptTokens per sampled token the ids that sampling kept; null for the whole vocabulary
/// @param trace where its routes lie; null for a dense model
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rollout(
        int group,
        int sample,
        int promptIndex,
        int[] promptTokens,
        int[] tokens,
        String text,
        @Nullable String answer,
        double reward,
        FinishReason finishReason,
        float[] rolloutLogProbs,
        List<VersionSpan> versions,
        int @Nullable [][] keptTokens,
        @Nullable TraceIndex trace) {
    public Rollout {
        versions = List.copyOf(versions);
    }

    /// One sequence in a trace file.
    ///
    /// @param file store-relative
    /// @param index of the sequence: its sample's place in the request
    public record TraceIndex(String file, int index, String sha256) {}

    /// Prompt and response: what the policy scores.
    public int[] sequence() {
        int[] all = java.util.Arrays.copyOf(promptTokens, promptTokens.length + tokens.length);
        System.arraycopy(tokens, 0, all, promptTokens.length, tokens.length);
        return all;
    }
}
