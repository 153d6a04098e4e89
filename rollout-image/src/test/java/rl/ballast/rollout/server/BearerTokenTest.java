package rl.ballast.rollout.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BearerTokenTest {
    @Test
    void acceptsTheTokenAndNothingElse() {
        var token = new BearerToken("secret");

        assertThat(token.accepts("Bearer secret")).isTrue();
        assertThat(token.accepts("Bearer secre")).isFalse();
        assertThat(token.accepts("Bearer secretly")).isFalse();
        assertThat(token.accepts("secret")).isFalse();
        assertThat(token.accepts("")).isFalse();
        assertThat(token.accepts(null)).isFalse();
    }

    @Test
    void acceptsEverythingWhenThereIsNoToken() {
        assertThat(new BearerToken(null).accepts(null)).isTrue();
    }
}
