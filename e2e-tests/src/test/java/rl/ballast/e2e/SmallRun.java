package rl.ballast.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rl.ballast.protocol.store.JsonLines;
import rl.ballast.protocol.store.StoreLayout;

/// A run of a tiny model that takes seconds: every answer is 7, half of the demonstrations say so. One compute thread
/// and F32, so that two runs of it are equal to the last bit.
final class SmallRun {
    private static final String SPEC = """
            apiVersion: ballast.rl/v1alpha1
            kind: RLRun
            metadata: {name: small}
            spec:
              model: {random: {preset: tiny-moe, seed: 0}}
              data:
                prompts: {path: prompts.jsonl}
                evaluation: {source: {path: evaluation.jsonl}, everySteps: 4, samplesPerPrompt: 1}
              coldStart: {demonstrations: {path: demonstrations.jsonl}, updates: 30, batchSize: 8, learningRate: 0.003}
              reward: {verifier: exact-answer}
              recipe:
                groupSize: 8
                promptsPerMiniBatch: 4
                offPolicy: {miniBatchesPerStep: 2, replay: R3}
                optimizer: {learningRate: 0.0003}
                sampling: {maxTokens: 3}
              steps: 8
              seed: 3
              learner: {computeThreads: 1}
              rollouts:
                precision: F32
                engine: {computeThreads: 1, maxSequences: 64, maxBatchTokens: 512, kvCacheSize: 16Mi}
            """;

    private final Path folder;

    /// Writes the files of the run.
    SmallRun(Path folder) throws IOException {
        this.folder = folder;
        Files.writeString(file(), SPEC);
        Files.writeString(folder.resolve("prompts.jsonl"), lines(16, "{\"prompt\": \"%02d=\", \"answer\": \"7\"}"));
        Files.writeString(folder.resolve("evaluation.jsonl"), lines(4, "{\"prompt\": \"%02d=\", \"answer\": \"7\"}"));
        Files.writeString(
                folder.resolve("demonstrations.jsonl"),
                lines(8, "{\"prompt\": \"%02d=\", \"response\": \"7\"}")
                        + lines(8, "{\"prompt\": \"%02d=\", \"response\": \"3\"}"));
    }

    private static String lines(int count, String format) {
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(format.formatted(i)).append('\n');
        }
        return lines.toString();
    }

    /// Changes the run's file.
    ///
    /// @throws IllegalArgumentException if `old` does not occur in it
    SmallRun edit(String old, String replacement) throws IOException {
        String text = Files.readString(file());
        if (!text.contains(old)) {
            throw new IllegalArgumentException("the run has no '%s'".formatted(old));
        }
        Files.writeString(file(), text.replace(old, replacement));
        return this;
    }

    Path folder() {
        return folder;
    }

    Path file() {
        return folder.resolve("rlrun.yaml");
    }

    Path store(String name) {
        return folder.resolve(name);
    }

    StoreLayout layout(String name) {
        return new StoreLayout(store(name));
    }

    /// The arguments of `ballast`, for a run into the store of that name.
    List<String> arguments(String store, String... more) {
        var arguments = new ArrayList<>(
                List.of("run", file().toString(), "--out", store(store).toString()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    BallastProcess start(String store, String... more) {
        return BallastProcess.start(folder, arguments(store, more));
    }

    /// The last line of every step, without what depends on time or on the number of starts.
    Map<Integer, JsonNode> metrics(String store) {
        var steps = new TreeMap<Integer, JsonNode>();
        for (JsonNode line : JsonLines.read(layout(store).metrics()).objects()) {
            ObjectNode kept = line.deepCopy();
            kept.remove(List.of("time", "epoch", "seconds", "memory"));
            if (kept.has("tokens")) {
                kept.withObjectProperty("tokens").remove("perSecond");
            }
            steps.put(line.path("step").asInt(), kept);
        }
        return steps;
    }
}
