package rl.ballast.operator.events;

import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.status.ConditionType;
import rl.ballast.operator.status.Conditions;

/// A change of the reason of an object's `Ready`, which is what gets an event. Pure.
///
/// @param good whether it is ready now, or rests because somebody wants it to
public record Transition(boolean good, String reason, String message) {
    /// @param before null for an object without a status
    /// @param quiet reasons that nobody needs an event for: the ordinary way to the next state
    public static Optional<Transition> between(
            @Nullable List<Condition> before, @Nullable List<Condition> after, Set<String> quiet) {
        Condition ready = Conditions.find(after, ConditionType.Ready).orElseThrow();
        Optional<String> last = Conditions.find(before, ConditionType.Ready).map(Condition::getReason);
        if (last.filter(ready.getReason()::equals).isPresent() || quiet.contains(ready.getReason())) {
            return Optional.empty();
        }
        boolean good = "True".equals(ready.getStatus()) || Conditions.isTrue(after, ConditionType.Suspended);
        return Optional.of(new Transition(good, ready.getReason(), String.valueOf(ready.getMessage())));
    }
}
