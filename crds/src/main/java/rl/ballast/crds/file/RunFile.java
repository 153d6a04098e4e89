package rl.ballast.crds.file;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import rl.ballast.crds.RLRun;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;

/// A run as its author wrote it: defaulted, checked and bound.
///
/// @param file the YAML file with the run
/// @param folder what relative paths in the run refer to: the folder of that file
/// @param run the bound object; every default is set
/// @param json the same object as JSON after defaulting
/// @param configMaps content of the config maps beside the run: name, then key
/// @param warnings what the author should know
public record RunFile(
        Path file,
        Path folder,
        RLRun run,
        ObjectNode json,
        Map<String, Map<String, String>> configMaps,
        List<Problem> warnings) {
    public RunFile {
        configMaps = Map.copyOf(configMaps);
        warnings = List.copyOf(warnings);
    }

    /// Reads a YAML file, or every `.yaml` and `.yml` file of a folder, with exactly one RLRun and any number of
    /// config maps. For a file, config maps in its sibling YAML files count too if the run names them.
    ///
    /// @param settings overrides such as `spec.steps=20`, applied before defaults; the value is YAML and a leading
    /// `spec.` may be left out
    /// @throws InvalidSpec with every problem found
    public static RunFile read(Path fileOrFolder, List<String> settings) {
        return new RunFileReader(fileOrFolder).read(settings);
    }

    /// The same file with a run that ends after `steps` steps at the latest.
    public RunFile endingAfter(int steps) {
        if (run.getSpec().steps() <= steps) {
            return this;
        }
        RLRun shorter = new RLRun();
        shorter.setMetadata(run.getMetadata());
        shorter.setSpec(run.getSpec().withSteps(steps));
        ObjectNode shorterJson = json.deepCopy();
        shorterJson.withObjectProperty("spec").put("steps", steps);
        return new RunFile(file, folder, shorter, shorterJson, configMaps, warnings);
    }

    public static RunFile read(Path fileOrFolder) {
        return read(fileOrFolder, List.of());
    }
}
