package rl.ballast.operator.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.status.Phase;

/// Makes and deletes pods, a bounded number side by side.
public final class PodWriter {
    public static final String REASON = "PodRefused";

    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;
    private static final int INVALID = 422;

    private final KubernetesClient client;
    private final int parallel;

    public PodWriter(KubernetesClient client, int parallel) {
        this.client = client;
        this.parallel = parallel;
    }

    /// @param made told every pod that the server has taken
    /// @return why the server refuses pods as they are, if it does: quota, pod security, a bad template
    /// @throws KubernetesClientException for failures that may pass
    public Optional<Phase.Blocked> create(List<Pod> pods, Consumer<Pod> made) {
        List<Callable<@Nullable String>> calls = new ArrayList<>();
        pods.forEach(pod -> calls.add(() -> create(pod, made)));
        return all(calls).map(message -> new Phase.Blocked(REASON, message));
    }

    public void delete(String namespace, List<String> names) {
        List<Callable<@Nullable String>> calls = new ArrayList<>();
        names.forEach(name -> calls.add(() -> delete(namespace, name)));
        all(calls);
    }

    private @Nullable String create(Pod pod, Consumer<Pod> made) {
        try {
            made.accept(client.resource(pod).create());
            return null;
        } catch (KubernetesClientException e) {
            return switch (e.getCode()) {
                case CONFLICT -> null; // made before; the cache will show it
                case FORBIDDEN, INVALID ->
                    e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
                default -> throw e;
            };
        }
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
