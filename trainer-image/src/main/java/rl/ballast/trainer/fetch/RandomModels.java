package rl.ballast.trainer.fetch;

import java.nio.file.Path;
import rl.ballast.modeling.init.ModelInit;

/// Makes seeded random models.
@FunctionalInterface
public interface RandomModels {

    /// Writes a Hugging Face folder: the same bytes for the same arguments.
    ///
    /// @param folder does not exist yet
    /// @throws IllegalArgumentException if there is no such preset; the message names those that exist
    void create(String preset, long seed, Path folder);

    /// The presets of `ballast model init`.
    static RandomModels standard() {
        return ModelInit::create;
    }
}
