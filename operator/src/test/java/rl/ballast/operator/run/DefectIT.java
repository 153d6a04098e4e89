package rl.ballast.operator.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import rl.ballast.operator.TestRuns;
import rl.ballast.operator.TestSettings;
import rl.ballast.operator.cluster.OperatorCase;
import rl.ballast.operator.settings.OperatorSettings;

/// A defect of the operator shows in the status of the run that meets it, and passes with its cause.
class DefectIT extends OperatorCase {
    private final AtomicBoolean broken = new AtomicBoolean();

    /// Settings that cannot be read while something is broken.
    @Override
    protected OperatorSettings settings() {
        OperatorSettings settings = TestSettings.of();
        return (OperatorSettings) Proxy.newProxyInstance(
                OperatorSettings.class.getClassLoader(), new Class<?>[] {OperatorSettings.class}, (_, method, args) -> {
                    if (broken.get() && method.getName().equals("restart")) {
                        throw new IllegalStateException("no rules");
                    }
                    try {
                        return method.invoke(settings, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aDefectIsSaidAndPasses() {
        user.resource(TestRuns.plain("met", namespace)).create();
        kubelet.run("met-learner-0-1");
        kubelet.run("met-engine-0-1");
        awaitReason("met", "Running");

        broken.set(true);
        edit("met", "{\"spec\":{\"steps\":30}}");
        awaitReason("met", "OperatorError");
        assertThat(message("met")).contains("IllegalStateException: no rules", "its log says more");

        broken.set(false);
        awaitReason("met", "Running");
        assertThat(kubelet.names()).containsExactly("met-engine-0-1", "met-learner-0-1");
    }
}
