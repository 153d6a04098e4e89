package rl.ballast.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The statuses that this process wrote last, by UID of their object. The operator is their only writer, and its caches
/// lag behind its own writes. Thread-safe.
///
/// @param <S> type of status
public final class StatusBook<S> {
    private final Map<String, Entry<S>> entries = new ConcurrentHashMap<>();
    private final Function<S, @Nullable Long> observedGeneration;

    private record Entry<S>(S status, Instant written, String owner) {}

    /// @param observedGeneration of a status; null tells that it is the schema's default, and nobody has written one
    public StatusBook(Function<S, @Nullable Long> observedGeneration) {
        this.observedGeneration = observedGeneration;
    }

    /// What was written last, else what the object shows; null if nothing was ever written.
    public @Nullable S newest(HasMetadata object, @Nullable S shown) {
        Entry<S> entry = entries.get(object.getMetadata().getUid());
        if (entry != null) {
            return entry.status;
        }
        return shown == null || observedGeneration.apply(shown) == null ? null : shown;
    }

    /// @param owner UID of the object with which this one goes; its own if it stands alone
    public void wrote(HasMetadata object, String owner, S status, Instant now) {
        entries.put(object.getMetadata().getUid(), new Entry<>(status, now, owner));
    }

    /// How long ago this process wrote the status of an object.
    public Optional<Duration> age(HasMetadata object, Instant now) {
        return Optional.ofNullable(entries.get(object.getMetadata().getUid()))
                .map(entry -> Duration.between(entry.written, now));
    }

    /// Forgets every object whose owner `keep` does not know by its UID.
    public void retain(Predicate<String> keep) {
        entries.values().removeIf(entry -> !keep.test(entry.owner));
    }
}
