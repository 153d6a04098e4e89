package rl.ballast.crds.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What one process of a run needs.
///
/// @param name `fetch`, `engine-0`, `learner`: unique in the run, for files and logs
/// @param program what to start
/// @param jvmArguments for the Java virtual machine; none for a container, whose image has its own
/// @param arguments for the program
/// @param environment variables besides the inherited ones
/// @param config the role's configuration record; it lies in `configFile` as JSON
/// @param configFile absolute path
/// @param ports that the process listens on; port 0 = it picks one
/// @param mounts of its pod; empty locally
/// @param resources of its container where the template says nothing
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolePlan(
        String name,
        Program program,
        List<String> jvmArguments,
        List<String> arguments,
        SortedMap<String, String> environment,
        Record config,
        String configFile,
        List<Port> ports,
        List<Mount> mounts,
        Resources resources) {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    public RolePlan {
        jvmArguments = List.copyOf(jvmArguments);
        arguments = List.copyOf(arguments);
        environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
        ports = List.copyOf(ports);
        mounts = List.copyOf(mounts);
    }

    /// A program of the product; the launcher knows its class path, the image its entry point.
    public enum Program {
        /// `rl.ballast.trainer.fetch.FetchMain` of the trainer.
        FETCH,
        /// The Quarkus application of the rollout engine.
        ENGINE,
        /// `rl.ballast.trainer.Main` of the trainer.
        LEARNER
    }

    public record Port(String name, int number) {}

    /// @param kind what is mounted
    /// @param name of the config map or claim; for the store, the roles and images a fixed word
    public record Mount(Kind kind, String name, String path, boolean readOnly) {
        public enum Kind {
            STORE,
            ROLES,
            CONFIG_MAP,
            CLAIM,
            /// An empty folder that an init container fills from an image.
            IMAGE_COPY,
            /// An empty folder for temporary files.
            SCRATCH
        }
    }

    /// @param milliCpu thousandths of a processor
    public record Resources(long milliCpu, long memoryBytes) {}

    /// The content of the configuration file.
    public String configJson() {
        try {
            return JSON.writeValueAsString(config) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("role configurations can always be written", e);
        }
    }
}
