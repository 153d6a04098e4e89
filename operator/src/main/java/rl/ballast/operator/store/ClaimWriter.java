package rl.ballast.operator.store;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.StorageSpec;
import rl.ballast.operator.objects.Applier;

/// Makes and changes claims.
public final class ClaimWriter {
    private final Applier applier;

    public ClaimWriter(Applier applier) {
        this.applier = applier;
    }

    /// @param owner run or pool whose store it is
    /// @param storage from which `wanted` was rendered
    /// @param observed as the cache has it; null if it is not there
    /// @return what the server answered last; empty if nothing had to be written
    /// @throws rl.ballast.operator.objects.ObjectRefused if the claim is another's, or the server does not take it
    public Optional<PersistentVolumeClaim> write(
            HasMetadata owner,
            @Nullable StorageSpec storage,
            PersistentVolumeClaim wanted,
            @Nullable PersistentVolumeClaim observed) {
        Optional<PersistentVolumeClaim> written =
                Claims.next(owner, storage, wanted, observed).map(next -> applier.write(next, observed != null));
        return observed != null || written.isEmpty()
                ? written
                : Claims.next(owner, storage, wanted, written.get())
                        .map(next -> applier.write(next, true))
                        .or(() -> written);
    }
}
