package rl.ballast.protocol.role;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.run.RunRef;
import rl.ballast.protocol.run.TrainingSpec;

/// Configuration of the learner process.
///
/// @param store absolute path of the run's folder
/// @param storeBytes that the volume of the store was claimed with; 0 for whatever the disk has
/// @param modelFolder Hugging Face folder of the initial model, absolute
/// @param promptsFile JSONL, absolute
/// @param engines base URLs of the engines
/// @param precision served precision of the engines, digested into every manifest
/// @param captureRoutes whether the engines record the routes of a mixture of experts
/// @param port of the learner's own HTTP endpoint (progress, metrics, health); 0 picks a free one
/// @param resume true goes on from the newest checkpoint; false refuses a store that already has one
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LearnerConfig(
        RunRef run,
        String store,
        long storeBytes,
        String modelFolder,
        String promptsFile,
        List<String> engines,
        ServedPrecision precision,
        boolean captureRoutes,
        @Nullable String token,
        String host,
        int port,
        int computeThreads,
        int maxMicroBatchTokens,
        boolean activationRecompute,
        boolean resume,
        TrainingSpec training) {
    public LearnerConfig {
        engines = List.copyOf(engines);
    }
}
