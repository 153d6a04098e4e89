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

/// Secrets of runs and pools. They are neither listed nor watched: what was written is remembered by owner. One is
/// read, by name, once after a start of the operator and whenever pods are about to use it. Thread-safe.
public final class Tokens {
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

    /// The token of a group. A new group gets a new one; it is on the server before this returns. A secret that is lost
    /// is made again with the token that is remembered, which engines that run have.
    ///
    /// @param fresh whether the group may have no secret yet, which saves a look
    /// @param starting whether pods are about to be made that read it: then it is looked at
    /// @param inputs what the files depend on; while it stays the same nothing is compared otherwise
    /// @param files the role configurations for a token
    /// @throws StillLeaving if the secret of that name is that of an earlier owner
    /// @throws Applier.NameTaken if it is not ours
    /// @throws ObjectRefused if the server does not take the secret
    public String ensure(
            Group group, boolean fresh, boolean starting, String inputs, Function<String, Map<String, String>> files) {
        String uid = group.owner().getMetadata().getUid();
        Written known = written.get(uid);
        if (known != null && known.inputs.equals(inputs) && !starting) {
            return known.token;
        }
        boolean look = known == null ? !fresh : starting;
        Optional<Map<String, String>> there = look
                ? read(group).map(Tokens::data)
                : Optional.ofNullable(known).map(Written::data);
        String token = known == null ? there.flatMap(Tokens::token).orElseGet(this::random) : known.token;
        Secret wanted = GroupRenderer.secret(group, token, files.apply(token));
        if (there.isEmpty() && !create(wanted)) {
            return ensure(group, false, true, inputs, files);
        }
        if (there.isPresent() && !wanted.getData().equals(there.get())) {
            apply(wanted);
        }
        written.put(
                uid, new Written(token, wanted.getData(), inputs, group.owner().getKind()));
        return token;
    }

    /// The token of a group of another owner; empty while it has none.
    public Optional<String> token(Group group) {
        String uid = group.owner().getMetadata().getUid();
        Written known = written.get(uid);
        if (known == null) {
            known = find(group)
                    .filter(secret -> Owners.controls(group.owner(), secret))
                    .map(Tokens::data)
                    .flatMap(data -> token(data)
                            .map(token ->
                                    new Written(token, data, "", group.owner().getKind())))
                    .orElse(null);
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

    private String random() {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /// @return false if there is one already
    private boolean create(Secret secret) {
        try {
            sender.create(secret);
            return true;
        } catch (KubernetesClientException e) {
            if (Conflict.exists(e)) {
                return false;
            }
            throw ObjectRefused.of(secret, true, e);
        }
    }

    private Optional<Secret> read(Group group) {
        Optional<Secret> there = find(group);
        if (there.isEmpty() || Owners.controls(group.owner(), there.get())) {
            return there;
        }
        if (Owners.ofAnother(group.owner(), there.get())) {
            throw StillLeaving.of("Secret", group.name());
        }
        throw new Applier.NameTaken(Applier.NameTaken.message("Secret", group.name()), null);
    }

    private Optional<Secret> find(Group group) {
        return Optional.ofNullable(client.secrets()
                .inNamespace(group.namespace())
                .withName(group.name())
                .get());
    }

    private static Map<String, String> data(Secret secret) {
        return secret.getData() == null ? Map.of() : secret.getData();
    }

    private static Optional<String> token(Map<String, String> data) {
        return Optional.ofNullable(data.get(GroupRenderer.TOKEN))
                .map(token -> new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8));
    }

    private void apply(Secret secret) {
        try {
            sender.apply(secret, true);
        } catch (KubernetesClientException e) {
            throw ObjectRefused.of(secret, false, e);
        }
    }
}
