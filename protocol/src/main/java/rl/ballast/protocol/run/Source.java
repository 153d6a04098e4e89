package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Where a model or a data file comes from: exactly one field is set. One fetch step puts it into the store.
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "[has(self.configMap), has(self.claim), has(self.path), has(self.image), has(self.url), has(self.random)]"
                        + ".filter(x, x).size() == 1",
        message = "set exactly one of configMap, claim, path, image, url, random")
public record Source(
        @Nullable ConfigMapKey configMap,
        @Nullable ClaimPath claim,
        @Nullable String path,
        @Nullable ImagePath image,
        @Nullable Url url,
        @Nullable RandomModel random) {

    public record ConfigMapKey(
            @Required String name, @Required String key) {}

    public record ClaimPath(@Required String name, @Required String path) {}

    public record ImagePath(
            @Required String reference, @Required String path) {}

    /// @param sha256 hex digest of the content, checked before it is used
    public record Url(
            @Required @Pattern("https://.+") String https,
            @Required @Pattern("[0-9a-f]{64}") String sha256) {}

    /// A seeded random model; allowed for `model` only.
    public record RandomModel(
            @Required String preset, @Default("0") long seed) {}
}
