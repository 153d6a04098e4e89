package rl.ballast.trainer.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.data.PromptInput;

/// The protocol of a reward service: `POST` of `{"items": [{"prompt": text | "messages": [{"role", "content"}],
/// "response": text, "answer": text}]}`, answered with status 200 and `{"rewards": [number, ...]}`, one finite number
/// per item, in order. Other fields of the answer are ignored.
final class RewardMessages {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private RewardMessages() {}

    static byte[] request(List<Candidate> candidates) {
        ObjectNode request = JSON.createObjectNode();
        ArrayNode items = request.putArray("items");
        for (Candidate candidate : candidates) {
            ObjectNode item = items.addObject();
            switch (candidate.problem().input()) {
                case PromptInput.Text text -> item.put("prompt", text.prompt());
                case PromptInput.Conversation conversation ->
                    item.set("messages", JSON.valueToTree(conversation.messages()));
            }
            item.put("response", candidate.response());
            item.put("answer", candidate.problem().answer());
        }
        try {
            return JSON.writeValueAsBytes(request);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }

    /// @throws LearnerFailure if the answer is not `expected` finite rewards
    static double[] rewards(URI url, byte[] body, int expected) {
        JsonNode rewards = tree(url, body).path("rewards");
        if (!rewards.isArray()) {
            throw nonsense(url, "{\"rewards\": [...]}", shortened(body));
        }
        if (rewards.size() != expected) {
            throw nonsense(url, "%d rewards".formatted(expected), "%d".formatted(rewards.size()));
        }
        double[] values = new double[expected];
        for (int i = 0; i < expected; i++) {
            JsonNode reward = rewards.get(i);
            values[i] = reward.isNumber() ? reward.doubleValue() : Double.NaN;
            if (!Double.isFinite(values[i])) {
                throw nonsense(url, "rewards[%d] to be a finite number".formatted(i), reward.toString());
            }
        }
        return values;
    }

    private static JsonNode tree(URI url, byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw nonsense(url, "{\"rewards\": [...]}", "broken JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory are always readable", e);
        }
    }

    private static LearnerFailure nonsense(URI url, String expected, String found) {
        return new LearnerFailure(
                ExitCode.CORRUPT,
                "%s: expected %s, found %s; the reward service does not keep to its protocol"
                        .formatted(url, expected, found));
    }

    /// The beginning of a body, for messages.
    static String shortened(byte[] body) {
        int length = Math.min(body.length, 200);
        String text = new String(body, 0, length, StandardCharsets.UTF_8);
        return body.length == 0 ? "an empty body" : "'" + text + "'" + (length < body.length ? "..." : "");
    }
}
