package rl.ballast.trainer.rollouts;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.store.AtomicFiles;
import rl.ballast.trainer.LearnerFailure;

/// Reads and writes `rollouts/step-N.jsonl`. The file is complete or absent: its presence says that the
/// step is judged.
public final class JudgedFile {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private JudgedFile() {}

    public static void write(Path file, JudgedStep step) {
        AtomicFiles.write(file, stream -> {
            var out = new BufferedOutputStream(stream, 1 << 16);
            out.write(MAPPER.writeValueAsBytes(step.header()));
            out.write('\n');
            for (Rollout rollout : step.rollouts()) {
                out.write(MAPPER.writeValueAsBytes(rollout));
                out.write('\n');
            }
            out.flush();
        });
    }

    /// @throws LearnerFailure with `CORRUPT`, naming the line, if the file is not what [#write] writes
    public static JudgedStep read(Path file) {
        int line = 1;
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            JudgedStep.Header header = MAPPER.readValue(text(reader), JudgedStep.Header.class);
            int expected = Math.multiplyExact(header.groups(), header.groupSize());
            var rollouts = new ArrayList<Rollout>();
            for (String next = reader.readLine(); next != null; next = reader.readLine()) {
                line++;
                rollouts.add(MAPPER.readValue(next, Rollout.class));
            }
            if (rollouts.size() != expected) {
                throw new IOException("expected %d responses (%d groups of %d), found %d"
                        .formatted(expected, header.groups(), header.groupSize(), rollouts.size()));
            }
            return new JudgedStep(header, rollouts);
        } catch (IOException | RuntimeException e) {
            throw new LearnerFailure(
                    ExitCode.CORRUPT,
                    "%s, line %d: %s. Remove the file to generate the step again".formatted(file, line, e.getMessage()),
                    e);
        }
    }

    private static String text(BufferedReader reader) throws IOException {
        String line = reader.readLine();
        if (line == null) {
            throw new IOException("the file is empty");
        }
        return line;
    }
}
