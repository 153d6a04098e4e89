package rl.ballast.operator.objects;

import rl.ballast.operator.status.Phase;

/// An object that an earlier owner of that name has left is in the way until the garbage collector has taken it.
public final class StillLeaving extends RuntimeException {
    public static final String REASON = "WaitingForRemoval";

    private static final long serialVersionUID = 1;

    private StillLeaving(String message) {
        super(message);
    }

    static StillLeaving of(String kind, String name) {
        return new StillLeaving(phase("%s '%s'".formatted(kind, name)).message());
    }

    /// @param named what is leaving
    public static Phase.Progressing phase(String named) {
        return new Phase.Progressing(REASON, "what was made under this name before is still being removed: " + named);
    }

    public Phase.Progressing phase() {
        return new Phase.Progressing(REASON, String.valueOf(getMessage()));
    }
}
