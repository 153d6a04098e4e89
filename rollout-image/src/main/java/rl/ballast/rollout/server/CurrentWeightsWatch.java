package rl.ballast.rollout.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.rollout.engine.EngineRefusal;

/// Waits until `weights/current` names a version and offers it, until one is taken. A version that was refused is
/// offered again only once the file names another, or the store has been given to another run.
final class CurrentWeightsWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CurrentWeightsWatch.class);
    private static final long PERIOD_MILLIS = 300;

    private final StoreLayout store;
    private final Path current;
    private final Predicate<String> take;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("ballast-current").factory());
    private String refused = "";

    /// @param take loads a store-relative folder; true once any version is in service
    CurrentWeightsWatch(StoreLayout store, Predicate<String> take) {
        this.store = store;
        this.current = store.current();
        this.take = take;
    }

    void start() {
        var _ = timer.scheduleWithFixedDelay(this::look, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            String name = Files.readString(current).strip();
            String offer = "%s of %s".formatted(name, owner());
            if (offer.equals(refused)) {
                return;
            }
            refused = offer;
            if (take.test("weights/" + name)) {
                timer.shutdown();
            }
        } catch (NoSuchFileException nothingYet) {
            LOG.trace("no current weights yet", nothingYet);
        } catch (IOException | RuntimeException e) {
            report(e);
        }
    }

    private String owner() throws IOException {
        Path identity = store.identity();
        return Files.exists(identity) ? Files.getLastModifiedTime(identity).toString() : "nobody";
    }

    private void report(Exception e) {
        if (e instanceof EngineRefusal) {
            LOG.atError().addKeyValue("file", current).log("weights refused: {}", e.getMessage());
        } else {
            LOG.atError().addKeyValue("file", current).setCause(e).log("current weights cannot be loaded");
        }
    }

    @Override
    public void close() {
        timer.shutdown();
    }
}
