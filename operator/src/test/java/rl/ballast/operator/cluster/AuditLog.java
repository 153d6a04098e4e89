package rl.ballast.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// What the operator has asked the API server for, by the server's own record. A watch is in it when it has
/// ended.
public final class AuditLog {
    private static final int CREATED = 201;
    private static final int FORBIDDEN = 403;

    private final List<JsonNode> entries = new ArrayList<>();

    private AuditLog(List<JsonNode> entries) {
        this.entries.addAll(entries);
    }

    /// The operator's requests for objects.
    ///
    /// @param namespaces of the objects; an empty one for all of them at once
    static AuditLog read(Path file, String user, Set<String> namespaces) {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> entries = new ArrayList<>();
        try {
            String log = Files.readString(file);
            // The last line may be in the making.
            for (String line :
                    log.substring(0, log.lastIndexOf('\n') + 1).lines().toList()) {
                JsonNode entry = json.readTree(line);
                if (entry.at("/user/username").asText().equals(user)
                        && entry.has("objectRef")
                        && namespaces.contains(entry.at("/objectRef/namespace").asText())) {
                    entries.add(entry);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new AuditLog(entries);
    }

    /// `group resource verb` of each request. A patch that makes an object needs and uses `create`, too.
    public Set<String> rights() {
        Set<String> rights = new TreeSet<>();
        for (JsonNode entry : entries) {
            String verb = entry.path("verb").asText();
            rights.add(right(entry, verb));
            if (verb.equals("patch") && entry.at("/responseStatus/code").asInt() == CREATED) {
                rights.add(right(entry, "create"));
            }
        }
        return rights;
    }

    /// The same of one of several instances; see [ControlPlane#operatorClient(String)].
    public AuditLog of(String instance) {
        return new AuditLog(entries.stream()
                .filter(entry -> entry.path("userAgent").asText().endsWith("/" + instance))
                .toList());
    }

    /// What the server did not let the operator do.
    public Set<String> refused() {
        Set<String> refused = new TreeSet<>();
        for (JsonNode entry : entries) {
            if (entry.at("/responseStatus/code").asInt() == FORBIDDEN) {
                refused.add(right(entry, entry.path("verb").asText()));
            }
        }
        return refused;
    }

    /// `resource name` of each object that was made, as often as it was.
    public List<String> made() {
        return entries.stream()
                .filter(entry -> entry.at("/responseStatus/code").asInt() == CREATED)
                .map(entry -> entry.at("/objectRef/resource").asText() + " "
                        + entry.at("/objectRef/name").asText())
                .sorted()
                .toList();
    }

    /// How many requests there were for a resource.
    public long count(String resource) {
        return entries.stream()
                .filter(entry -> entry.at("/objectRef/resource").asText().equals(resource))
                .count();
    }

    /// How often the server has refused a request for a resource.
    public long refused(String resource, String verb) {
        return entries.stream()
                .filter(entry -> entry.at("/responseStatus/code").asInt() == FORBIDDEN)
                .filter(entry -> entry.at("/objectRef/resource").asText().equals(resource))
                .filter(entry -> entry.path("verb").asText().equals(verb))
                .count();
    }

    private static String right(JsonNode entry, String verb) {
        JsonNode object = entry.path("objectRef");
        String resource = object.path("resource").asText();
        String whole = object.has("subresource")
                ? resource + "/" + object.path("subresource").asText()
                : resource;
        return "%s %s %s"
                .formatted(object.path("apiGroup").asText(), whole, verb)
                .strip();
    }
}
