package rl.ballast.trainer.rollouts;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.wire.client.EngineClient;

/// One engine of a pool, and what its last answers said. One that does not answer rests for a while, longer each time:
/// an address that leads nowhere must not cost every request a time-out. Thread-safe.
final class EngineMember {
    static final Duration FIRST_REST = Duration.ofMillis(250);
    static final Duration LONGEST_REST = Duration.ofSeconds(15);

    private static final Logger LOG = LoggerFactory.getLogger(EngineMember.class);

    final String url;
    final EngineClient client;
    /// Requests that it may have in flight.
    final Semaphore slots;

    private OptionalLong version = OptionalLong.empty();
    private boolean answers;
    /// Zero unless it is away.
    private Duration rest = Duration.ZERO;

    private long restsUntil;

    EngineMember(String url, EngineClient client, int slots) {
        this.url = url;
        this.client = client;
        this.slots = new Semaphore(slots, true);
    }

    /// It did what it was asked.
    synchronized void answered() {
        if (!rest.isZero()) {
            LOG.info("engine {} is back", url);
        }
        answers = true;
        rest = Duration.ZERO;
    }

    /// @param served null before its first version
    synchronized void serves(@Nullable Long served) {
        answered();
        version = served == null ? OptionalLong.empty() : OptionalLong.of(served);
    }

    /// It sampled with weights of that version.
    synchronized void sampled(long with) {
        answered();
        version = OptionalLong.of(Math.max(with, version.orElse(with)));
    }

    /// It answered, and did not do what it was asked.
    ///
    /// @param now of the nanosecond clock
    synchronized void refused(String message, long now) {
        failed(message, now);
        answers = true;
    }

    /// It could not be reached.
    ///
    /// @param now of the nanosecond clock
    synchronized void failed(String message, long now) {
        if (rest.isZero()) {
            LOG.warn("engine {} is away: {}", url, message);
            rest = FIRST_REST;
        } else if (now >= restsUntil) {
            Duration longer = rest.multipliedBy(2);
            rest = longer.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : longer;
        }
        answers = false;
        restsUntil = now + rest.toNanos();
    }

    synchronized boolean rests(long now) {
        return !rest.isZero() && now < restsUntil;
    }

    synchronized boolean answers() {
        return answers;
    }

    /// The version that it last said it serves.
    synchronized OptionalLong version() {
        return version;
    }
}
