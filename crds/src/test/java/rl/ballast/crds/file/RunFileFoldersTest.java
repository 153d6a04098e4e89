package rl.ballast.crds.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;

/// Every file states in its first lines what is expected of it: `# expect: PATH: part of the message`.
class RunFileFoldersTest {
    private static final Path FOLDERS = Path.of("src/test/resources");
    private static final String EXPECT = "# expect: ";

    static Stream<Path> valid() throws IOException {
        return files("valid-");
    }

    static Stream<Path> invalid() throws IOException {
        return files("invalid-");
    }

    @ParameterizedTest
    @MethodSource
    void valid(Path file) throws IOException {
        List<Problem> warnings = read(file);

        assertThat(warnings).noneMatch(Problem::isError);
        assertThat(warnings).hasSameSizeAs(expectations(file));
        for (String expected : expectations(file)) {
            assertThat(warnings).anyMatch(problem -> (problem.path() + ": " + problem.message()).contains(expected));
        }
    }

    @ParameterizedTest
    @MethodSource
    void invalid(Path file) throws IOException {
        List<String> expectations = expectations(file);
        assertThat(expectations).as("%s states what is wrong with it", file).isNotEmpty();

        InvalidSpec thrown = catchThrowableOfType(InvalidSpec.class, () -> read(file));

        assertThat(thrown).as("%s is refused", file).isNotNull();
        for (String expected : expectations) {
            assertThat(thrown.problems())
                    .anyMatch(problem -> (problem.path() + ": " + problem.message()).contains(expected));
        }
        assertThat(thrown.problems().stream().filter(Problem::isError)).hasSize(1);
        assertThat(thrown.problems()).allMatch(problem -> problem.file().endsWith(file.toString()));
    }

    private static List<Problem> read(Path file) {
        if (file.startsWith(FOLDERS.resolve("rlrun"))) {
            return RunFile.read(file).warnings();
        }
        FileCheck check = FileCheck.of(file, _ -> Optional.empty());
        if (!check.valid()) {
            throw new InvalidSpec(check.problems());
        }
        return check.problems();
    }

    private static Stream<Path> files(String prefix) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String kind : List.of("rlrun", "rolloutpool", "learnergroup")) {
            try (Stream<Path> files = Files.list(FOLDERS.resolve(kind))) {
                files.filter(file -> file.getFileName().toString().startsWith(prefix))
                        .sorted()
                        .forEach(found::add);
            }
        }
        return found.stream();
    }

    private static List<String> expectations(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(EXPECT))
                .map(line -> line.substring(EXPECT.length()))
                .toList();
    }
}
