package rl.ballast.protocol.run;

import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;

/// How old the policy of a rollout may be, in versions. 0 is synchronous.
public record StalenessSpec(@Default("0") @Min(0) @Max(1000) int maxPolicyLag) {}
