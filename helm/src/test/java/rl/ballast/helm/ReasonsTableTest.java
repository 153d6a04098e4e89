package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import rl.ballast.helm.ReasonsTable.Row;
import rl.ballast.helm.ReasonsTable.State;

/// The table of reasons has those that the operator's code names, each in the state that the code gives it.
class ReasonsTableTest {
    private static final Path OPERATOR = Path.of("../operator/src/main/java");
    private static final Pattern PHASE = Pattern.compile("new Phase\\.(\\w+)\\(\\s*\"([A-Z]\\w+)\"");
    private static final Map<String, State> STATES = Map.of(
            "Ready", State.READY,
            "Complete", State.READY,
            "Progressing", State.ON_THE_WAY,
            "Blocked", State.ON_THE_WAY,
            "Suspended", State.SUSPENDED,
            "Failed", State.STALLED,
            "Refused", State.STALLED);

    @Test
    void everyReasonOfTheCodeHasItsRow() throws IOException {
        Map<String, State> documented = new TreeMap<>();
        ReasonsTable.rows().forEach(row -> documented.put(row.reason(), row.state()));
        Map<String, State> named = new TreeMap<>();
        for (Path file : sources()) {
            // A pool's spec that cannot be carried out waits for another; a run's is refused. The table has the run's.
            PHASE.matcher(Files.readString(file))
                    .results()
                    .filter(match -> !match.group(2).equals("InvalidSpec"))
                    .forEach(match -> named.put(match.group(2), STATES.get(match.group(1))));
        }

        assertThat(named).hasSizeGreaterThan(10);
        assertThat(documented).containsAllEntriesOf(named);
        assertThat(ReasonsTable.rows()).extracting(Row::reason).doesNotHaveDuplicates();
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(OPERATOR)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }
}
