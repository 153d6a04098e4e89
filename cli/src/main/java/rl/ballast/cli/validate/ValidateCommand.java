package rl.ballast.cli.validate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rl.ballast.crds.file.FileCheck;
import rl.ballast.crds.file.FileCheck.CheckedObject;
import rl.ballast.crds.schema.Problem;

/// `ballast validate FILE...`: checks runs, pools and learner groups without a cluster.
@Command(
        name = "validate",
        description = {
            "Check RLRuns, RolloutPools and LearnerGroups as the API server would: schema, defaults and CEL rules.",
            "Doubtful recipes and config maps that are not beside the run are warnings."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Exit codes: 0 every object is valid (warnings allowed); 1 one is not; 2 wrong usage."})
public final class ValidateCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description = "YAML files, or folders: every .yaml and .yml file in them")
    private List<Path> files = new ArrayList<>();

    @Option(names = "--json", description = "print one JSON document instead of text")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws JsonProcessingException {
        List<CheckedObject> objects = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (Path file : files) {
            FileCheck check = FileCheck.of(file, VisibleModel::of);
            objects.addAll(check.objects());
            problems.addAll(check.problems());
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(document(objects, problems)));
        } else {
            print(objects, problems, out);
        }
        out.flush();
        return errors(problems) == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private static long errors(List<Problem> problems) {
        return problems.stream().filter(Problem::isError).count();
    }

    private static void print(List<CheckedObject> objects, List<Problem> problems, PrintWriter out) {
        for (CheckedObject object : objects) {
            out.println("%s:%d: %s %s: %s"
                    .formatted(
                            object.file(),
                            object.line(),
                            object.kind(),
                            object.name().isEmpty() ? "without a name" : object.name(),
                            object.valid() ? "valid" : "INVALID"));
        }
        for (Problem problem : problems) {
            out.println((problem.isError() ? "error: " : "warning: ") + problem);
        }
        long errors = errors(problems);
        out.println(String.format(
                Locale.ROOT,
                "%d of %d objects valid, %s, %s",
                objects.stream().filter(CheckedObject::valid).count(),
                objects.size(),
                count(errors, "error"),
                count(problems.size() - errors, "warning")));
    }

    private static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    private static ObjectNode document(List<CheckedObject> objects, List<Problem> problems) {
        ObjectNode document = JSON.createObjectNode();
        document.put("valid", errors(problems) == 0);
        ArrayNode objectNodes = document.putArray("objects");
        for (CheckedObject object : objects) {
            objectNodes
                    .addObject()
                    .put("file", object.file())
                    .put("line", object.line())
                    .put("kind", object.kind())
                    .put("name", object.name())
                    .put("valid", object.valid());
        }
        ArrayNode problemNodes = document.putArray("problems");
        for (Problem problem : problems) {
            problemNodes
                    .addObject()
                    .put("severity", problem.severity().name().toLowerCase(Locale.ROOT))
                    .put("file", problem.file())
                    .put("line", problem.line())
                    .put("path", problem.path())
                    .put("message", problem.message());
        }
        return document;
    }
}
