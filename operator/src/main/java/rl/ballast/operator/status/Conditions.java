package rl.ballast.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Conditions under construction. A transition time moves only when a status flips.
public final class Conditions {
    private static final int MAX_TEXT = 1024;

    private final List<Condition> before;
    private final long generation;
    private final Instant now;
    private final Map<ConditionType, Condition> conditions = new EnumMap<>(ConditionType.class);

    public Conditions(@Nullable List<Condition> before, @Nullable Long generation, Instant now) {
        this.before = before == null ? List.of() : before;
        this.generation = generation == null ? 0 : generation;
        this.now = now.truncatedTo(ChronoUnit.SECONDS);
    }

    public Conditions set(ConditionType type, boolean status, String reason, String message) {
        return put(type, status ? "True" : "False", reason, message);
    }

    public Conditions unknown(ConditionType type, String reason, String message) {
        return put(type, "Unknown", reason, message);
    }

    /// Takes over what was there.
    public Conditions keep(ConditionType type) {
        find(before, type).ifPresent(condition -> conditions.put(type, condition));
        return this;
    }

    private Conditions put(ConditionType type, String status, String reason, String message) {
        String time = find(before, type)
                .filter(old -> status.equals(old.getStatus()))
                .map(Condition::getLastTransitionTime)
                .orElseGet(now::toString);
        conditions.put(
                type,
                new ConditionBuilder()
                        .withType(type.name())
                        .withStatus(status)
                        .withReason(cut(reason, MAX_TEXT))
                        .withMessage(cut(message, MAX_TEXT))
                        .withObservedGeneration(generation)
                        .withLastTransitionTime(time)
                        .build());
        return this;
    }

    public List<Condition> list() {
        return List.copyOf(conditions.values());
    }

    /// The beginning of a text that the schema bounds: a text that is too long must not cost the whole status.
    public static @Nullable String cut(@Nullable String text, int limit) {
        return text == null || text.length() <= limit ? text : text.substring(0, limit);
    }

    public static Optional<Condition> find(@Nullable List<Condition> conditions, ConditionType type) {
        return conditions == null
                ? Optional.empty()
                : conditions.stream()
                        .filter(condition -> type.name().equals(condition.getType()))
                        .findFirst();
    }

    public static boolean isTrue(@Nullable List<Condition> conditions, ConditionType type) {
        return find(conditions, type)
                .filter(condition -> "True".equals(condition.getStatus()))
                .isPresent();
    }
}
