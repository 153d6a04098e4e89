package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.objects.Applier;
import rl.ballast.operator.objects.Conflict;
import rl.ballast.operator.objects.ObjectRefused;
import rl.ballast.operator.objects.Sender;
import rl.ballast.operator.status.Phase;

/// Makes and deletes pods, a bounded number side by side. A name that is another's, or one of our pods' that a person
/// took the labels from, is left to it: the pod is made under the next attempt. After a refusal the server is left
/// alone for a while. Thread-safe.
public final class PodWriter {
    public static final String REASON = "PodRefused";

    private static final int NOT_FOUND = 404;
    private static final int REMEMBERED = 1_000;
    /// Attempts whose names are tried.
    private static final int NAMES = 10;

    private record Refusal(Phase.Blocked why, Instant time) {}

    private final KubernetesClient client;
    private final Sender sender;
    private final int parallel;
    private final Clock clock;
    private final Map<String, Refusal> refusals = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Refusal> eldest) {
            return size() > REMEMBERED;
        }
    };

    public PodWriter(KubernetesClient client, int parallel, Clock clock) {
        this.client = client;
        this.sender = new Sender(client);
        this.parallel = parallel;
        this.clock = clock;
    }

    /// Makes pods until the server refuses one; then, for [TemplateCheck#AGAIN], none of the same cause.
    ///
    /// @param cause of these pods: another one after a change that may be a remedy
    /// @param made told every pod that the server has taken
    /// @return why the server refuses pods as they are, if it does: quota, pod security, a bad template
    /// @throws KubernetesClientException for failures that may pass
    public Optional<Phase.Blocked> create(String cause, List<Pod> pods, Consumer<Pod> made) {
        if (pods.isEmpty()) {
            return Optional.empty();
        }
        synchronized (refusals) {
            Refusal known = refusals.get(cause);
            if (known != null && clock.instant().isBefore(known.time.plus(TemplateCheck.AGAIN))) {
                return Optional.of(known.why);
            }
        }
        AtomicReference<@Nullable String> refused = new AtomicReference<>();
        List<Callable<@Nullable String>> calls = new ArrayList<>();
        pods.forEach(pod -> calls.add(() -> {
            if (refused.get() == null) {
                refused.compareAndSet(null, create(pod, made));
            }
            return refused.get();
        }));
        Optional<Phase.Blocked> why = all(calls).map(message -> new Phase.Blocked(REASON, message));
        synchronized (refusals) {
            why.ifPresentOrElse(
                    blocked -> refusals.put(cause, new Refusal(blocked, clock.instant())),
                    () -> refusals.remove(cause));
        }
        return why;
    }

    public void delete(String namespace, List<String> names) {
        List<Callable<@Nullable String>> calls = new ArrayList<>();
        names.forEach(name -> calls.add(() -> delete(namespace, name)));
        all(calls);
    }

    private @Nullable String create(Pod wanted, Consumer<Pod> made) {
        Pod pod = wanted;
        for (int tried = 0; tried < NAMES; tried++) {
            try {
                made.accept(sender.create(pod));
                return null;
            } catch (KubernetesClientException e) {
                if (ObjectRefused.LASTING.contains(e.getCode())) {
                    return e.getStatus() == null
                            ? e.getMessage()
                            : e.getStatus().getMessage();
                }
                if (!Conflict.exists(e)) {
                    throw e;
                }
            }
            Pod there = client.resource(pod).get();
            if (there != null && PodNames.same(pod, there)) {
                return null; // made before; the cache will show it
            }
            pod = there == null ? pod : PodNames.next(pod);
        }
        return Applier.NameTaken.message("Pod", pod.getMetadata().getName());
    }

    private @Nullable String delete(String namespace, String name) {
        try {
            client.pods().inNamespace(namespace).withName(name).delete();
        } catch (KubernetesClientException e) {
            if (e.getCode() != NOT_FOUND) {
                throw e;
            }
        }
        return null;
    }

    private Optional<String> all(List<Callable<@Nullable String>> calls) {
        Semaphore slots = new Semaphore(parallel);
        List<Future<@Nullable String>> futures = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Callable<@Nullable String> call : calls) {
                futures.add(threads.submit(() -> {
                    slots.acquire();
                    try {
                        return call.call();
                    } finally {
                        slots.release();
                    }
                }));
            }
        }
        Optional<String> refusal = Optional.empty();
        for (Future<@Nullable String> future : futures) {
            refusal = refusal.or(() -> Optional.ofNullable(result(future)));
        }
        return refusal;
    }

    private static @Nullable String result(Future<@Nullable String> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pods were written", e);
        }
    }
}
