package rl.ballast.protocol.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Who judges a response: a built-in verifier, or a reward service. Exactly one.
///
/// @param pattern for `regex`: a regular expression whose first group (or whole match) is compared with the answer
/// @param timeoutSeconds for `url`: per attempt
/// @param retries for `url`: attempts after the first
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.verifier) != has(self.url)",
        message = "set exactly one of reward.verifier (built in) and reward.url (a reward service)")
@ValidationRule(
        value = "!has(self.verifier) || self.verifier != 'regex' || has(self.pattern)",
        message = "reward.verifier: regex needs reward.pattern")
public record RewardSpec(
        @Nullable Verifier verifier,
        @Nullable @Pattern("^https?://.+") @Size(max = 2048) String url,
        @Nullable @Size(min = 1, max = 1024) String pattern,
        @Default("30") @Min(1) @Max(86_400) int timeoutSeconds,
        @Default("3") @Min(0) @Max(1000) int retries) {

    public enum Verifier {
        @JsonProperty("exact-answer")
        EXACT_ANSWER,
        @JsonProperty("number")
        NUMBER,
        @JsonProperty("regex")
        REGEX
    }
}
