package rl.ballast.protocol.trace;

/// A routing trace that cannot be trusted: a damaged file, or one that does not belong to what it is used for. Stop
/// and record the rollout again; never retry the same bytes.
public final class CorruptTrace extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final String field;
    private final String expected;
    private final String found;

    public CorruptTrace(String file, String field, String expected, String found) {
        super("routing trace %s: %s: expected %s, found %s; the file is damaged or from another run, record it again"
                .formatted(file, field, expected, found));
        this.file = file;
        this.field = field;
        this.expected = expected;
        this.found = found;
    }

    public String file() {
        return file;
    }

    /// What is wrong, for example `segment 3 rows`.
    public String field() {
        return field;
    }

    public String expected() {
        return expected;
    }

    public String found() {
        return found;
    }
}
