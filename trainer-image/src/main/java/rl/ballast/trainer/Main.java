package rl.ballast.trainer;

import java.nio.file.Path;
import java.security.Security;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.role.LearnerConfig;
import rl.ballast.protocol.role.ParentProcess;
import rl.ballast.protocol.role.RoleConfigFile;
import rl.ballast.protocol.wire.LastWord;
import rl.ballast.trainer.fetch.FetchMain;
import rl.ballast.trainer.progress.TerminationFile;

/// The learner's process: `Main learner.json`, or the fetch step: `Main fetch fetch.json`. Ends with an [ExitCode] and
/// a [LastWord]. On SIGTERM the phase in
/// progress is abandoned or finished, whichever loses nothing, and the process ends within the grace time.
public final class Main {
    /// Seconds that SIGTERM leaves, below the 30 that Kubernetes gives.
    private static final String GRACE_VARIABLE = "BALLAST_GRACE_SECONDS";

    private static final long GRACE_SECONDS = 25;
    private static final String FETCH = "fetch";
    /// Seconds. Another pod under a name has another address, so what is remembered for the JDK's 30 is wrong for 30.
    private static final String ADDRESS_LIFETIME = "2";

    private Main() {}

    public static void main(String[] arguments) {
        forgetAddressesSoon();
        if (arguments.length > 0 && arguments[0].equals(FETCH)) {
            FetchMain.main(Arrays.copyOfRange(arguments, 1, arguments.length));
            return;
        }
        Locale.setDefault(Locale.ROOT);
        LogSetup.ofProcess();
        var stop = new StopSignal();
        var ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> shutdown(stop, ended), "shutdown"));
        ParentProcess.watch(() -> {
            LoggerFactory.getLogger("learner").warn("the process that started this one is gone; stopping");
            System.exit(ExitCode.STOPPED.code());
        });
        ExitCode code = run(arguments, stop);
        ended.countDown();
        if (!stop.requested()) {
            // Not System.exit: native compute threads must not keep or break the exit.
            Runtime.getRuntime().halt(code.code());
        }
    }

    /// Before the first look-up: the JDK reads this once.
    static void forgetAddressesSoon() {
        Security.setProperty("networkaddress.cache.ttl", ADDRESS_LIFETIME);
        Security.setProperty("networkaddress.cache.negative.ttl", ADDRESS_LIFETIME);
    }

    private static ExitCode run(String[] arguments, StopSignal stop) {
        Logger log = LoggerFactory.getLogger("learner");
        Learner learner = null;
        ExitCode code;
        String message;
        try {
            if (arguments.length != 1) {
                throw new LearnerFailure(
                        ExitCode.USAGE, "expected one argument, the path of learner.json, found " + arguments.length);
            }
            Path file = Path.of(arguments[0]);
            var config = RoleConfigFile.read(file, LearnerConfig.class);
            learner = new Learner(config, LearnerEnvironment.ofProcess(file, stop));
            var last = learner.run();
            code = ExitCode.COMPLETE;
            message = "trained %d steps".formatted(last.step());
            log.info(message);
        } catch (RuntimeException | Error failure) {
            code = ExitCodes.of(failure);
            message = String.valueOf(failure.getMessage());
            report(log, code, message, failure);
        }
        write(code, learner, message);
        return code;
    }

    private static void report(Logger log, ExitCode code, String message, Throwable failure) {
        if (code == ExitCode.STOPPED) {
            log.info("{}: {}", code, message);
        } else if (code == ExitCode.INTERNAL) {
            log.error("{}: {}", code, message, failure);
        } else {
            log.error("{}: {}", code, message);
            log.debug("cause", failure);
        }
    }

    private static void write(ExitCode code, @Nullable Learner learner, String message) {
        int step = learner == null ? 0 : learner.recordedStep();
        Long version = learner == null ? null : learner.publishedVersion();
        TerminationFile.leave(LastWord.of(code, step, version, message)
                .with(learner != null && code == ExitCode.COMPLETE ? learner.lastProgress() : null));
    }

    /// Runs when a signal ends the process: asks the learner to stop and waits for it.
    private static void shutdown(StopSignal stop, CountDownLatch ended) {
        stop.request();
        try {
            if (!ended.await(graceSeconds(), TimeUnit.SECONDS)) {
                LoggerFactory.getLogger("learner").warn("the grace time is over; what is on disk is complete");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(ExitCode.STOPPED.code());
    }

    private static long graceSeconds() {
        String text = System.getenv(GRACE_VARIABLE);
        return text == null || !text.matches("\\d{1,6}") ? GRACE_SECONDS : Long.parseLong(text);
    }
}
