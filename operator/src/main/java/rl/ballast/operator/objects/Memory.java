package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Lets go of what is remembered about objects that are gone. There is no finalizer, so nobody says when they go: now
/// and then the memory is compared with the cache.
public final class Memory {
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final Consumer<Predicate<String>> retain;
    private final AtomicReference<Instant> last = new AtomicReference<>(Instant.EPOCH);
    private volatile @Nullable Cache<? extends HasMetadata> primaries;

    /// @param retain told which UIDs still exist
    public Memory(Consumer<Predicate<String>> retain) {
        this.retain = retain;
    }

    public void use(Cache<? extends HasMetadata> cache) {
        primaries = cache;
    }

    public void sweep(Instant now) {
        Cache<? extends HasMetadata> cache = primaries;
        Instant before = last.get();
        if (cache == null || now.isBefore(before.plus(EVERY)) || !last.compareAndSet(before, now)) {
            return;
        }
        Set<String> uids =
                cache.list().map(object -> object.getMetadata().getUid()).collect(Collectors.toSet());
        retain.accept(uids::contains);
    }
}
