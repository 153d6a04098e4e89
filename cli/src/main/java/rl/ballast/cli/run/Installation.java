package rl.ballast.cli.run;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import rl.ballast.crds.plan.RolePlan;

/// Where the programs of this installation lie: `lib/` with every jar of command and learner, `engine/` with the
/// engine's application.
///
/// @param root the distribution's folder
record Installation(Path root) {
    private static final String PROPERTY = "ballast.dist";

    /// Finds the distribution that this class was loaded from, or the one that the property
    /// `ballast.dist` names.
    ///
    /// @throws IOException if there is none
    static Installation find() throws IOException {
        String named = System.getProperty(PROPERTY);
        Path root =
                named != null ? Path.of(named) : ownJar().resolveSibling("..").normalize();
        if (!Files.isDirectory(root.resolve("lib")) || !Files.isDirectory(root.resolve("engine"))) {
            throw new IOException(
                    "%s: expected the folders lib and engine of a distribution; build it with ./ballast build"
                            .formatted(root));
        }
        return new Installation(root.toAbsolutePath());
    }

    private static Path ownJar() {
        try {
            return Path.of(Installation.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the class path has no file of this class", e);
        }
    }

    /// The command line of a role.
    List<String> command(RolePlan role) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(role.jvmArguments());
        switch (role.program()) {
            case FETCH -> command.addAll(List.of("-cp", classPath(), "rl.ballast.trainer.fetch.FetchMain"));
            case LEARNER -> command.addAll(List.of("-cp", classPath(), "rl.ballast.trainer.Main"));
            case ENGINE ->
                command.addAll(
                        List.of("-jar", root.resolve("engine/quarkus-run.jar").toString()));
        }
        command.addAll(role.arguments());
        return command;
    }

    private String classPath() {
        return root.resolve("lib") + "/*";
    }
}
