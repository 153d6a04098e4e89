package rl.ballast.cli.validate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import rl.ballast.crds.file.RunFile;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.protocol.run.Source;
import rl.ballast.protocol.sizing.ModelShape;
import rl.ballast.protocol.sizing.Presets;

/// The model of a run if it can be seen without fetching anything: a preset, or a folder on this machine.
final class VisibleModel {
    private VisibleModel() {}

    /// @throws InvalidSpec if there is no such preset, or the folder holds no model that Ballast can run
    static Optional<ModelShape> of(RunFile run) {
        Source source = run.run().getSpec().model();
        if (source.random() != null) {
            String preset = source.random().preset();
            if (!Presets.names().contains(preset)) {
                throw refuse(
                        "spec.model.random.preset",
                        "expected one of %s, found '%s'".formatted(Presets.names(), preset));
            }
            return Presets.shape(preset);
        }
        if (source.path() == null) {
            return Optional.empty();
        }
        Path folder = run.folder().resolve(source.path());
        if (!Files.isRegularFile(folder.resolve("config.json"))) {
            return Optional.empty();
        }
        try {
            return Optional.of(ParameterLayout.shape(ModelConfigReader.read(folder)));
        } catch (InvalidModel e) {
            throw refuse("spec.model.path", String.valueOf(e.getMessage()));
        }
    }

    private static InvalidSpec refuse(String path, String message) {
        return new InvalidSpec(List.of(Problem.error(path, message)));
    }
}
