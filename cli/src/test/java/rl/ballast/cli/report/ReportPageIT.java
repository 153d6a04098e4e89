package rl.ballast.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportPageIT {
    @TempDir
    Path folder;

    @BeforeEach
    void aRunOfThreeSteps() throws IOException {
        Files.writeString(
                folder.resolve("run.json"),
                "{\"name\":\"sums <b>\",\"uid\":\"u-1\",\"createdAt\":\"2026-01-01T00:00:00Z\"}");
        Files.writeString(folder.resolve("metrics.jsonl"), """
                {"step":0,"epoch":1,"policyVersion":1,"evaluation":{"score":0.4}}
                {"step":1,"epoch":1,"policyVersion":1,"reward":{"mean":0.5},"engineMismatch":{"k3":0.0001,"tails":{"1.1":0.01}}}
                {"step":2,"epoch":1,"policyVersion":2,"reward":{"mean":0.1},"engineMismatch":{"k3":0.0002,"tails":{"1.1":0.01}}}
                {"step":2,"epoch":2,"policyVersion":3,"reward":{"mean":0.6},"engineMismatch":{"k3":"NaN"},"evaluation":{"score":0.9}}
                """);
    }

    @Test
    void tellsFromWhereToWhereAccuracyWent() throws IOException {
        String page = ReportPage.of(RunHistory.read(folder));

        assertThat(page).contains("from 40.0% to 90.0% in 2 steps").contains("Reward and evaluation");
        assertThat(page).contains("sums &lt;b&gt;").doesNotContain("sums <b>").doesNotContain("<script");
    }

    @Test
    void countsTheLastLineOfAStepThatWasTrainedAgain() throws IOException {
        RunHistory run = RunHistory.read(folder);

        assertThat(run.series("reward", "reward/mean", Series.Mark.LINE).points())
                .containsExactly(new Series.Point(1, 0.5), new Series.Point(2, 0.6));
    }

    @Test
    void leavesOutValuesThatAreNotNumbers() throws IOException {
        assertThat(RunHistory.read(folder)
                        .series("k3", "engineMismatch/k3", Series.Mark.LINE)
                        .points())
                .containsExactly(new Series.Point(1, 0.0001));
    }

    @Test
    void toleratesATornLastLineOnly() throws IOException {
        Path metrics = folder.resolve("metrics.jsonl");
        String whole = Files.readString(metrics);
        Files.writeString(metrics, whole + "{\"step\":3,\"rew");
        assertThat(RunHistory.read(folder).steps()).hasSize(3);

        Files.writeString(metrics, "{\"step\":\n" + whole);
        assertThatThrownBy(() -> RunHistory.read(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("metrics.jsonl line 1");
    }

    @Test
    void refusesAFolderThatIsNoRun() {
        assertThatThrownBy(() -> RunHistory.read(folder.resolve("elsewhere")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no run.json");
    }
}
