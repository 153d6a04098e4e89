package rl.ballast.operator.objects;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/// Secrets of runs and pools. They are neither listed nor watched: what was written is remembered by owner, and after a
/// start of the operator read once, by name. Thread-safe.
public final class Tokens {
    private static final int CONFLICT = 409;
    private static final int TOKEN_BYTES = 32;

    private record Written(String token, Map<String, String> data, String inputs, String kind) {}

    private final KubernetesClient client;
    private final Sender sender;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Written> written = new ConcurrentHashMap<>();

    public Tokens(KubernetesClient client) {
        this.client = client;
        this.sender = new Sender(client);
    }

    /// The token of a group. A new group gets a new one; it is on the server before this returns.
    ///
    /// @param fresh whether the group may have no secret yet, which saves a look
    /// @param inputs what the files depend on; while it stays the same nothing is compared
    /// @param files the role configurations for a token
    /// @throws ObjectRefused if the server does not take the secret
    public String ensure(Group group, boolean fresh, String inputs, Function<String, Map<String, String>> files) {
        String uid = group.owner().getMetadata().getUid();
        Written known = written.get(uid);
        if (known != null && known.inputs.equals(inputs)) {
            return known.token;
        }
        if (known == null && !fresh) {
            known = read(group).orElse(null);
        }
        if (known == null) {
            known = create(group, files, inputs);
        }
        if (!known.inputs.equals(inputs)) {
            Secret wanted = GroupRenderer.secret(group, known.token, files.apply(known.token));
            if (!wanted.getData().equals(known.data)) {
                apply(wanted);
            }
            known = new Written(known.token, wanted.getData(), inputs, known.kind);
        }
        written.put(uid, known);
        return known.token;
    }

    /// The token of a group of another owner; empty while it has none.
    public Optional<String> token(Group group) {
        String uid = group.owner().getMetadata().getUid();
        Written known = written.get(uid);
        if (known == null) {
            known = read(group).orElse(null);
            if (known != null) {
                written.putIfAbsent(uid, known);
            }
        }
        return Optional.ofNullable(known).map(Written::token);
    }

    /// Forgets every group whose owner is of a kind and `keep` does not know it by its UID.
    public void retain(String kind, Predicate<String> keep) {
        written.entrySet().removeIf(entry -> entry.getValue().kind.equals(kind) && !keep.test(entry.getKey()));
    }

    private Written create(Group group, Function<String, Map<String, String>> files, String inputs) {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        String token = HexFormat.of().formatHex(bytes);
        Secret secret = GroupRenderer.secret(group, token, files.apply(token));
        try {
            sender.create(secret);
            return new Written(token, secret.getData(), inputs, group.owner().getKind());
        } catch (KubernetesClientException e) {
            if (e.getCode() != CONFLICT) {
                throw ObjectRefused.of(secret, true, e);
            }
            return read(group)
                    .orElseThrow(() -> new Applier.NameTaken(Applier.NameTaken.message("Secret", group.name()), e));
        }
    }

    private Optional<Written> read(Group group) {
        Secret secret = client.secrets()
                .inNamespace(group.namespace())
                .withName(group.name())
                .get();
        if (secret == null
                || secret.getData() == null
                || !secret.getData().containsKey(GroupRenderer.TOKEN)
                || !Owners.controls(group.owner(), secret)) {
            return Optional.empty();
        }
        byte[] token = Base64.getDecoder().decode(secret.getData().get(GroupRenderer.TOKEN));
        return Optional.of(new Written(
                new String(token, StandardCharsets.UTF_8),
                secret.getData(),
                "",
                group.owner().getKind()));
    }

    private void apply(Secret secret) {
        try {
            sender.apply(secret, true);
        } catch (KubernetesClientException e) {
            throw ObjectRefused.of(secret, false, e);
        }
    }
}
