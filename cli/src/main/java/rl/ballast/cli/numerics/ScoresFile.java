package rl.ballast.cli.numerics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.store.AtomicFiles;

/// Writes the result of `ballast logprobs` (docs/design/formats.md).
final class ScoresFile {
    private ScoresFile() {}

    static void write(Path file, ModelConfig config, List<TokenScorer.Scored> sequences) {
        AtomicFiles.write(file, out -> {
            try (JsonGenerator json = new JsonFactory()
                    .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                    .createGenerator(new BufferedOutputStream(out))) {
                json.writeStartObject();
                json.writeArrayFieldStart("sequences");
                for (TokenScorer.Scored scored : sequences) {
                    json.writeStartObject();
                    floats(json, "logProbs", scored.scores().logProbs());
                    floats(json, "entropies", scored.scores().entropies());
                    if (config.mixtureOfExperts()) {
                        experts(json, config, scored);
                    }
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
                json.writeRaw('\n');
                json.flush();
            }
        });
    }

    private static void experts(JsonGenerator json, ModelConfig config, TokenScorer.Scored scored) throws IOException {
        int[] layers = config.moeLayerIndices();
        int k = config.expertsPerToken();
        int[] ids = scored.scores().experts();
        float[] weights = scored.scores().gateWeights();
        json.writeObjectFieldStart("experts");
        json.writeFieldName("layers");
        json.writeArray(layers, 0, layers.length);
        cells(json, "ids", ids.length, layers.length, k, at -> json.writeNumber(ids[at]));
        cells(json, "weights", weights.length, layers.length, k, at -> json.writeNumber(weights[at]));
        int[] live = scored.live();
        if (live != null) {
            cells(json, "live", live.length, layers.length, k, at -> json.writeNumber(live[at]));
        }
        json.writeEndObject();
    }

    private interface Element {
        void write(int index) throws IOException;
    }

    /// `[T][layers][k]` of a flat array.
    private static void cells(JsonGenerator json, String name, int count, int layers, int k, Element element)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (int row = 0; row < count / (layers * k); row++) {
            json.writeStartArray();
            for (int layer = 0; layer < layers; layer++) {
                json.writeStartArray();
                for (int slot = 0; slot < k; slot++) {
                    element.write((row * layers + layer) * k + slot);
                }
                json.writeEndArray();
            }
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private static void floats(JsonGenerator json, String name, float[] values) throws IOException {
        json.writeArrayFieldStart(name);
        for (float value : values) {
            json.writeNumber(value);
        }
        json.writeEndArray();
    }
}
