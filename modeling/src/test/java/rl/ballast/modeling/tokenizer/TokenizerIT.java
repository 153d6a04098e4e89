package rl.ballast.modeling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.modeling.Fixtures;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.JsonFields;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TokenizerIT {
    private final Path fixture = Fixtures.folder("tokenizer");
    private final JsonNode texts =
            JsonFields.read(fixture.resolve("expected.json")).root().path("texts");
    private final Tokenizer tokenizer = Tokenizer.load(fixture);

    @TempDir
    Path folder;

    @BeforeAll
    void hasTexts() {
        assertThat(texts).hasSizeGreaterThan(10);
    }

    @AfterAll
    void close() {
        tokenizer.close();
    }

    @Test
    void encodesAndDecodesAsPython() {
        for (JsonNode text : texts) {
            int[] ids = ids(text);
            assertThat(tokenizer.encode(text.path("text").textValue())).isEqualTo(ids);
            assertThat(tokenizer.decode(ids)).isEqualTo(text.path("decoded").textValue());
            assertThat(tokenizer.decode(ids, false))
                    .isEqualTo(text.path("decodedWithSpecial").textValue());
        }
    }

    @Test
    void streamsTheSameTextWithoutHalfCharacters() {
        for (JsonNode text : texts) {
            StreamingDecoder decoder = tokenizer.streaming();
            StringBuilder all = new StringBuilder();
            for (int id : ids(text)) {
                String part = decoder.next(id);
                assertThat(part).doesNotEndWith("\uFFFD");
                all.append(part);
            }
            assertThat(all.append(decoder.end()))
                    .hasToString(text.path("decoded").textValue());
        }
    }

    @Test
    void endsAStreamThatStopsInsideACharacter() {
        int[] ids = tokenizer.encode("😀");
        assertThat(ids).hasSizeGreaterThan(1);
        StreamingDecoder decoder = tokenizer.streaming();

        assertThat(decoder.next(ids[0])).isEmpty();
        assertThat(decoder.end()).isEqualTo("\uFFFD");
        assertThat(decoder.end()).isEmpty();
    }

    @Test
    void knowsTheSpecialTokens() {
        int imEnd = tokenizer.encode("<|im_end|>")[0];
        int endOfText = tokenizer.encode("<|endoftext|>")[0];

        assertThat(tokenizer.bosToken()).isEmpty();
        assertThat(tokenizer.eosToken()).hasValue(imEnd);
        assertThat(tokenizer.padToken()).hasValue(endOfText);
        assertThat(tokenizer.stopTokens()).containsExactly(endOfText, imEnd);
    }

    @Test
    void refusesAMissingOrBrokenTokenizer() throws IOException {
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(InvalidModel.class)
                .hasMessageContaining("tokenizer.json: file: expected a tokenizer");

        Files.writeString(folder.resolve("tokenizer.json"), "{\"version\": \"1.0\"}");
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(InvalidModel.class)
                .hasMessageContaining("tokenizer.json: content: expected a tokenizer, found ");
    }

    @Test
    void refusesASpecialTokenThatTheVocabularyDoesNotHave() throws IOException {
        Files.copy(fixture.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"<|nothing|>\"}");

        assertThatThrownBy(() -> Tokenizer.load(folder))
                .hasMessageContaining("eos_token: expected one token of tokenizer.json");
        Files.delete(folder.resolve("tokenizer.json"));
        Files.delete(folder.resolve("tokenizer_config.json"));
    }

    private static int[] ids(JsonNode text) {
        return IntStream.range(0, text.path("ids").size())
                .map(i -> text.path("ids").get(i).intValue())
                .toArray();
    }
}
