package rl.ballast.operator.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;
import rl.ballast.operator.pods.PodState;

/// What to do about a pool's pods.
///
/// @param create index and attempt of pods to make
/// @param delete names of pods to delete
/// @param ready engines that answer with verified weights
/// @param present engines that exist and are not going
/// @param outdated engines that wait to be replaced
/// @param restarts of containers
/// @param waiting why the first engine that waits does
public record EngineDecision(
        List<Start> create,
        List<String> delete,
        int ready,
        int present,
        int outdated,
        int restarts,
        PodState.@Nullable Waiting waiting,
        @Nullable String trouble) {
    public EngineDecision {
        create = List.copyOf(create);
        delete = List.copyOf(delete);
    }

    public record Start(int index, int attempt) {
        /// Of a pod that is never made.
        public static final Start NONE = new Start(0, 0);
    }
}
