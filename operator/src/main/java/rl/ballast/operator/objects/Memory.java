package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Lets go of what is remembered about objects that are gone. There is no finalizer, so nobody says when they go: now
/// and then the memory is compared with the cache. What is missing twice is forgotten: an object may have been made,
/// and something remembered of it, just after the cache was listed.
public final class Memory {
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final Consumer<Predicate<String>> retain;
    private final AtomicReference<Instant> last = new AtomicReference<>(Instant.EPOCH);
    private volatile @Nullable Cache<? extends HasMetadata> primaries;
    private Set<String> missing = Set.of();

    /// @param retain told which UIDs are still of use
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
        forget(cache);
    }

    private synchronized void forget(Cache<? extends HasMetadata> cache) {
        Set<String> uids =
                cache.list().map(object -> object.getMetadata().getUid()).collect(Collectors.toSet());
        Set<String> before = missing;
        Set<String> now = new HashSet<>();
        retain.accept(uid -> {
            if (uids.contains(uid)) {
                return true;
            }
            now.add(uid);
            return !before.contains(uid);
        });
        missing = now;
    }
}
