package rl.ballast.operator.progress;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.operator.settings.OperatorSettings;
import rl.ballast.protocol.wire.LearnerProgress;

/// Looks at learners by turns: every run at most once per interval, so many a second and so many at once over all runs.
/// A learner that does not answer is asked less and less often, and those that have not answered yet, or not last time,
/// take turns of their own, so that they hold up nobody however many they are. Nothing here blocks a
/// reconciliation. Thread-safe.
public final class ProgressPoller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressPoller.class);
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int MAX_BACKOFF = 12;
    /// Looks without an answer, one after another, after which a learner is silent.
    private static final int SILENT = 3;

    private final OperatorSettings.Progress settings;
    private final Consumer<String> changed;
    private final LongSupplier nanoTime;
    private final ProgressReader reader;
    private final Semaphore answering;
    private final Semaphore doubtful;
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("progress").factory());
    private final Map<String, Watched> runs = new ConcurrentHashMap<>();

    /// One learner. Fields are written under its monitor.
    private static final class Watched {
        private final URI address;
        private long due;
        private int failures;
        private boolean asking;
        private boolean paused;
        private @Nullable LearnerProgress progress;

        Watched(URI address, long due, @Nullable LearnerProgress progress) {
            this.address = address;
            this.due = due;
            this.progress = progress;
        }

        boolean silent() {
            return failures >= SILENT;
        }
    }

    /// @param changed told the key of a run whose progress has changed, or that has fallen silent or speaks again
    public ProgressPoller(OperatorSettings.Progress settings, Consumer<String> changed) {
        this(settings, changed, System::nanoTime);
    }

    ProgressPoller(OperatorSettings.Progress settings, Consumer<String> changed, LongSupplier nanoTime) {
        this.settings = settings;
        this.changed = changed;
        this.nanoTime = nanoTime;
        this.reader = new ProgressReader(settings.timeout(), calls);
        int half = Math.max(1, settings.concurrency() / 2);
        this.answering = new Semaphore(half);
        this.doubtful = new Semaphore(half);
    }

    /// @param also done several times a second, and never for long
    public void start(Runnable also) {
        var _ = clock.scheduleWithFixedDelay(() -> tick(also), TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Watches a learner at an address; a changed address is asked at once.
    public void watch(String run, URI address) {
        runs.compute(run, (key, known) -> {
            if (known == null || !known.address.equals(address)) {
                return new Watched(address, nanoTime.getAsLong(), known == null ? null : known.progress);
            }
            synchronized (known) {
                known.paused = false;
            }
            return known;
        });
    }

    /// Stops asking and keeps the last answer.
    public void pause(String run) {
        Watched watched = runs.get(run);
        if (watched != null) {
            synchronized (watched) {
                watched.paused = true;
            }
        }
    }

    /// Forgets every run that `keep` does not know.
    public void retain(Predicate<String> keep) {
        runs.keySet().removeIf(run -> !keep.test(run));
    }

    /// The newest answer.
    public Optional<LearnerProgress> newest(String run) {
        Watched watched = runs.get(run);
        if (watched == null) {
            return Optional.empty();
        }
        synchronized (watched) {
            return Optional.ofNullable(watched.progress);
        }
    }

    /// Whether a learner has not answered for several looks.
    public boolean silent(String run) {
        Watched watched = runs.get(run);
        if (watched == null) {
            return false;
        }
        synchronized (watched) {
            return watched.silent();
        }
    }

    private void tick(Runnable also) {
        try {
            also.run();
            long now = nanoTime.getAsLong();
            int budget = (int) Math.max(1, settings.perSecond() * TICK.toMillis() / 1000);
            for (Map.Entry<String, Watched> run : due(now)) {
                if (budget == 0) {
                    return;
                }
                budget -= ask(run.getKey(), run.getValue()) ? 1 : 0;
            }
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a look at the learners failed");
        }
    }

    /// Those that are due, the longest waiting first.
    private List<Map.Entry<String, Watched>> due(long now) {
        List<Map.Entry<String, Watched>> due = new ArrayList<>();
        for (Map.Entry<String, Watched> run : runs.entrySet()) {
            Watched watched = run.getValue();
            synchronized (watched) {
                if (!watched.asking && !watched.paused && watched.due - now <= 0) {
                    due.add(run);
                }
            }
        }
        due.sort((a, b) -> Long.compare(a.getValue().due - now, b.getValue().due - now));
        return due;
    }

    /// @return whether there was room for it
    private boolean ask(String run, Watched watched) {
        Semaphore room;
        synchronized (watched) {
            room = watched.failures == 0 && watched.progress != null ? answering : doubtful;
            if (!room.tryAcquire()) {
                return false;
            }
            watched.asking = true;
        }
        var _ = reader.read(watched.address).whenComplete((progress, failure) -> {
            room.release();
            if (answered(watched, failure == null ? progress : null)) {
                changed.accept(run);
            }
        });
        return true;
    }

    /// @return whether the answer is news
    private boolean answered(Watched watched, @Nullable LearnerProgress progress) {
        synchronized (watched) {
            boolean before = watched.silent();
            watched.asking = false;
            watched.failures = progress == null ? Math.min(watched.failures + 1, MAX_BACKOFF) : 0;
            watched.due = nanoTime.getAsLong()
                    + settings.interval().multipliedBy(1 + watched.failures).toNanos();
            if (progress == null || progress.equals(watched.progress)) {
                return watched.silent() != before;
            }
            watched.progress = progress;
            return true;
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        reader.close();
        calls.shutdownNow();
    }
}
