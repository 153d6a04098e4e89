package rl.ballast.rollout.server;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.net.BindException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.role.EngineConfig;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.InvalidRoleConfig;
import rl.ballast.protocol.role.ParentProcess;
import rl.ballast.protocol.role.RoleConfigFile;

/// The engine process: `java -jar quarkus-run.jar [engine.json]`. Without an argument the environment variable
/// `BALLAST_ROLE_CONFIG` names the configuration file. With `BALLAST_STORE_LATER=true` the store may be made after the
/// engine. Ends with an [ExitCode].
@QuarkusMain
public final class EngineMain {
    static final String CONFIG_PROPERTY = "ballast.role.config";
    private static final String CONFIG_VARIABLE = "BALLAST_ROLE_CONFIG";
    private static final String LATER_VARIABLE = "BALLAST_STORE_LATER";

    private EngineMain() {}

    public static void main(String... args) {
        Locale.setDefault(Locale.ROOT);
        ParentProcess.watch(() -> {
            System.err.println("the process that started this one is gone; stopping");
            System.exit(ExitCode.COMPLETE.code());
        });
        try {
            Path file = configFile(args);
            EngineConfig config = RoleConfigFile.read(file, EngineConfig.class);
            StoreCheck.requireFolder(config, Boolean.parseBoolean(System.getenv(LATER_VARIABLE)));
            System.setProperty(CONFIG_PROPERTY, file.toString());
            System.setProperty("quarkus.http.host", config.host());
            System.setProperty("quarkus.http.port", Integer.toString(config.port()));
            Quarkus.run(Application.class, (code, failure) -> System.exit(code(config, code, failure)), args);
        } catch (InvalidRoleConfig e) {
            System.err.println(e.getMessage());
            System.exit(ExitCode.CONFIGURATION.code());
        } catch (StartFailure e) {
            System.err.println(e.getMessage());
            System.exit(e.exitCode().code());
        }
    }

    /// Waits until [TerminationSignal] has led to the end.
    public static final class Application implements QuarkusApplication {
        @Override
        public int run(String... args) {
            Quarkus.waitForExit();
            return ExitCode.COMPLETE.code();
        }
    }

    private static Path configFile(String... args) {
        String variable = System.getenv(CONFIG_VARIABLE);
        if (args.length > 1 || (args.length == 0 && (variable == null || variable.isBlank()))) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "expected one argument, the engine's configuration file, or %s in the environment; found %d arguments"
                            .formatted(CONFIG_VARIABLE, args.length));
        }
        return Path.of(args.length == 1 ? args[0] : variable).toAbsolutePath();
    }

    private static int code(EngineConfig config, int code, @Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                System.err.printf(
                        Locale.ROOT,
                        "port %d on %s is in use by another process; stop it or choose another port%n",
                        config.port(),
                        config.host());
                return ExitCode.PORT_IN_USE.code();
            }
            if (cause instanceof StartFailure start) {
                System.err.println(start.getMessage());
                return start.exitCode().code();
            }
        }
        return failure == null ? code : ExitCode.INTERNAL.code();
    }
}
