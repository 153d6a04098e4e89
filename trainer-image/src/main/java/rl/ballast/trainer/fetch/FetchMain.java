package rl.ballast.trainer.fetch;

import java.nio.file.Path;
import java.util.Locale;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.role.ParentProcess;
import rl.ballast.protocol.role.RoleConfigFile;
import rl.ballast.protocol.wire.LastWord;
import rl.ballast.trainer.ExitCodes;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.LogSetup;
import rl.ballast.trainer.progress.TerminationFile;

/// The fetch step as a program: `FetchMain fetch.json`. Ends with an [ExitCode].
public final class FetchMain {
    private FetchMain() {}

    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT);
        LogSetup.ofProcess();
        ParentProcess.watch(() -> Runtime.getRuntime().halt(ExitCode.STOPPED.code()));
        System.exit(run(arguments, RandomModels.standard()).code());
    }

    /// Runs the step; the log's last line and the [LastWord] say what went wrong.
    static ExitCode run(String[] arguments, RandomModels randomModels) {
        String message = "";
        ExitCode code = ExitCode.COMPLETE;
        try {
            if (arguments.length != 1) {
                throw new LearnerFailure(
                        ExitCode.USAGE,
                        "usage: fetch FILE (the role configuration that the plan writes); found %d arguments"
                                .formatted(arguments.length));
            }
            FetchConfig config = RoleConfigFile.read(Path.of(arguments[0]), FetchConfig.class);
            new Fetcher(config, randomModels).run();
        } catch (RuntimeException e) {
            code = ExitCodes.of(e);
            message = String.valueOf(e.getMessage());
            LoggerFactory.getLogger("fetch").error(message, code == ExitCode.INTERNAL ? e : null);
        }
        TerminationFile.leave(LastWord.of(code, 0, null, message));
        return code;
    }
}
