package rl.ballast.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Duration;

/// Another look after a reconciliation that failed and was done again: a write that was given up for lost may come
/// late, over a newer status, and nothing tells of it.
public final class LookAgain {
    private static final Duration LATER = Duration.ofSeconds(30);

    private LookAgain() {}

    /// @return `control`, changed
    public static <P extends HasMetadata> UpdateControl<P> after(Context<P> context, UpdateControl<P> control) {
        if (context.getRetryInfo().isPresent()
                && control.getScheduleDelay()
                        .filter(delay -> delay <= LATER.toMillis())
                        .isEmpty()) {
            control.rescheduleAfter(LATER);
        }
        return control;
    }
}
