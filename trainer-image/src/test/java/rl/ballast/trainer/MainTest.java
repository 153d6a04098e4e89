package rl.ballast.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Security;
import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void anAddressIsNotRememberedForAsLongAsTheJdkWould() {
        Main.forgetAddressesSoon();

        assertThat(seconds("networkaddress.cache.ttl")).isBetween(1, 5);
        assertThat(seconds("networkaddress.cache.negative.ttl")).isBetween(1, 5);
    }

    private static int seconds(String property) {
        return Integer.parseInt(Security.getProperty(property));
    }
}
