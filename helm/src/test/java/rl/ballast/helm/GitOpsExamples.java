package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The objects that both health checks are tried on.
final class GitOpsExamples {
    private static final Pattern EXPECTED = Pattern.compile("# argo: (\\w+), flux: (\\w+)");

    private GitOpsExamples() {}

    record Expected(String argo, String flux) {}

    static List<Path> files() {
        List<Path> files = Chart.list(Path.of("gitops/examples"), ".yaml");
        assertThat(files).hasSizeGreaterThan(20);
        return files;
    }

    static Expected expected(Path example) throws IOException {
        Matcher first = EXPECTED.matcher(Files.readAllLines(example).getFirst());
        assertThat(first.matches()).as("first line of %s", example).isTrue();
        return new Expected(first.group(1), first.group(2));
    }
}
