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
import rl.ballast.cli.report.ReportCommand;
import rl.ballast.cli.report.ReportPage;
import rl.ballast.cli.report.RunHistory;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.file.RunFile;
import rl.ballast.crds.plan.RolePlan;
import rl.ballast.crds.plan.RunPlan;
import rl.ballast.crds.plan.RunPlanner;
import rl.ballast.crds.plan.Site;
import rl.ballast.protocol.store.StoreLayout;

/// One run on this machine, from the plan to the report.
final class LocalRun {
    private static final long STOP_SECONDS = 45;

    private final RunFile file;
    private final RunFolder folder;
    private final boolean resume;
    private final Progress progress;

    LocalRun(RunFile file, RunFolder folder, boolean resume, Progress progress) {
        this.file = file;
        this.folder = folder;
        this.resume = resume;
        this.progress = progress;
    }

    /// Runs to the end and returns whether the run completed. What went wrong is said to the person.
    boolean call() throws IOException, InterruptedException {
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
        while (!fetch.waitFor(1)) {
            progress.status("fetching model and data (log: %s)".formatted(fetch.log()));
        }
        if (fetch.exitCode() != 0) {
            progress.say("the fetch step failed:%n%s".formatted(fetch.lastWords(6)));
        }
        return fetch.exitCode() == 0;
    }

    private Supervisor.Outcome supervise(Installation installation, RunPlan plan)
            throws IOException, InterruptedException {
        var coldStart = file.run().getSpec().coldStart();
        Supervisor supervisor = new Supervisor(
                process(installation, plan.learner()),
                plan.engines().stream().map(role -> process(installation, role)).toList(),
                new StoreLayout(folder.path()),
                progress,
                coldStart == null ? 0 : coldStart.updates());
        Thread main = Thread.currentThread();
        Thread onSignal = new Thread(
                () -> {
                    supervisor.stop();
                    try {
                        main.join(Duration.ofSeconds(STOP_SECONDS));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        try {
            return supervisor.run();
        } finally {
            removeHook(onSignal);
        }
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
            progress.say("  go on   ballast run %s --resume --out %s".formatted(file.file(), folder.path()));
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
