package rl.ballast.crds.plan;

import java.util.List;
import java.util.stream.Stream;
import rl.ballast.protocol.run.RunRef;

/// Everything that must be made for a run: files, processes, copies of images.
///
/// @param files to write before the fetch step, besides the role configurations: see [#allFiles]
/// @param imageCopies for init containers
public record RunPlan(
        RunRef run,
        List<PlannedFile> files,
        List<ImageCopy> imageCopies,
        RolePlan fetch,
        List<RolePlan> engines,
        RolePlan learner) {
    public RunPlan {
        files = List.copyOf(files);
        imageCopies = List.copyOf(imageCopies);
        engines = List.copyOf(engines);
    }

    /// Every file to write before anything starts. Role configurations hold the token: only the owner may read them.
    public List<PlannedFile> allFiles() {
        Stream<RolePlan> roles = Stream.concat(Stream.of(fetch, learner), engines.stream());
        return Stream.concat(files.stream(), roles.map(role -> new PlannedFile(role.configFile(), role.configJson())))
                .distinct()
                .toList();
    }

    /// @param path absolute
    public record PlannedFile(String path, String content) {}

    /// @param reference of the image
    /// @param source path in the image
    /// @param target absolute path that the copy gets
    public record ImageCopy(String reference, String source, String target) {}
}
