package rl.ballast.e2e.cluster;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/// Tests in pods. Where no cluster can run they are skipped, and say so; a cluster that does not come up fails them.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsCluster.Condition.class)
@interface NeedsCluster {
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            try {
                Cluster.shared();
                return ConditionEvaluationResult.enabled("the cluster is there");
            } catch (TestAbortedException e) {
                return ConditionEvaluationResult.disabled("SKIPPED, NOT PASSED: " + e.getMessage());
            }
        }
    }
}
