package rl.ballast.operator.status;

/// Where an object is, from which its kstatus conditions follow.
///
/// @param reason in CamelCase, from the documented list
/// @param message for people
public sealed interface Phase {
    String reason();

    String message();

    /// On its way; nobody has to act.
    record Progressing(String reason, String message) implements Phase {}

    /// Waits for something that a person may have to change.
    record Blocked(String reason, String message) implements Phase {}

    record Ready(String reason, String message) implements Phase {}

    record Suspended(String reason, String message) implements Phase {}

    record Complete(String reason, String message) implements Phase {}

    /// Will not go on.
    record Failed(String reason, String message) implements Phase {}

    /// The spec cannot be carried out.
    record Refused(String reason, String message) implements Phase {}

    /// Sets the conditions that every kind has.
    default void describe(Conditions conditions) {
        conditions.set(ConditionType.Ready, this instanceof Ready || this instanceof Complete, reason(), message());
        conditions.set(
                ConditionType.Reconciling, this instanceof Progressing || this instanceof Blocked, reason(), message());
        conditions.set(ConditionType.Stalled, this instanceof Failed || this instanceof Refused, reason(), message());
        conditions.set(
                ConditionType.Suspended,
                this instanceof Suspended,
                this instanceof Suspended ? reason() : "NotSuspended",
                this instanceof Suspended ? message() : "");
    }

    /// Whether nothing happens any more.
    default boolean terminal() {
        return this instanceof Complete || this instanceof Failed;
    }
}
