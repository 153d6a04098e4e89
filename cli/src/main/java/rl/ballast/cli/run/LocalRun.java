package rl.ballast.cli.run;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import rl.ballast.cli.report.ReportCommand;
import rl.ballast.cli.report.ReportPage;
import rl.ballast.cli.report.RunHistory;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.check.ModelChecks;
import rl.ballast.crds.file.RunFile;
import rl.ballast.crds.plan.RolePlan;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.crds.plan.RunPlanner;
import rl.ballast.crds.plan.Site;
import rl.ballast.crds.schema.InvalidSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.config.ModelConfigReader;
import rl.ballast.modeling.weights.ParameterLayout;
import rl.ballast.protocol.role.FetchConfig;
import rl.ballast.protocol.store.StoreException;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.store.StoreLock;

/// One run on this machine, from the plan to the report.
final class LocalRun {
    private static final long STOP_SECONDS = 45;
    private static final long POLL_MILLIS = 100;

    private final RunFile file;
    private final RunFolder folder;
    private final boolean resume;
    private final Progress progress;
    private final String resumeCommand;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch stop = new CountDownLatch(1);

    /// @param resumeCommand what to type to go on with this run
    LocalRun(RunFile file, RunFolder folder, boolean resume, Progress progress, String resumeCommand) {
        this.file = file;
        this.folder = folder;
        this.resume = resume;
        this.progress = progress;
        this.resumeCommand = resumeCommand;
    }

    /// Runs to the end and returns whether the run completed. What went wrong is said to the person. A signal that ends
    /// this process ends the run first.
    ///
    /// @throws StoreException if the folder cannot be written, or another process runs in it
    /// @throws InvalidSpec if the run does not fit this machine or its model
    boolean call() throws IOException, InterruptedException {
        Thread onSignal = new Thread(this::stopAndWait, "stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        try (var _ = StoreLock.takeForLaunch(new StoreLayout(folder.path()))) {
            return run();
        } finally {
            ended.countDown();
            removeHook(onSignal);
        }
    }

    private void stopAndWait() {
        stop.countDown();
        try {
            if (!ended.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                progress.say("the processes of the run have not ended yet; they do by themselves");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean run() throws IOException, InterruptedException {
        Instant start = progress.clock().instant();
        Installation installation = Installation.find();
        RunPlan plan = plan();
        for (RunPlan.PlannedFile planned : plan.allFiles()) {
            writeForOwner(Path.of(planned.path()), planned.content());
        }
        progress.say("run %s in %s".formatted(plan.run().name(), folder.path()));
        if (!fetch(installation, plan.fetch())) {
            return false;
        }
        requireThatTheModelFits();
        Supervisor.Outcome outcome = supervise(installation, plan);
        summary(outcome, Duration.between(start, progress.clock().instant()));
        return outcome.complete();
    }

    private RunPlan plan() throws IOException {
        RLRunSpec spec = file.run().getSpec();
        Site.Local site = new Site.Local(
                folder.path(),
                file.folder().toAbsolutePath().normalize(),
                file.configMaps(),
                Runtime.getRuntime().availableProcessors(),
                freePorts(spec.rollouts().initialReplicas()),
                0,
                token(),
                resume);
        return RunPlanner.plan(file.run().getMetadata().getName(), folder.uid(), spec, site);
    }

    private boolean fetch(Installation installation, RolePlan role) throws IOException, InterruptedException {
        progress.status("fetching model and data");
        ChildProcess fetch = process(installation, role).start();
        while (!fetch.waitFor(POLL_MILLIS)) {
            progress.status("fetching model and data (log: %s)".formatted(fetch.log()));
            if (stop.getCount() == 0) {
                fetch.askToEnd();
            }
        }
        if (stop.getCount() == 0) {
            progress.say("Stopped by a signal, before training began.");
            progress.say("  go on   " + resumeCommand);
            return false;
        }
        if (fetch.exitCode() != 0) {
            progress.say("Not started: " + fetch.lastWords());
        }
        return fetch.exitCode() == 0;
    }

    /// Rules that need the model, which is in the store now.
    private void requireThatTheModelFits() {
        ModelConfig model = ModelConfigReader.read(
                new StoreLayout(folder.path()).sources().resolve(FetchConfig.Target.MODEL.fileName()));
        List<Problem> problems = ModelChecks.check(file.run().getSpec(), ParameterLayout.shape(model));
        if (problems.stream().anyMatch(Problem::isError)) {
            throw new InvalidSpec(problems);
        }
        problems.forEach(problem -> progress.say("warning: " + problem));
    }

    private Supervisor.Outcome supervise(Installation installation, RunPlan plan)
            throws IOException, InterruptedException {
        var coldStart = file.run().getSpec().coldStart();
        Supervisor supervisor = new Supervisor(
                process(installation, plan.learner()),
                plan.engines().stream().map(role -> process(installation, role)).toList(),
                new StoreLayout(folder.path()),
                progress,
                coldStart == null ? 0 : coldStart.updates(),
                stop);
        return supervisor.run();
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // already shutting down: the hook runs and waits for this thread
        }
    }

    private void summary(Supervisor.Outcome outcome, Duration duration) throws IOException {
        StoreLayout store = new StoreLayout(folder.path());
        if (!outcome.message().isEmpty()) {
            progress.say(outcome.message());
        }
        if (!Files.exists(store.identity())) {
            progress.say("  go on   " + resumeCommand);
            return;
        }
        Path report = ReportCommand.write(folder.path());
        progress.say("");
        progress.say("%s after %s. %s"
                .formatted(
                        outcome.complete() ? "Completed" : "Not completed",
                        Progress.clockText(duration),
                        ReportPage.verdict(RunHistory.read(folder.path()))));
        if (Files.exists(store.current())) {
            String version =
                    Files.readString(store.current(), StandardCharsets.UTF_8).strip();
            progress.say("  model   %s".formatted(store.weights().resolve(version)));
        }
        progress.say("  report  %s".formatted(report));
        if (!outcome.complete()) {
            progress.say("  go on   " + resumeCommand);
        }
    }

    private Supervisor.RoleProcess process(Installation installation, RolePlan role) {
        return new Supervisor.RoleProcess(
                role.name(),
                installation.command(role),
                role.environment(),
                folder.path().resolve("logs").resolve(role.name() + ".log"));
    }

    /// Role files hold the engines' token, so nobody but the owner may read them.
    private static void writeForOwner(Path path, String content) throws IOException {
        Files.createDirectories(path.getParent());
        Files.deleteIfExists(path);
        try (var channel = Files.newByteChannel(
                path,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(StandardCharsets.UTF_8.encode(content));
        }
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    private static String token() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
