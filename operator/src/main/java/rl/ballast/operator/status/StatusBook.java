package rl.ballast.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The statuses that this process wrote last, by UID of their object. The operator is their only writer, and its caches
/// lag behind its own writes. What a cache shows counts if it is of a later version than the last write: then one that
/// was given up for lost has come after all, or that of a leader before. Thread-safe.
///
/// @param <S> type of status
public final class StatusBook<S> {
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]*");

    private final Map<String, Entry<S>> entries = new ConcurrentHashMap<>();
    private final Function<S, @Nullable Long> observedGeneration;

    private record Entry<S>(S status, String version, Instant written, String owner) {}

    /// @param observedGeneration of a status; null tells that it is the schema's default, and nobody has written one
    public StatusBook(Function<S, @Nullable Long> observedGeneration) {
        this.observedGeneration = observedGeneration;
    }

    /// What was written last, else what the object shows; null if nothing was ever written.
    public @Nullable S newest(HasMetadata object, @Nullable S shown) {
        Entry<S> entry = entries.get(object.getMetadata().getUid());
        if (entry != null && (shown == null || !later(object.getMetadata().getResourceVersion(), entry.version))) {
            return entry.status;
        }
        return shown == null || observedGeneration.apply(shown) == null ? null : shown;
    }

    /// @param owner UID of the object with which this one goes; its own if it stands alone
    /// @param version of the object with this status
    public void wrote(HasMetadata object, String owner, S status, String version, Instant now) {
        entries.put(object.getMetadata().getUid(), new Entry<>(status, version, now, owner));
    }

    /// Versions are numbers that grow; what is none is not later than any.
    private static boolean later(@Nullable String version, String than) {
        return version != null
                && NUMBER.matcher(version).matches()
                && NUMBER.matcher(than).matches()
                && (version.length() == than.length() ? version.compareTo(than) > 0 : version.length() > than.length());
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
