package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import rl.ballast.helm.GitOpsExamples.Expected;

/// The reasons of the conditions, from their table in `docs/design/operator.md`.
final class ReasonsTable {
    static final Path DOCUMENT = Path.of("../docs/design/operator.md");
    private static final String HEAD = "| reason | Ready | Reconciling | Stalled | when |";
    private static final Pattern REASON = Pattern.compile("`([A-Z][A-Za-z]+)`");
    private static final List<String> KINDS = List.of("RLRun", "RolloutPool", "LearnerGroup");

    private ReasonsTable() {}

    enum State {
        READY("Healthy", "Current"),
        ON_THE_WAY("Progressing", "InProgress"),
        SUSPENDED("Suspended", "Current"),
        STALLED("Degraded", "Failed");

        private final String argo;
        private final String flux;

        State(String argo, String flux) {
            this.argo = argo;
            this.flux = flux;
        }

        Expected expected() {
            return new Expected(argo, flux);
        }
    }

    /// @param reason of `Ready`
    /// @param also conditions that are True besides
    record Row(String reason, State state, List<String> also) {
        /// An object of each kind that has it.
        List<JsonNode> objects() {
            return KINDS.stream().map(this::object).toList();
        }

        private JsonNode object(String kind) {
            ObjectNode object = Chart.YAML.createObjectNode().put("kind", kind);
            object.putObject("metadata").put("name", "some").put("generation", 2);
            ObjectNode status = object.putObject("status").put("observedGeneration", 2);
            ArrayNode conditions = status.putArray("conditions");
            add(conditions, "Ready", state == State.READY);
            add(conditions, "Reconciling", state == State.ON_THE_WAY);
            add(conditions, "Stalled", state == State.STALLED);
            add(conditions, "Suspended", state == State.SUSPENDED);
            if (kind.equals("RLRun")) {
                also.forEach(type -> add(conditions, type, true));
            }
            return object;
        }

        private void add(ArrayNode conditions, String type, boolean status) {
            conditions
                    .addObject()
                    .put("type", type)
                    .put("status", status ? "True" : "False")
                    .put("reason", reason);
        }
    }

    static List<Row> rows() throws IOException {
        List<String> lines = Files.readAllLines(DOCUMENT);
        int head = lines.indexOf(HEAD);
        assertThat(head).as("the table '%s' in %s", HEAD, DOCUMENT).isPositive();
        List<Row> rows = new ArrayList<>();
        for (String line : lines.subList(head + 2, lines.size())) {
            if (!line.startsWith("|")) {
                break;
            }
            String[] cells = line.split("\\|", -1);
            String when = cells[5];
            REASON.matcher(cells[1])
                    .results()
                    .map(MatchResult::group)
                    .map(word -> word.replace("`", ""))
                    .forEach(reason -> rows.add(new Row(reason, state(line, cells), also(when))));
        }
        return rows;
    }

    private static State state(String line, String[] cells) {
        List<State> states = new ArrayList<>();
        addIf(cells[2].contains("True"), State.READY, states);
        addIf(cells[3].contains("True"), State.ON_THE_WAY, states);
        addIf(cells[4].contains("True"), State.STALLED, states);
        addIf(cells[5].contains("`Suspended=True`"), State.SUSPENDED, states);
        assertThat(states)
                .as("exactly one of Ready, Reconciling, Stalled and Suspended in '%s'", line)
                .hasSize(1);
        return states.getFirst();
    }

    private static void addIf(boolean held, State state, List<State> states) {
        if (held) {
            states.add(state);
        }
    }

    private static List<String> also(String when) {
        return List.of("Complete", "Failed").stream()
                .filter(type -> when.contains("`%s=True`".formatted(type)))
                .toList();
    }
}
