package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import rl.ballast.helm.NetworkPolicies.Peer;

/// The table of flows in `docs/design/operator.md`, with its words made those of a case, and the check that a set of
/// policies lets through what it lists and nothing else.
final class FlowTable {
    private static final Path DOCUMENT = Path.of("../docs/design/operator.md");
    private static final String HEAD = "| from | to | ports |";
    private static final String ANYWHERE = "any address";
    private static final String IN_WORDS = "of ";
    /// What is tried beside the ports of the table.
    private static final List<String> OTHERS = List.of("TCP 22", "TCP 5005", "UDP 443", "UDP 8090");

    private record Row(String from, String to, String ports) {}

    private final List<Row> rows = new ArrayList<>();
    private final Map<String, Set<String>> places = new HashMap<>();
    private final Map<String, Set<String>> ports = new HashMap<>();

    FlowTable() {
        List<String> lines;
        try {
            lines = Files.readAllLines(DOCUMENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int head = lines.indexOf(HEAD);
        assertThat(head).as("the table of flows in %s", DOCUMENT).isPositive();
        lines.stream().skip(head + 2L).takeWhile(line -> line.startsWith("|")).forEach(line -> {
            String[] cells = line.replace("`", "").split("\\|", -1);
            rows.add(new Row(cells[1].strip(), cells[2].strip(), cells[3].strip()));
        });
    }

    /// Says which peers a word of the table means.
    FlowTable place(String word, String... names) {
        places.put(word, Set.of(names));
        return this;
    }

    /// Says which ports words of the table mean.
    FlowTable ports(String words, String... which) {
        ports.put(IN_WORDS + words, Set.of(which));
        return this;
    }

    /// Every flow between two peers of which one is a subject.
    ///
    /// @param subjects whose flows the table lists
    /// @param closed others that policies bind
    void check(NetworkPolicies policies, Map<String, Peer> peers, Set<String> subjects, Set<String> closed) {
        SoftAssertions found = new SoftAssertions();
        peers.forEach((from, sender) -> peers.forEach((to, receiver) -> {
            if (from.equals(to) || !(subjects.contains(from) || subjects.contains(to))) {
                return;
            }
            for (String port : tried()) {
                boolean out = !bound(from, subjects, closed) || lists(from, to, port, true);
                boolean in = !bound(to, subjects, closed) || lists(from, to, port, false);
                String[] parts = port.split(" ", 2);
                found.assertThat(policies.allows(sender, receiver, parts[0], Integer.parseInt(parts[1])))
                        .as("%s to %s, %s", from, to, port)
                        .isEqualTo(out && in);
            }
        }));
        found.assertAll();
    }

    private static boolean bound(String name, Set<String> subjects, Set<String> closed) {
        return subjects.contains(name) || closed.contains(name);
    }

    /// @param out whether to send; any address may be sent to, and does not have to take it
    private boolean lists(String from, String to, String port, boolean out) {
        return rows.stream()
                .filter(row -> place(row.from).contains(from))
                .filter(row -> row.to.equals(ANYWHERE) ? out : place(row.to).contains(to))
                .anyMatch(row -> ports(row).contains(port));
    }

    private Set<String> place(String word) {
        return Objects.requireNonNull(places.get(word), word);
    }

    private Set<String> ports(Row row) {
        return row.ports.startsWith(IN_WORDS)
                ? Objects.requireNonNull(ports.get(row.ports), row.ports)
                : Set.of(row.ports.split(", ", -1));
    }

    private Set<String> tried() {
        Set<String> all = new java.util.TreeSet<>(OTHERS);
        rows.forEach(row -> all.addAll(ports(row)));
        return all;
    }
}
