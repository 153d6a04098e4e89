package rl.ballast.protocol.role;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.run.CheckpointSpec;
import rl.ballast.protocol.run.RunRef;
import rl.ballast.protocol.run.Source.RandomModel;
import rl.ballast.protocol.run.Source.Url;
import rl.ballast.protocol.store.StoreLayout;

/// Configuration of the fetch step, which puts the sources of a run into its store.
///
/// @param store absolute path of the run's folder
/// @param adopt takes over the folder that an earlier run of this name has left beside it
/// @param demand what the run needs room for
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FetchConfig(RunRef run, String store, boolean adopt, List<Item> items, Demand demand) {

    /// @throws IllegalArgumentException if two items have one target
    public FetchConfig {
        items = List.copyOf(items);
        Set<Target> targets = EnumSet.noneOf(Target.class);
        for (Item item : items) {
            if (!targets.add(item.target())) {
                throw new IllegalArgumentException("items: target %s appears twice".formatted(item.target()));
            }
        }
    }

    /// What says how much room a run needs, once its model's shape is known.
    ///
    /// @param captureRoutes whether the engines record the routes of a mixture of experts
    /// @param storeBytes that the volume of the store was claimed with; 0 for whatever the disk has
    public record Demand(Recipe recipe, CheckpointSpec checkpoint, int steps, boolean captureRoutes, long storeBytes) {}

    /// What a source becomes in the store.
    public enum Target {
        /// A Hugging Face folder.
        @JsonProperty("model")
        MODEL("model"),
        @JsonProperty("prompts")
        PROMPTS("prompts.jsonl"),
        @JsonProperty("evaluation")
        EVALUATION("evaluation.jsonl"),
        @JsonProperty("demonstrations")
        DEMONSTRATIONS("demonstrations.jsonl");

        private final String fileName;

        Target(String fileName) {
            this.fileName = fileName;
        }

        /// Name below `sources`.
        public String fileName() {
            return fileName;
        }

        /// Where it lies in a store.
        public Path in(StoreLayout store) {
            return store.sources().resolve(fileName);
        }
    }

    /// One thing to fetch. Exactly one of `copy`, `url` and `random` is set.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Item(
            Target target,
            @Nullable Copy copy,
            @Nullable Url url,
            @Nullable RandomModel random) {

        /// @throws IllegalArgumentException if not exactly one is set, or `random` is not a model
        public Item {
            if (Stream.of(copy != null, url != null, random != null)
                            .filter(set -> set)
                            .count()
                    != 1) {
                throw new IllegalArgumentException("expected exactly one of copy, url and random");
            }
            if (random != null && target != Target.MODEL) {
                throw new IllegalArgumentException("random: expected target model, found " + target);
            }
        }
    }

    /// A file or folder that is there already.
    ///
    /// @param root absolute path of what may be read; a path or link that leads out of it is refused
    /// @param path relative to `root`; empty means `root` itself
    public record Copy(String root, String path) {}
}
