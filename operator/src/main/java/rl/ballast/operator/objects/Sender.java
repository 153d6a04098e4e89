package rl.ballast.operator.objects;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// Sends objects to the API server. Where nothing of the answer is new but what the server has put into the metadata,
/// it is asked for no more: encoding, sending and reading whole objects again is a large part of what a write costs
/// both sides. Thread-safe.
public final class Sender {
    private static final String JSON = "application/json";
    private static final String APPLY = "application/apply-patch+yaml";
    private static final String METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private static final int FIRST_ERROR = 300;

    private final KubernetesClient client;
    private final KubernetesSerialization json;
    private final String server;

    public Sender(KubernetesClient client) {
        this.client = client;
        this.server = client.getMasterUrl().toString().replaceAll("/+$", "");
        this.json = client.getKubernetesSerialization();
    }

    /// Makes an object that is not there.
    ///
    /// @return `object`, with the UID, version and times that the server has given it, but without other defaults
    /// @throws KubernetesClientException if the server does not take it; code 409 if there is one of that name
    public <T extends HasMetadata> T create(T object) {
        String path = collection(object) + "?fieldManager=" + Labels.FIELD_MANAGER;
        JsonNode metadata = metadata(send("POST", JSON, path, object, METADATA));
        ObjectMeta told = object.getMetadata();
        told.setUid(metadata.path("uid").asText());
        told.setResourceVersion(metadata.path("resourceVersion").asText());
        told.setCreationTimestamp(metadata.path("creationTimestamp").asText());
        told.setGeneration(metadata.path("generation").asLong());
        return object;
    }

    /// Makes or changes an object by server-side apply.
    ///
    /// @param force whether fields that another manager has set become ours; else that is a conflict
    /// @return the object as the server has it now
    /// @throws KubernetesClientException if the server does not take it; code 409 for a conflict
    @SuppressWarnings("unchecked")
    public <T extends HasMetadata> T apply(T object, boolean force) {
        return (T) json.unmarshal(send("PATCH", APPLY, one(object, "", force), object, JSON), object.getClass());
    }

    /// Writes the status of an object by server-side apply on the subresource.
    ///
    /// @param object with name, namespace and status alone, so that nothing else is touched
    /// @return the version of the object that has this status
    /// @throws KubernetesClientException if the server does not take it
    public String applyStatus(HasMetadata object) {
        return metadata(send("PATCH", APPLY, one(object, "/status", true), object, METADATA))
                .path("resourceVersion")
                .asText();
    }

    private JsonNode metadata(String answer) {
        return json.unmarshal(answer, JsonNode.class).path("metadata");
    }

    private String send(String method, String type, String path, HasMetadata object, String accept) {
        var request = client.getHttpClient()
                .newHttpRequestBuilder()
                .uri(server + path)
                .header("Accept", accept)
                .method(method, type, json.asJson(object))
                .timeout(client.getConfiguration().getRequestTimeout(), TimeUnit.MILLISECONDS)
                .build();
        try {
            // Waited for with all the client's retries: one that came later could undo a later write.
            HttpResponse<byte[]> answer =
                    client.getHttpClient().sendAsync(request, byte[].class).get();
            String text = new String(answer.body(), StandardCharsets.UTF_8);
            if (answer.code() >= FIRST_ERROR) {
                throw failure(method, path, answer.code(), text);
            }
            return text;
        } catch (ExecutionException e) {
            throw KubernetesClientException.launderThrowable(
                    "%s %s failed".formatted(method, path), Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("%s %s was interrupted".formatted(method, path), e);
        }
    }

    private KubernetesClientException failure(String method, String path, int code, String text) {
        Status status = null;
        try {
            status = json.unmarshal(text, Status.class);
        } catch (RuntimeException _) {
            // not the API server's own words, but those of something between: shown as they are
        }
        String why = status == null || status.getMessage() == null ? text : status.getMessage();
        return new KubernetesClientException("%s %s: %d: %s".formatted(method, path, code, why), code, status);
    }

    private static String collection(HasMetadata object) {
        String version = object.getApiVersion();
        return "/%s/%s/namespaces/%s/%s"
                .formatted(
                        version.indexOf('/') < 0 ? "api" : "apis",
                        version,
                        object.getMetadata().getNamespace(),
                        plural(object.getKind()));
    }

    private static String one(HasMetadata object, String part, boolean force) {
        return "%s/%s%s?fieldManager=%s&force=%s"
                .formatted(collection(object), object.getMetadata().getName(), part, Labels.FIELD_MANAGER, force);
    }

    /// Of the kinds that the operator writes.
    private static String plural(String kind) {
        String word = kind.toLowerCase(Locale.ROOT);
        return word.endsWith("y") ? word.substring(0, word.length() - 1) + "ies" : word + "s";
    }
}
