package rl.ballast.operator.pods;

/// What a pod does in a run.
public enum Role {
    LEARNER("learner"),
    ENGINE("engine");

    private final String word;

    Role(String word) {
        this.word = word;
    }

    /// In names and labels.
    public String word() {
        return word;
    }
}
