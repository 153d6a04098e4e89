package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Where a model or a data file comes from: exactly one field is set. One fetch step puts it into the store.
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "[has(self.configMap), has(self.claim), has(self.path), has(self.image), has(self.url), has(self.random)]"
                        + ".filter(x, x).size() == 1",
        message = "set exactly one source: configMap, claim, path, image, url, or (for the model) random")
@ValidationRule(
        value = "!has(self.path) || !('/' + self.path + '/').contains('/../')",
        message = "path must not contain a segment '..': name a file or folder below the run's file (or absolute)")
public record Source(
        @Nullable ConfigMapKey configMap,
        @Nullable ClaimPath claim,
        @Nullable @Size(min = 1, max = 4096) String path,
        @Nullable ImagePath image,
        @Nullable Url url,
        @Nullable RandomModel random) {

    static final String RANDOM_IS_FOR_MODELS =
            "random makes a model, not data: use configMap, claim, path, image or url here";

    public record ConfigMapKey(
            @Required @Size(min = 1, max = 253) @Pattern("^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$")
            String name,

            @Required @Size(min = 1, max = 253) @Pattern("^[-._a-zA-Z0-9]+$")
            String key) {}

    /// @param path in the claim's volume, below its root
    @ValidationRule(
            value = "!('/' + self.path + '/').contains('/../')",
            message = "claim.path must not contain a segment '..'")
    public record ClaimPath(
            @Required @Size(min = 1, max = 253) String name,
            @Required @Size(min = 1, max = 4096) String path) {}

    /// @param path of a file or folder in the image
    @ValidationRule(
            value = "!('/' + self.path + '/').contains('/../')",
            message = "image.path must not contain a segment '..'")
    public record ImagePath(
            @Required @Size(min = 1, max = 1024) String reference,
            @Required @Size(min = 1, max = 4096) String path) {}

    /// @param sha256 hex digest of the content, checked before it is used
    public record Url(
            @Required @Size(max = 2048) @Pattern("^https://.+")
            String https,

            @Required @Size(max = 64) @Pattern("^[0-9a-f]{64}$")
            String sha256) {}

    /// A seeded random model; allowed for `model` only.
    public record RandomModel(
            @Required @Size(min = 1, max = 63) String preset,
            @Default("0") long seed) {}
}
