package rl.ballast.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Tests that run the distribution. Without one they are skipped, and say so; a build that makes one (`-Ddist`, as
/// `./ballast test` does) fails instead.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsDistribution.Condition.class)
@interface NeedsDistribution {
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            boolean there = Files.isDirectory(BallastProcess.DISTRIBUTION.resolve("lib"))
                    && Files.isDirectory(BallastProcess.DISTRIBUTION.resolve("engine"));
            if (there) {
                return ConditionEvaluationResult.enabled("the distribution is there");
            }
            String reason = "SKIPPED, NOT PASSED: no distribution in %s; build it with -Ddist, or run ./ballast test"
                    .formatted(BallastProcess.DISTRIBUTION);
            if (Boolean.getBoolean("ballast.dist.required")) {
                throw new IllegalStateException(reason);
            }
            System.err.println(context.getDisplayName() + ": " + reason);
            return ConditionEvaluationResult.disabled(reason);
        }
    }
}
