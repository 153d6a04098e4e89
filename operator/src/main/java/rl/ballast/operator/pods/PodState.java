package rl.ballast.operator.pods;

import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.wire.LastWord;

/// What is seen of a pod.
public sealed interface PodState {
    /// Not running yet.
    ///
    /// @param reason `Unschedulable`, `ImagePullBackOff`, `ContainerCreating`, ...
    /// @param stuck whether a person may have to act
    record Waiting(String reason, String message, boolean stuck) implements PodState {}

    /// @param ready by its readiness probe
    /// @param trouble why a container that restarts for ever ended last; null if it has not
    record Running(boolean ready, @Nullable Ending trouble) implements PodState {}

    record Succeeded(@Nullable LastWord word) implements PodState {}

    record Failed(Ending ending) implements PodState {}

    /// Being deleted; on a lost node for a long time.
    record Terminating() implements PodState {}
}
