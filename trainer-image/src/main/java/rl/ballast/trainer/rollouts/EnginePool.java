package rl.ballast.trainer.rollouts;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.protocol.wire.LearnerProgress;
import rl.ballast.protocol.wire.WeightsAnnouncement;
import rl.ballast.protocol.wire.client.EngineClient;
import rl.ballast.protocol.wire.client.EngineException;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.StopSignal;

/// The engines of a run as one sampler. Requests are spread over the engines and run on virtual threads, a bounded
/// number at a time; one that an engine loses is repeated, with the same seeds, at the next engine or when one is back.
/// Owns the clients.
public final class EnginePool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EnginePool.class);
    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long MAX_DELAY_MILLIS = 2_000;
    /// How long a request waits for a place at one engine before it looks at the next.
    private static final long QUEUE_MILLIS = 1_000;
    /// How often every engine may refuse the same weights before the learner believes it. More than once, since a
    /// shared volume may show an engine a file late.
    private static final int REFUSALS = 5;

    /// @param perEngine requests in flight at one engine
    /// @param patience how long all engines together may fail a request before the learner gives up
    public record Limits(int perEngine, Duration patience) {
        public static final Limits DEFAULT = new Limits(64, Duration.ofMinutes(5));
    }

    private final EngineMembers members;
    private final Limits limits;
    private final StopSignal stop;
    private volatile @Nullable WeightsAnnouncement current;
    private volatile long answered = System.nanoTime();

    /// @param connect makes the client of a base URL; it tries once per call, the pool repeats
    public EnginePool(EngineRoster roster, Function<String, EngineClient> connect, Limits limits, StopSignal stop) {
        this.members = new EngineMembers(roster, connect, limits.perEngine());
        this.limits = limits;
        this.stop = stop;
    }

    /// Announces a version to every engine, side by side, and waits for the answers. Engines that are away are left to
    /// find it when they come back; that none takes it at all within the pool's patience ends the learner.
    public void announce(WeightsAnnouncement announcement) {
        current = announcement;
        var backoff = new Backoff();
        int believed = 0;
        while (true) {
            var failures = new ArrayList<Failure>();
            List<EngineMember> asked = members.awake();
            for (Future<@Nullable Failure> answer : onAll(asked, member -> tell(member, announcement))) {
                Failure failure = result(answer);
                if (failure != null) {
                    failures.add(failure);
                }
            }
            if (failures.size() < asked.size()) {
                return;
            }
            String all = failures.stream().map(Failure::message).collect(Collectors.joining("; "));
            believed = allOf(asked) && failures.stream().allMatch(Failure::lasting) ? believed + 1 : 0;
            if (believed == REFUSALS) {
                throw weightsRefused(announcement, all);
            }
            backoff.pause("no engine took policy version %d: %s".formatted(announcement.policyVersion(), all));
        }
    }

    /// Samples every request, and hands the answers out in the order of the requests.
    ///
    /// @param done told of every answer as it arrives, on any thread
    public List<GenerateResponse> generate(List<GenerateRequest> requests, Consumer<GenerateResponse> done) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var futures = new ArrayList<Future<GenerateResponse>>();
            for (int i = 0; i < requests.size(); i++) {
                int first = i;
                GenerateRequest request = requests.get(i);
                futures.add(threads.submit(() -> {
                    GenerateResponse response = sample(request, first);
                    done.accept(response);
                    return response;
                }));
            }
            return collect(futures, threads);
        }
    }

    /// What the engines said when last asked; asks nobody. One that is away serves nothing.
    public LearnerProgress.Engines engines() {
        List<EngineMember> known = members.now();
        List<EngineMember> reporting =
                known.stream().filter(EngineMember::answers).toList();
        OptionalLong oldest = reporting.stream()
                .flatMapToLong(member -> member.version().stream())
                .min();
        return new LearnerProgress.Engines(
                oldest.isPresent() ? (Long) oldest.getAsLong() : null, reporting.size(), known.size());
    }

    /// Versions that engines said they serve when last asked; an engine that is away keeps its last word.
    public List<Long> reportedVersions() {
        onAll(members.awake(), member -> {
                    try {
                        member.serves(member.client.status().policyVersion());
                    } catch (EngineException away) {
                        member.failed(message(away), System.nanoTime());
                    }
                    return null;
                })
                .forEach(EnginePool::result);
        return members.now().stream()
                .flatMapToLong(member -> member.version().stream())
                .boxed()
                .toList();
    }

    private List<GenerateResponse> collect(List<Future<GenerateResponse>> futures, ExecutorService threads) {
        try {
            var responses = new ArrayList<GenerateResponse>();
            for (Future<GenerateResponse> future : futures) {
                responses.add(future.get());
            }
            return responses;
        } catch (ExecutionException e) {
            threads.shutdownNow();
            throw unwrap(e);
        } catch (InterruptedException e) {
            threads.shutdownNow();
            throw interrupted();
        }
    }

    private GenerateResponse sample(GenerateRequest request, int first) throws InterruptedException {
        var backoff = new Backoff();
        int believed = 0;
        for (int attempt = 0; ; attempt++) {
            List<EngineMember> known = members.awake();
            EngineMember member = known.get((first + attempt) % known.size());
            Failure failure;
            if (!member.slots.tryAcquire(QUEUE_MILLIS, TimeUnit.MILLISECONDS)) {
                continue; // another may have a place by now
            }
            if (!members.awake().contains(member)) {
                member.slots.release(); // it has left, or gone away, while this request queued
                continue;
            }
            try {
                stop.check();
                GenerateResponse response = member.client.generate(request);
                newest(response).ifPresentOrElse(member::sampled, member::answered);
                answered = System.nanoTime();
                return response;
            } catch (EngineException.StaleWeights behind) {
                failure = bringUpToDate(member, behind);
            } catch (EngineException e) {
                failure = failed(member, e);
            } finally {
                member.slots.release();
            }
            believed = failure.lasting() && allOf(known) ? believed + 1 : 0;
            WeightsAnnouncement announced = current;
            if (announced != null && believed >= REFUSALS * known.size()) {
                throw weightsRefused(announced, failure.message());
            }
            if ((attempt + 1) % known.size() == 0) {
                backoff.pause("request %s: %s".formatted(request.requestId(), failure.message()));
            }
        }
    }

    private static OptionalLong newest(GenerateResponse response) {
        return response.samples().stream()
                .flatMap(sample -> sample.versions().stream())
                .mapToLong(GenerateResponse.VersionSpan::policyVersion)
                .max();
    }

    /// Whether nobody was left out: an engine that is away may take what these refuse.
    private boolean allOf(List<EngineMember> asked) {
        return asked.size() == members.now().size();
    }

    private Failure bringUpToDate(EngineMember member, EngineException.StaleWeights behind)
            throws InterruptedException {
        WeightsAnnouncement announcement = current;
        Failure failure = announcement == null ? null : tell(member, announcement);
        return failure == null ? new Failure(message(behind), false) : failure;
    }

    private static LearnerFailure weightsRefused(WeightsAnnouncement announcement, String refusals) {
        return new LearnerFailure(
                ExitCode.CONFIGURATION,
                "no engine takes policy version %d, asked %d times. %s"
                        .formatted(announcement.policyVersion(), REFUSALS, refusals));
    }

    /// Why a call did not succeed.
    ///
    /// @param lasting whether the engine understood the call and will refuse it again
    private record Failure(String message, boolean lasting) {}

    /// @return null if the engine serves the version now, else why not
    private static @Nullable Failure tell(EngineMember member, WeightsAnnouncement announcement)
            throws InterruptedException {
        try {
            member.serves(member.client.announce(announcement).policyVersion());
            return null;
        } catch (EngineException e) {
            return failed(member, e);
        }
    }

    private static Failure failed(EngineMember member, EngineException e) {
        Failure failure = retryable(e);
        if (e instanceof EngineException.Refused) {
            member.refused(failure.message(), System.nanoTime());
        } else {
            member.failed(failure.message(), System.nanoTime());
        }
        return failure;
    }

    /// A failure that another engine or a later attempt may not have; ends the learner on any other.
    private static Failure retryable(EngineException e) {
        return switch (e) {
            case EngineException.StaleEpoch newer ->
                throw new LearnerFailure(
                        ExitCode.REPLACED, "a newer learner has taken over the engines: " + message(newer), newer);
            case EngineException.StoreFull full -> throw new LearnerFailure(ExitCode.STORE_IO, message(full), full);
            case EngineException.Failed failed
            when failed.status() == 400 || failed.status() == 401 ->
                throw new LearnerFailure(ExitCode.CONFIGURATION, message(failed), failed);
            default -> new Failure(message(e), e instanceof EngineException.WeightsRefused);
        };
    }

    private static String message(Exception e) {
        return String.valueOf(e.getMessage());
    }

    @FunctionalInterface
    private interface MemberCall {
        @Nullable
        Failure on(EngineMember member) throws InterruptedException;
    }

    private List<Future<@Nullable Failure>> onAll(List<EngineMember> asked, MemberCall call) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<@Nullable Failure>>();
            asked.forEach(member -> answers.add(threads.submit(() -> call.on(member))));
            return answers;
        }
    }

    private static @Nullable Failure result(Future<@Nullable Failure> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw unwrap(e);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static RuntimeException unwrap(ExecutionException e) {
        return switch (e.getCause()) {
            case LearnerFailure failure -> failure;
            case InterruptedException _ -> interrupted();
            case null, default ->
                new LearnerFailure(ExitCode.INTERNAL, "a call to an engine broke: " + e.getCause(), e.getCause());
        };
    }

    private static LearnerFailure interrupted() {
        Thread.currentThread().interrupt();
        return new LearnerFailure(ExitCode.STOPPED, "interrupted while engines were generating");
    }

    /// Pauses that double up to a limit, until the pool's patience is used up.
    private final class Backoff {
        private final long patience = limits.patience().toNanos();
        private long since;
        private long delay = FIRST_DELAY_MILLIS;

        void pause(String failure) {
            long now = System.nanoTime();
            since = since == 0 ? now : since - answered > 0 ? since : answered;
            if (now - since > patience) {
                throw new LearnerFailure(
                        ExitCode.UNAVAILABLE,
                        "no engine answered for %d s. Last: %s. Start the engines, then resume"
                                .formatted(limits.patience().toSeconds(), failure));
            }
            LOG.atDebug().addKeyValue("failure", failure).log("engines away, trying again");
            try {
                stop.await(delay);
            } catch (InterruptedException e) {
                throw interrupted();
            }
            stop.check();
            delay = Math.min(MAX_DELAY_MILLIS, delay * 2);
        }
    }

    @Override
    public void close() {
        members.close();
    }
}
