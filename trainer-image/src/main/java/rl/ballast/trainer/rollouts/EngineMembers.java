package rl.ballast.trainer.rollouts;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.client.EngineClient;
import rl.ballast.trainer.LearnerFailure;

/// The engines of a roster with a client each. An engine that joins is called by the next request that chooses it,
/// mostly one of the next step; one that leaves finishes the requests that it has. Thread-safe.
final class EngineMembers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EngineMembers.class);

    private final EngineRoster roster;
    private final Function<String, EngineClient> connect;
    private final int slots;
    private final List<EngineMember> leaving = new ArrayList<>();
    private List<EngineMember> members = List.of();
    private List<String> urls = List.of();

    /// @param slots requests in flight at one engine
    EngineMembers(EngineRoster roster, Function<String, EngineClient> connect, int slots) {
        this.roster = roster;
        this.connect = connect;
        this.slots = slots;
        if (now().isEmpty()) {
            throw new LearnerFailure(ExitCode.CONFIGURATION, "engines: expected at least one base URL, found none");
        }
    }

    /// The engines as the roster has them at this moment.
    synchronized List<EngineMember> now() {
        List<String> wanted = roster.engines();
        if (!wanted.equals(urls)) {
            change(wanted);
        }
        leaving.removeIf(this::closedIfIdle);
        return members;
    }

    /// Those of [#now()] that do not rest; all of them if every one does.
    List<EngineMember> awake() {
        List<EngineMember> known = now();
        long time = System.nanoTime();
        List<EngineMember> awake =
                known.stream().filter(member -> !member.rests(time)).toList();
        return awake.isEmpty() ? known : awake;
    }

    private void change(List<String> wanted) {
        if (!urls.isEmpty()) {
            LOG.info("engines: {} now, {} before", wanted.size(), urls.size());
        }
        List<EngineMember> before = members;
        members = wanted.stream()
                .map(url -> before.stream()
                        .filter(member -> member.url.equals(url))
                        .findFirst()
                        .orElseGet(() -> new EngineMember(url, Objects.requireNonNull(connect.apply(url)), slots)))
                .toList();
        before.stream().filter(member -> !wanted.contains(member.url)).forEach(leaving::add);
        urls = wanted;
    }

    private boolean closedIfIdle(EngineMember member) {
        if (!member.slots.tryAcquire(slots)) {
            return false;
        }
        member.client.close();
        member.slots.release(slots); // who waits for it finds it closed and goes on to the next
        return true;
    }

    @Override
    public synchronized void close() {
        members.forEach(member -> member.client.close());
        leaving.forEach(member -> member.client.close());
    }
}
