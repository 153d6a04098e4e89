package rl.ballast.trainer.rollouts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rl.ballast.protocol.role.LearnerConfig;
import rl.ballast.protocol.role.RoleConfigFile;
import rl.ballast.trainer.fixture.TestRun;

class EngineRosterIT {
    @TempDir
    Path folder;

    @Test
    void aChangeDuringTheStartIsSeen() {
        var run = new TestRun(folder);
        Path file = run.configuration("http://a:1");
        LearnerConfig config = RoleConfigFile.read(file, LearnerConfig.class);
        run.configuration("http://a:1", "http://b:2");
        assertThat(EngineRoster.of(config, file).engines()).containsExactly("http://a:1", "http://b:2");
    }

    @Test
    void aFileOfANewerOperatorIsUnderstood() throws IOException {
        var run = new TestRun(folder);
        Path file = run.configuration("http://a:1");
        var roster = EngineRoster.of(RoleConfigFile.read(file, LearnerConfig.class), file);
        Files.writeString(file, "{\"engines\": [\"http://a:1\", \"http://b:2\"], \"newer\": {\"field\": 1}}");
        assertThat(roster.engines()).containsExactly("http://a:1", "http://b:2");
    }

    @Test
    void aFileThatIsBrokenEmptyOrAwayKeepsTheEngines() throws IOException {
        var run = new TestRun(folder);
        Path file = run.configuration("http://a:1");
        var roster = EngineRoster.of(RoleConfigFile.read(file, LearnerConfig.class), file);
        assertThat(roster.engines()).containsExactly("http://a:1");
        run.configuration("http://a:1", "http://b:2");
        assertThat(roster.engines()).containsExactly("http://a:1", "http://b:2");
        run.configuration();
        assertThat(roster.engines()).containsExactly("http://a:1", "http://b:2");
        Files.writeString(file, "{\"engines\": [");
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        assertThat(roster.engines()).containsExactly("http://a:1", "http://b:2");
        Files.delete(file);
        assertThat(roster.engines()).containsExactly("http://a:1", "http://b:2");
        run.configuration("http://b:2");
        assertThat(roster.engines()).containsExactly("http://b:2");
    }
}
