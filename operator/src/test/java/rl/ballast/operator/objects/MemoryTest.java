package rl.ballast.operator.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.status.StatusBook;

class MemoryTest {
    private static final Duration LATER = Duration.ofMinutes(2);

    private final StatusBook<String> book = new StatusBook<>(_ -> 1L);
    private final Memory memory = new Memory(book::retain);
    private final List<HasMetadata> cached = new ArrayList<>();
    private Runnable listed = () -> {};
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void anObjectThatIsMadeWhileTheCacheIsListedIsRemembered() {
        memory.use(cache());
        HasMetadata made = object("made");
        listed = () -> {
            book.wrote(made, "made", "written", "1", now);
            cached.add(made);
            listed = () -> {};
        };

        sweep();
        assertThat(book.newest(made, "shown")).isEqualTo("written");
        sweep();
        sweep();
        assertThat(book.newest(made, "shown")).isEqualTo("written");
    }

    @Test
    void whatStaysAwayIsForgotten() {
        memory.use(cache());
        HasMetadata gone = object("gone");
        book.wrote(gone, "gone", "written", "1", now);

        sweep();
        sweep();
        assertThat(book.newest(gone, "shown")).isEqualTo("shown");
    }

    private void sweep() {
        now = now.plus(LATER);
        memory.sweep(now);
    }

    private static HasMetadata object(String uid) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName(uid)
                .withUid(uid)
                .endMetadata()
                .build();
    }

    private Cache<HasMetadata> cache() {
        return new Cache<>() {
            @Override
            public Optional<HasMetadata> get(ResourceID id) {
                return Optional.empty();
            }

            @Override
            public Stream<ResourceID> keys() {
                return Stream.empty();
            }

            @Override
            public Stream<HasMetadata> list(Predicate<HasMetadata> which) {
                List<HasMetadata> found = cached.stream().filter(which).toList();
                listed.run();
                return found.stream();
            }
        };
    }
}
