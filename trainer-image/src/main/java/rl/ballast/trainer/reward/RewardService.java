package rl.ballast.trainer.reward;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.Backoff;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;

/// Judges by an HTTP service, see [RewardMessages] for its protocol. Candidates go in batches, several at a time, each
/// on a virtual thread.
///
/// An attempt that times out, fails to connect or is answered with 408, 425, 429 or 5xx is repeated after a pause; when
/// the attempts are used up the run ends with [ExitCode#UNAVAILABLE]. Any other answer that is not rewards ends it at
/// once.
final class RewardService implements Verifier {
    static final int BATCH = 64;
    private static final int IN_FLIGHT = 8;
    private static final long MAX_ANSWER_BYTES = 1 << 20;
    private static final Backoff PAUSES = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30), 2, 0.5);

    private final URI url;
    private final Duration timeout;
    private final int retries;
    private final Backoff pauses;
    private final HttpClient client;
    private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
    private final CountDownLatch closed = new CountDownLatch(1);

    RewardService(URI url, Duration timeout, int retries, Backoff pauses) {
        this.url = url;
        this.timeout = timeout;
        this.retries = retries;
        this.pauses = pauses;
        this.client = HttpClient.newBuilder().connectTimeout(timeout).build();
    }

    static RewardService of(String text, Duration timeout, int retries) {
        try {
            URI url = URI.create(text);
            String scheme = String.valueOf(url.getScheme());
            if (url.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
                return new RewardService(url, timeout, retries, PAUSES);
            }
        } catch (IllegalArgumentException e) {
            throw badUrl(text, e);
        }
        throw badUrl(text, null);
    }

    private static LearnerFailure badUrl(String text, @Nullable Exception cause) {
        return new LearnerFailure(
                ExitCode.CONFIGURATION,
                "reward.url: expected an http or https address with a host, found '%s'".formatted(text),
                cause);
    }

    @Override
    public double[] judge(List<Candidate> candidates) {
        List<Future<double[]>> batches = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int from = 0; from < candidates.size(); from += BATCH) {
                int first = from;
                List<Candidate> batch = candidates.subList(from, Math.min(candidates.size(), from + BATCH));
                batches.add(threads.submit(() -> judgeBatch(batch, first)));
            }
            try {
                double[] rewards = new double[candidates.size()];
                for (int i = 0; i < batches.size(); i++) {
                    double[] part = batches.get(i).get();
                    System.arraycopy(part, 0, rewards, i * BATCH, part.length);
                }
                return rewards;
            } catch (ExecutionException e) {
                threads.shutdownNow();
                throw e.getCause() instanceof LearnerFailure failure
                        ? failure
                        : new LearnerFailure(ExitCode.INTERNAL, "%s: %s".formatted(url, e.getCause()), e.getCause());
            } catch (InterruptedException e) {
                threads.shutdownNow();
                throw stopped(e);
            }
        }
    }

    /// @param first place of the batch, the seed of its pauses
    private double[] judgeBatch(List<Candidate> batch, int first) throws InterruptedException {
        byte[] body = RewardMessages.request(batch);
        SplittableRandom random = new SplittableRandom(first);
        inFlight.acquire();
        try {
            for (int attempt = 0; ; attempt++) {
                Outcome outcome = attempt(body);
                if (outcome instanceof Outcome.Answered answered) {
                    return RewardMessages.rewards(url, answered.body, batch.size());
                }
                String problem = ((Outcome.Lost) outcome).problem;
                if (attempt == retries) {
                    throw new LearnerFailure(
                            ExitCode.UNAVAILABLE,
                            "%s: expected rewards for %d responses, found none after %d attempts; last: %s. Check the reward service, then resume"
                                    .formatted(url, batch.size(), attempt + 1, problem));
                }
                if (closed.await(pauses.pause(attempt, random).toMillis(), TimeUnit.MILLISECONDS)) {
                    throw stopped(null);
                }
            }
        } finally {
            inFlight.release();
        }
    }

    private sealed interface Outcome {
        record Answered(byte[] body) implements Outcome {}

        record Lost(String problem) implements Outcome {}
    }

    private Outcome attempt(byte[] body) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url)
                .header("content-type", "application/json")
                .timeout(timeout)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        CompletableFuture<HttpResponse<byte[]>> exchange = client.sendAsync(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES));
        try {
            HttpResponse<byte[]> response = exchange.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return outcome(response);
        } catch (TimeoutException _) {
            return new Outcome.Lost(noAnswer());
        } catch (ExecutionException e) {
            boolean late = e.getCause() instanceof HttpTimeoutException;
            return new Outcome.Lost(late ? noAnswer() : String.valueOf(e.getCause()));
        } finally {
            exchange.cancel(true);
        }
    }

    private String noAnswer() {
        return "no answer within %d ms".formatted(timeout.toMillis());
    }

    private Outcome outcome(HttpResponse<byte[]> response) {
        int status = response.statusCode();
        if (status / 100 == 2) {
            return new Outcome.Answered(response.body());
        }
        String problem = "status %d, %s".formatted(status, RewardMessages.shortened(response.body()));
        if (status == 408 || status == 425 || status == 429 || status / 100 == 5) {
            return new Outcome.Lost(problem);
        }
        throw new LearnerFailure(ExitCode.CONFIGURATION, "%s: expected status 200, found %s".formatted(url, problem));
    }

    private LearnerFailure stopped(@Nullable InterruptedException cause) {
        if (cause != null) {
            Thread.currentThread().interrupt();
        }
        return new LearnerFailure(ExitCode.STOPPED, "%s: stopped while waiting for rewards".formatted(url), cause);
    }

    @Override
    public void close() {
        closed.countDown();
        client.shutdownNow();
        client.close();
    }
}
