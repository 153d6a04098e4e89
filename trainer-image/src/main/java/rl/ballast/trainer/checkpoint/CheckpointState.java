package rl.ballast.trainer.checkpoint;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything of the learner's state besides tensors. Seeds are functions of the run's seed, the salt and counters, so
/// the salt and the counters are the random state.
///
/// @param step last trained step; 0 before the first
/// @param coldStartUpdates supervised updates done
/// @param optimizerUpdates updates since the moments were last zero
/// @param seedSalt changed by a rollback
/// @param dataPosition prompts taken from their order
/// @param parentVersion that step `step` sampled from; null before the first step. The weights of this
///        state are its
///        child
/// @param lineage starts of the learner that led here, oldest first
/// @param pendingMetrics the step's line of `metrics.jsonl`, which is written after publishing and
///        evaluation; null
///        before the first step
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CheckpointState(
        int step,
        int coldStartUpdates,
        long optimizerUpdates,
        long seedSalt,
        long dataPosition,
        @Nullable Long parentVersion,
        List<Start> lineage,
        @Nullable ObjectNode pendingMetrics) {
    public CheckpointState {
        lineage = List.copyOf(lineage);
    }

    /// One start of the learner: it went on after `step` and `coldStartUpdates`.
    public record Start(long epoch, int step, int coldStartUpdates) {}

    /// Before anything.
    public static CheckpointState initial() {
        return new CheckpointState(0, 0, 0, 0, 0, null, List.of(), null);
    }

    /// The same state under another start of the learner.
    public CheckpointState startedBy(long epoch) {
        var starts = new ArrayList<>(lineage);
        starts.add(new Start(epoch, step, coldStartUpdates));
        return new CheckpointState(
                step,
                coldStartUpdates,
                optimizerUpdates,
                seedSalt,
                dataPosition,
                parentVersion,
                starts,
                pendingMetrics);
    }

    /// After a supervised update.
    public CheckpointState afterColdStart(int updates, long optimizerCount) {
        return new CheckpointState(0, updates, optimizerCount, seedSalt, dataPosition, null, lineage, null);
    }

    /// After a trained step.
    public CheckpointState afterStep(
            int trained, long optimizerCount, int prompts, long sampledFrom, ObjectNode metrics) {
        return new CheckpointState(
                trained,
                coldStartUpdates,
                optimizerCount,
                seedSalt,
                dataPosition + prompts,
                sampledFrom,
                lineage,
                metrics);
    }
}
