package rl.ballast.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// An object of the same namespace.
///
/// @param namespace always refused; known only so that no server drops it in silence
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NameReference(
        @Required @Size(min = 1, max = 253) @Pattern("^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
        String name,

        @Nullable @Size(max = 253) String namespace) {
    public NameReference(String name) {
        this(name, null);
    }
}
