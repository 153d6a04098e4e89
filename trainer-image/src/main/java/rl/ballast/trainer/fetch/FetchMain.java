package rl.ballast.trainer.fetch;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.role.InvalidRoleConfig;
import rl.ballast.protocol.role.RoleConfigFile;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.trainer.LearnerFailure;

/// The fetch step as a program: `FetchMain fetch.json`. Ends with an [ExitCode].
public final class FetchMain {
    private static final Logger LOG = LoggerFactory.getLogger(FetchMain.class);

    private FetchMain() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments, RandomModels.standard()).code());
    }

    /// Runs the step; the last line of the log says what went wrong.
    static ExitCode run(String[] arguments, RandomModels randomModels) {
        if (arguments.length != 1) {
            LOG.error("usage: FetchMain FILE (the role configuration that the plan writes)");
            return ExitCode.USAGE;
        }
        try {
            FetchConfig config = RoleConfigFile.read(Path.of(arguments[0]), FetchConfig.class);
            new Fetcher(config, randomModels).run();
            return ExitCode.COMPLETE;
        } catch (InvalidRoleConfig e) {
            LOG.error(e.getMessage());
            return ExitCode.CONFIGURATION;
        } catch (LearnerFailure e) {
            LOG.error(e.getMessage());
            return e.exitCode();
        } catch (StoreException e) {
            LOG.error(e.getMessage());
            return switch (e) {
                case StoreException.Refused _ -> ExitCode.STORE_REFUSED;
                case StoreException.Corrupt _ -> ExitCode.CORRUPT;
                case StoreException.Unavailable _ -> ExitCode.STORE_IO;
            };
        }
    }
}
