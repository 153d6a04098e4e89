package rl.ballast.crds.schema;

import java.util.List;
import java.util.stream.Collectors;

/// A specification that breaks its schema; the message lists every error.
public final class InvalidSpec extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    public InvalidSpec(List<Problem> problems) {
        super(problems.stream()
                .filter(Problem::isError)
                .map(Problem::toString)
                .collect(Collectors.joining(System.lineSeparator())));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }
}
