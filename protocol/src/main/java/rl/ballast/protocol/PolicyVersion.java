package rl.ballast.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/// Which weights. Versions grow by publication, start at 1, and are never used twice in a store.
///
/// @param value at least 1
public record PolicyVersion(@JsonValue long value) implements Comparable<PolicyVersion> {
    @JsonCreator
    public PolicyVersion {
        if (value < 1) {
            throw new IllegalArgumentException("policy version %d: expected at least 1".formatted(value));
        }
    }

    public PolicyVersion next() {
        return new PolicyVersion(value + 1);
    }

    /// Folder name in the store, for example `v000012`.
    public String folder() {
        return "v%06d".formatted(value);
    }

    @Override
    public int compareTo(PolicyVersion other) {
        return Long.compare(value, other.value);
    }
}
