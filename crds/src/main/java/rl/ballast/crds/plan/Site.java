package rl.ballast.crds.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Where a run takes place: the facts that a plan needs and the spec cannot hold.
public sealed interface Site {

    /// One machine.
    ///
    /// @param store the run's folder, absolute
    /// @param folder what relative paths in the run refer to: the folder of its file, absolute
    /// @param configMaps content of the config maps beside the run: name, then key
    /// @param processors that a forward pass may use
    /// @param enginePorts a free port for each engine
    /// @param learnerPort 0 lets the learner pick one
    /// @param token that engines ask for
    /// @param resume goes on from the newest checkpoint
    record Local(
            Path store,
            Path folder,
            Map<String, Map<String, String>> configMaps,
            int processors,
            List<Integer> enginePorts,
            int learnerPort,
            String token,
            boolean resume)
            implements Site {
        public Local {
            configMaps = Map.copyOf(configMaps);
            enginePorts = List.copyOf(enginePorts);
        }
    }

    /// A cluster. Paths are those inside the pods.
    ///
    /// @param namespace of the run
    /// @param pool name of the engines' pool and of its headless service
    /// @param processors of a pod, where the spec sets no `computeThreads`
    /// @param token that engines ask for
    /// @param resume goes on from the newest checkpoint; an empty store is fine
    /// @param adopt takes over what another run left in the store
    /// @param storeBytes that the volume of the store is claimed with; 0 if that is not known
    record Cluster(
            String namespace, String pool, int processors, String token, boolean resume, boolean adopt, long storeBytes)
            implements Site {}
}
