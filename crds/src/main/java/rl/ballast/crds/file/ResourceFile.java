package rl.ballast.crds.file;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import rl.ballast.crds.BallastApi;
import rl.ballast.crds.LearnerGroupSpec;
import rl.ballast.crds.RolloutPoolSpec;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;

/// Files with objects other than runs.
public final class ResourceFile {
    private static final Map<String, Class<?>> SPECS =
            Map.of("RolloutPool", RolloutPoolSpec.class, "LearnerGroup", LearnerGroupSpec.class);

    private ResourceFile() {}

    /// Whether a file or folder holds a run; [RunFile] reads those.
    ///
    /// @throws InvalidSpec if it cannot be read
    public static boolean hasRun(Path fileOrFolder) {
        return RunFileReader.documents(fileOrFolder).stream()
                .anyMatch(document -> document.json().path("kind").asText().equals("RLRun"));
    }

    /// Checks every RolloutPool and LearnerGroup.
    ///
    /// @return warnings
    /// @throws InvalidSpec if there are errors, or no such object
    public static List<Problem> check(Path fileOrFolder) {
        List<Problem> problems = new ArrayList<>();
        int objects = 0;
        for (YamlDocument document : RunFileReader.documents(fileOrFolder)) {
            String kind = document.json().path("kind").asText();
            Class<?> spec = SPECS.get(kind);
            if (spec != null) {
                objects++;
                CheckedDocument checked = CheckedDocument.of(document, kind, List.of());
                problems.addAll(checked.problems());
                if (checked.problems().stream().noneMatch(Problem::isError)) {
                    checked.bindSpec(spec);
                }
            }
        }
        if (objects == 0) {
            problems.add(Problem.error(
                            "",
                            "expected an object of %s: RLRun, RolloutPool or LearnerGroup; found none"
                                    .formatted(BallastApi.API_VERSION))
                    .in(fileOrFolder.toString(), 0));
        }
        if (problems.stream().anyMatch(Problem::isError)) {
            throw new InvalidSpec(problems);
        }
        return problems;
    }
}
