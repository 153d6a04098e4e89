package rl.ballast.trainer.rollouts;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.wire.client.CallPolicy;
import rl.ballast.protocol.wire.client.EngineClient;

class EngineMemberTest {
    private static final String URL = "http://127.0.0.1:1";

    @Test
    void restsLongerEachTimeUntilItAnswers() {
        try (var client = new EngineClient(URI.create(URL), null, CallPolicy.learner())) {
            var member = new EngineMember(URL, client, 1);
            assertThat(member.rests(0)).isFalse();
            long now = 0;
            for (long millis : new long[] {250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000}) {
                long end = now + Duration.ofMillis(millis).toNanos();
                member.failed("gone", now);
                assertThat(member.rests(end - 1)).isTrue();
                assertThat(member.rests(end)).isFalse();
                now = end;
            }
            member.answered();
            assertThat(member.rests(now)).isFalse();
            member.failed("gone again", now);
            member.failed("by a request that was under way", now + 1);
            assertThat(member.rests(now + 1 + EngineMember.FIRST_REST.toNanos()))
                    .isFalse();
        }
    }

    @Test
    void anEngineThatIsAwayKeepsItsLastWord() {
        try (var client = new EngineClient(URI.create(URL), null, CallPolicy.learner())) {
            var member = new EngineMember(URL, client, 1);
            member.serves(7L);
            assertThat(member.answers()).isTrue();
            member.failed("gone", 0);
            assertThat(member.answers()).isFalse();
            assertThat(member.version()).hasValue(7);
        }
    }

    @Test
    void anEngineThatRefusesHasAnsweredAndRestsAllTheSame() {
        try (var client = new EngineClient(URI.create(URL), null, CallPolicy.learner())) {
            var member = new EngineMember(URL, client, 1);
            member.serves(7L);
            member.refused("a digest is wrong", 0);
            assertThat(member.answers()).isTrue();
            assertThat(member.rests(1)).isTrue();
            assertThat(member.version()).hasValue(7);
        }
    }

    @Test
    void whatAnEngineSamplesWithItServes() {
        try (var client = new EngineClient(URI.create(URL), null, CallPolicy.learner())) {
            var member = new EngineMember(URL, client, 1);
            member.serves(7L);
            member.failed("it was replaced while a version was announced", 0);
            member.sampled(8);
            member.sampled(7); // begun before
            assertThat(member.answers()).isTrue();
            assertThat(member.version()).hasValue(8);
        }
    }
}
