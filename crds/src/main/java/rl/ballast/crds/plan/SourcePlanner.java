package rl.ballast.crds.plan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.plan.RolePlan.Mount;
import rl.ballast.crds.plan.RunPlan.ImageCopy;
import rl.ballast.crds.plan.RunPlan.PlannedFile;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.protocol.role.FetchConfig.Copy;
import rl.ballast.protocol.role.FetchConfig.Item;
import rl.ballast.protocol.role.FetchConfig.Target;
import rl.ballast.protocol.run.Source;
import rl.ballast.protocol.run.Source.ConfigMapKey;

/// Turns the sources of a spec into the items of the fetch step, for one site.
final class SourcePlanner {
    private final Site site;
    private final Places places;
    final List<Item> items = new ArrayList<>();
    final List<PlannedFile> files = new ArrayList<>();
    final List<ImageCopy> imageCopies = new ArrayList<>();
    final List<Mount> mounts = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    SourcePlanner(Site site, Places places) {
        this.site = site;
        this.places = places;
    }

    /// @throws InvalidSpec if the site cannot offer a source
    void plan(RLRunSpec spec) {
        add(Target.MODEL, "spec.model", spec.model());
        add(Target.PROMPTS, "spec.data.prompts", spec.data().prompts());
        if (spec.data().evaluation() != null) {
            add(
                    Target.EVALUATION,
                    "spec.data.evaluation.source",
                    spec.data().evaluation().source());
        }
        if (spec.coldStart() != null) {
            add(
                    Target.DEMONSTRATIONS,
                    "spec.coldStart.demonstrations",
                    spec.coldStart().demonstrations());
        }
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
    }

    private void add(Target target, String field, Source source) {
        Copy copy = copyOf(target, field, source);
        if (copy != null || source.url() != null || source.random() != null) {
            items.add(new Item(target, copy, source.url(), source.random()));
        }
    }

    private @Nullable Copy copyOf(Target target, String field, Source source) {
        ConfigMapKey key = source.configMap();
        if (key != null) {
            return configMap(field, key);
        }
        String path = source.path();
        if (path != null) {
            return path(field, path);
        }
        Source.ClaimPath claim = source.claim();
        if (claim != null) {
            return site instanceof Site.Local
                    ? refuse(
                            field + ".claim",
                            "a claim exists only on a cluster: copy the files beside the run and"
                                    + " name them with path")
                    : mounted(Mount.Kind.CLAIM, claim.name(), places.claim(claim.name()), claim.path());
        }
        Source.ImagePath image = source.image();
        if (image != null) {
            return site instanceof Site.Local
                    ? refuse(
                            field + ".image",
                            "an image can be a source only on a cluster: copy the files beside the"
                                    + " run and name them with path")
                    : imageCopy(target, image);
        }
        return null;
    }

    private @Nullable Copy configMap(String field, ConfigMapKey key) {
        String folder = places.configMap(key.name());
        if (!(site instanceof Site.Local local)) {
            return mounted(Mount.Kind.CONFIG_MAP, key.name(), folder, key.key());
        }
        Map<String, String> data = local.configMaps().get(key.name());
        if (data == null) {
            return refuse(
                    field + ".configMap.name",
                    "no config map '%s' lies beside the run (found: %s): add it to the run's file or folder"
                            .formatted(key.name(), names(local.configMaps())));
        }
        String content = data.get(key.key());
        if (content == null) {
            return refuse(
                    field + ".configMap.key",
                    "config map '%s' has no key '%s' (found: %s)".formatted(key.name(), key.key(), names(data)));
        }
        PlannedFile file = new PlannedFile(places.child(folder, key.key()), content);
        if (!files.contains(file)) {
            files.add(file);
        }
        return new Copy(folder, key.key());
    }

    private @Nullable Copy path(String field, String path) {
        if (!path.startsWith("/")) {
            return new Copy(site instanceof Site.Local local ? local.folder().toString() : places.volume(), path);
        }
        return site instanceof Site.Local
                ? new Copy(Path.of(path).normalize().toString(), "")
                : refuse(
                        field + ".path",
                        "on a cluster a path is relative to the root of the run's volume, found the absolute path"
                                + " '%s': use claim, image or url".formatted(path));
    }

    private Copy mounted(Mount.Kind kind, String name, String folder, String path) {
        Mount mount = new Mount(kind, name, folder, true);
        if (!mounts.contains(mount)) {
            mounts.add(mount);
        }
        return new Copy(folder, path.replaceFirst("^/+", ""));
    }

    private Copy imageCopy(Target target, Source.ImagePath image) {
        String folder = places.image(target);
        mounts.add(new Mount(Mount.Kind.IMAGE_COPY, target.name().toLowerCase(Locale.ROOT), folder, true));
        String copy = places.child(folder, target.fileName());
        imageCopies.add(new ImageCopy(image.reference(), image.path(), copy));
        return new Copy(folder, target.fileName());
    }

    private @Nullable Copy refuse(String field, String message) {
        problems.add(Problem.error(field, message));
        return null;
    }

    private static String names(Map<String, ?> map) {
        return map.isEmpty()
                ? "none"
                : String.join(", ", map.keySet().stream().sorted().toList());
    }
}
