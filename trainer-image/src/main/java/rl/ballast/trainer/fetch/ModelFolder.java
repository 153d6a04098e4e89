package rl.ballast.trainer.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.FetchConfig.Copy;
import rl.ballast.protocol.role.FetchConfig.Demand;
import rl.ballast.protocol.role.FetchConfig.Item;
import rl.ballast.protocol.run.Source.RandomModel;
import rl.ballast.protocol.sizing.ModelShape;
import rl.ballast.protocol.sizing.Presets;
import rl.ballast.protocol.sizing.StoreNeeds;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.store.StoreRoom;

/// Fills the folder of a model: config.json first, then, if there is room for all that the run will need, the rest.
final class ModelFolder {
    private static final Logger LOG = LoggerFactory.getLogger(ModelFolder.class);

    private final Demand demand;
    private final RandomModels randomModels;
    private final long maxBytes;

    ModelFolder(Demand demand, RandomModels randomModels, long maxBytes) {
        this.demand = demand;
        this.randomModels = randomModels;
        this.maxBytes = maxBytes;
    }

    /// @param first whether the run begins with this: the room that it needs must be there
    void fill(Item item, Path folder, Path archive, boolean first) throws IOException {
        Copy copy = item.copy();
        RandomModel random = item.random();
        Runnable configured = () -> {
            if (first) {
                requireRoom(folder);
            }
        };
        if (copy != null) {
            Path source = Boundary.resolve(copy, Fetcher.label(item));
            for (Map.Entry<String, Path> file :
                    Boundary.modelFiles(source, Fetcher.label(item)).entrySet()) {
                Files.copy(file.getValue(), folder.resolve(file.getKey()));
                if (file.getKey().equals(Boundary.CONFIG)) {
                    configured.run();
                }
            }
        } else if (random != null) {
            if (first) {
                Presets.shape(random.preset()).ifPresent(shape -> requireRoom(folder, shape));
            }
            make(random, folder, Fetcher.label(item));
        } else {
            ZippedModel.extract(archive, folder, maxBytes, Fetcher.label(item), configured);
        }
        Boundary.modelFiles(folder, Fetcher.label(item));
    }

    /// Before the weights follow. What is no model that can be run, the learner refuses with more words.
    private void requireRoom(Path folder) {
        try {
            requireRoom(folder, ParameterLayout.shape(ModelConfigReader.read(folder)));
        } catch (InvalidModel e) {
            LOG.debug("the room for it is not looked at: {}", e.getMessage());
        }
    }

    private void requireRoom(Path folder, ModelShape shape) {
        StoreNeeds needs =
                StoreNeeds.of(shape, demand.captureRoutes(), demand.recipe(), demand.checkpoint(), demand.steps(), 0);
        StoreRoom.requireAtFirst(needs, folder, demand.storeBytes());
    }

    /// @param folder becomes the model's
    void make(RandomModel random, Path folder, String label) throws IOException {
        Path made = folder.resolve("made");
        try {
            randomModels.create(random.preset(), random.seed(), made);
        } catch (IllegalArgumentException e) {
            throw new LearnerFailure(ExitCode.CONFIGURATION, "%s: %s".formatted(label, e.getMessage()), e);
        }
        for (Map.Entry<String, Path> file : Boundary.modelFiles(made, label).entrySet()) {
            Files.move(file.getValue(), folder.resolve(file.getKey()));
        }
        Files.delete(made);
    }
}
