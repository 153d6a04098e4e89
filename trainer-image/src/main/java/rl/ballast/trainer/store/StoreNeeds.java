package rl.ballast.trainer.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.run.CheckpointSpec;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.trace.RouteSize;
import rl.ballast.trainer.LearnerFailure;

/// Bytes that a run needs in its store, from its recipe: what is kept, and one more of everything while it is written.
/// Routing traces are counted at the longest responses that the recipe allows. What grows with the run (judged
/// rollouts, metrics) is not counted.
///
/// @param checkpoint bytes of one: weights and two moments in F32
/// @param version bytes of one published version, F32
/// @param traces bytes of one step's routes; 0 where none are recorded
/// @param traceSteps steps whose routes are kept until a checkpoint makes them needless
public record StoreNeeds(long checkpoint, int checkpoints, long version, int versions, long traces, int traceSteps) {
    /// What engines leave free of a volume.
    private static final long RESERVE = 64L << 20;

    /// @param captureRoutes whether the engines record routes, where the model has any
    /// @param longestPrompt in tokens
    public static StoreNeeds of(
            ModelConfig model, boolean captureRoutes, Recipe recipe, CheckpointSpec checkpoint, int longestPrompt) {
        long weights = ParameterLayout.of(model).elements() * Float.BYTES;
        long rows = Math.min(
                        model.maxPositions(),
                        longestPrompt + (long) recipe.sampling().maxTokens())
                - 1;
        int layers = captureRoutes ? model.moeLayerIndices().length : 0;
        double cells =
                layers == 0 ? 0 : (double) recipe.promptsPerStep() * recipe.groupSize() * Math.max(0, rows) * layers;
        double bits = layers == 0 ? 0 : RouteSize.bits(model.numExperts(), model.expertsPerToken());
        return new StoreNeeds(
                3 * weights,
                checkpoint.keep() + 1,
                weights,
                checkpoint.keepVersions() + 1,
                (long) (cells * bits / 8),
                checkpoint.keep() * checkpoint.everySteps() + 1);
    }

    public long bytes() {
        return checkpoint * checkpoints + version * versions + traces * traceSteps + (traces > 0 ? RESERVE : 0);
    }

    /// @param claimed bytes that the run was given of its volume, which may be a part of a larger disk; 0 for all
    /// @throws LearnerFailure `STORE_REFUSED` with the arithmetic, if the volume of `store` is smaller than the run
    ///         needs
    public void requireRoom(Path store, long claimed) {
        try {
            long disk = Files.getFileStore(store).getTotalSpace();
            requireVolume(store, claimed > 0 && disk > 0 ? Math.min(claimed, disk) : Math.max(claimed, disk));
        } catch (IOException e) {
            throw StoreException.of(store, "look at the volume of", e);
        }
    }

    void requireVolume(Path store, long volume) {
        if (volume > 0 && volume < bytes()) {
            throw new LearnerFailure(
                    ExitCode.STORE_REFUSED,
                    ("store %s: the run needs %s: %d checkpoints of %s, %d versions of %s, routes of %d steps of %s%s;"
                                    + " its volume holds %s. Enlarge it"
                                    + " (storage.volume.size), or lower checkpoint.keep, checkpoint.everySteps or"
                                    + " checkpoint.keepVersions")
                            .formatted(
                                    store,
                                    size(bytes()),
                                    checkpoints,
                                    size(checkpoint),
                                    versions,
                                    size(version),
                                    traceSteps,
                                    size(traces),
                                    traces > 0 ? ", and %s left free".formatted(size(RESERVE)) : "",
                                    size(volume)));
        }
    }

    private static String size(long bytes) {
        return bytes >= 10L << 30 ? (bytes >> 30) + " GiB" : "%.1f MiB".formatted(bytes / (double) (1 << 20));
    }
}
