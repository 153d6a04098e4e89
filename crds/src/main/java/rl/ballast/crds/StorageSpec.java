package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The volume that holds the run's store. Local runs keep the store in a folder and use none of this.
///
/// @param claimName an existing claim
/// @param volume a claim to make
/// @param retain what happens to the claim that is made when the run is deleted; an existing one always stays
/// @param adopt goes on with what the newest earlier run of this name has left on the volume, if there is one
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!(has(self.claimName) && has(self.volume))",
        message = "set storage.claimName (an existing claim) or storage.volume (a new one), not both")
@ValidationRule(
        value = "!has(self.claimName) || self.retain == 'Retain'",
        fieldPath = ".retain",
        message = "retain: Delete is for a claim that is made here; an existing claim (claimName) is never deleted:"
                + " remove retain")
public record StorageSpec(
        @Nullable @Size(min = 1, max = 253) String claimName,
        @Nullable VolumeSpec volume,
        @Default("Retain") Retention retain,
        @Default("false") boolean adopt) {

    public enum Retention {
        Retain,
        Delete
    }

    /// A claim takes only a larger size once it is made, so nothing else of it may change.
    ///
    /// @param size for example 20Gi; may grow while the claim is in use, if its storage class allows that
    /// @param storageClassName absent = the cluster's default
    /// @param accessModes ReadWriteMany unless every pod runs on one node
    @ValidationRule(
            value = "self.accessModes.size() == 1 || !('ReadWriteOncePod' in self.accessModes)",
            fieldPath = ".accessModes",
            message = "ReadWriteOncePod goes with no other access mode: name it alone, or remove it")
    @ValidationRule(
            value = "quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0",
            fieldPath = ".size",
            message = "storage.volume.size can grow but not shrink: keep the size, or make a new run or pool")
    @ValidationRule(
            value = "has(self.storageClassName) == has(oldSelf.storageClassName)"
                    + " && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)",
            fieldPath = ".storageClassName",
            message = "storage.volume.storageClassName cannot change once the claim is made: make a new run or pool")
    // A claim keeps the order, which the comparison of sets does not see; there are at most two modes.
    @ValidationRule(
            value = "self.accessModes == oldSelf.accessModes && self.accessModes[0] == oldSelf.accessModes[0]",
            fieldPath = ".accessModes",
            message = "storage.volume.accessModes cannot change once the claim is made: make a new run or pool")
    public record VolumeSpec(
            @Required @Size(max = 20) @Pattern("^[1-9][0-9]{0,14}(Ki|Mi|Gi|Ti|Pi)?$")
            String size,

            @Nullable @Size(min = 1, max = 253) String storageClassName,

            @Default("[\"ReadWriteMany\"]") @Size(min = 1, max = 4)
            List<AccessMode> accessModes) {
        public VolumeSpec {
            accessModes = List.copyOf(accessModes);
        }
    }

    public enum AccessMode {
        ReadWriteOnce,
        ReadWriteMany,
        ReadWriteOncePod
    }
}
