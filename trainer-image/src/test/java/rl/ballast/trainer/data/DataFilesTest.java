package rl.ballast.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;

class DataFilesTest {
    @TempDir
    Path folder;

    @Test
    void readsPromptsAndConversationsWithTheirAnswers() throws IOException {
        Path file = write("""
                \uFEFF{"prompt": "1+1=", "answer": "2", "topic": "sums"}

                {"messages": [{"role": "user", "content": "1+2?"}], "answer": 3}\r
                {"prompt": "\u03c0", "answer": 3.10}""");

        List<Problem> problems = DataFiles.problems(file);

        assertThat(problems)
                .containsExactly(
                        new Problem(0, file + ":1", new PromptInput.Text("1+1="), "2"),
                        new Problem(
                                1,
                                file + ":3",
                                new PromptInput.Conversation(List.of(new PromptInput.Message("user", "1+2?"))),
                                "3"),
                        new Problem(2, file + ":4", new PromptInput.Text("\u03c0"), "3.10"));
    }

    @Test
    void readsDemonstrations() throws IOException {
        Path file = write("{\"prompt\": \"1+1=\", \"response\": \"2\"}\n");

        assertThat(DataFiles.demonstrations(file))
                .containsExactly(new Demonstration(0, file + ":1", new PromptInput.Text("1+1="), "2"));
    }

    @Test
    void readsSeveralResponsesToOnePrompt() throws IOException {
        Path file = write("{\"prompt\": \"1+1=\", \"responses\": [\"2\", \"3\"]}\n");

        assertThat(DataFiles.demonstrations(file))
                .extracting(Demonstration::response)
                .containsExactly("2", "3");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"prompt": "a", "response": "b", "responses": ["c"]} | expected one of the fields 'response' and 'responses', found both
                    {"prompt": "a", "responses": []}                     | field 'responses': expected a list of texts, found an empty list
                    {"prompt": "a", "responses": ["b", 7]}               | field 'responses[1]': expected text, found the number 7
                    {"prompt": "a"}                                      | field 'response': expected text, found nothing
                    """)
    void namesWhatIsWrongWithADemonstration(String line, String message) throws IOException {
        Path file = write(line + "\n");

        assertThatThrownBy(() -> DataFiles.demonstrations(file))
                .isInstanceOf(LearnerFailure.class)
                .hasMessageContaining(file + ":1")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"prompt": "a"}                                   | field 'answer': expected the answer as text or number, found nothing
                    {"prompt": "a", "answer": null}                   | field 'answer': expected the answer as text or number, found nothing
                    {"prompt": "a", "answer": " "}                    | field 'answer': expected the answer as text or number, found empty text
                    {"prompt": "a", "answer": ["b"]}                  | field 'answer': expected the answer as text or number, found a list
                    {"answer": "b"}                                   | expected exactly one of the fields 'prompt' and 'messages', found neither
                    {"prompt": "a", "messages": [], "answer": "b"}    | expected exactly one of the fields 'prompt' and 'messages', found both
                    {"prompt": 7, "answer": "b"}                      | field 'prompt': expected text, found the number 7
                    {"prompt": "", "answer": "b"}                     | field 'prompt': expected text, found empty text
                    {"messages": [], "answer": "b"}                   | field 'messages': expected a list of at least one message, found an empty list
                    {"messages": ["hi"], "answer": "b"}               | field 'messages[0]': expected an object with 'role' and 'content', found text
                    {"messages": [{"role": "user"}], "answer": "b"}   | field 'messages[0]': field 'content': expected text, found nothing
                    {"messages": [{"content": "x"}], "answer": "b"}   | field 'messages[0]': field 'role': expected text, found nothing
                    ["prompt"]                                        | expected one JSON object per line, found ARRAY
                    {"prompt": "a", "answer":                         | expected one JSON object per line, found broken JSON
                    {"prompt": "a", "answer": "b"} {}                 | expected one JSON object per line, found broken JSON
                    {"prompt": "a", "prompt": "b", "answer": "b"}     | Duplicate field 'prompt'
                    """)
    void namesFileLineAndFieldOfWhatIsWrong(String line, String message) throws IOException {
        Path file = write("{\"prompt\": \"fine\", \"answer\": \"1\"}\n" + line + "\n");

        assertThatThrownBy(() -> DataFiles.problems(file))
                .isInstanceOfSatisfying(
                        LearnerFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.CORRUPT))
                .hasMessageStartingWith(file + ":2: ")
                .hasMessageContaining(message);
    }

    @Test
    void aDemonstrationNeedsItsResponse() throws IOException {
        Path file = write("{\"prompt\": \"a\", \"answer\": \"b\"}\n");

        assertThatThrownBy(() -> DataFiles.demonstrations(file))
                .hasMessage("%s:1: field 'response': expected text, found nothing", file);
    }

    @Test
    void anEmptyOrMissingFileIsRefused() throws IOException {
        Path empty = write("\n  \n");

        assertThatThrownBy(() -> DataFiles.problems(empty))
                .hasMessage("%s: expected at least one prompt, found none", empty);
        assertThatThrownBy(() -> DataFiles.demonstrations(empty))
                .hasMessage("%s: expected at least one demonstration, found none", empty);
        Path absent = folder.resolve("absent.jsonl");
        assertThatThrownBy(() -> DataFiles.problems(absent))
                .hasMessage("%s: expected a file, found nothing there", absent);
        assertThatThrownBy(() -> DataFiles.problems(folder)).hasMessageContaining("cannot be read");
    }

    @Test
    void aLineOfUnboundedLengthIsRefused() throws IOException {
        Path file = write("{\"prompt\": \"" + "a".repeat(JsonObjects.MAX_LINE_BYTES));

        assertThatThrownBy(() -> DataFiles.problems(file))
                .hasMessage("%s:1: expected a line of at most 4194304 bytes, found a longer one", file);
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() throws IOException {
        Path file = folder.resolve("data.jsonl");
        Files.write(file, "{\"prompt\": \"\u00e9\", \"answer\": \"b\"}".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> DataFiles.problems(file)).hasMessage("%s:1: expected UTF-8, found other bytes", file);
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("data.jsonl"), text);
    }
}
