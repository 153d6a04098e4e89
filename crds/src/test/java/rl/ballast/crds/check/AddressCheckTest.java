package rl.ballast.crds.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.schema.Problem;
import rl.ballast.crds.schema.ResourceSchema;

class AddressCheckTest {
    @Test
    void addressesPass() {
        assertThat(check("https://models.example/a%20b.tar?v=1", "http://reward.team-a.svc:8080/score"))
                .isEmpty();
        assertThat(check("https://[2001:db8::1]/a", "https://reward")).isEmpty();
    }

    @Test
    void whatIsNoAddressIsNamed() {
        assertThat(check("https://models.example/a b", "http://reward:8080/score?run={name}"))
                .extracting(Problem::toString)
                .satisfiesExactly(
                        model -> assertThat(model).startsWith("spec.model.url.https: expected a URL, found"),
                        reward -> assertThat(reward)
                                .startsWith("spec.reward.url: expected a URL, found "
                                        + "'http://reward:8080/score?run={name}': Illegal character in query"));
        assertThat(check("https://models.example/a", "http://my_reward:8080/score"))
                .extracting(Problem::message)
                .containsExactly("expected a URL with a host, found 'http://my_reward:8080/score'");
    }

    private static List<Problem> check(String model, String reward) {
        try {
            String run = """
                    {"model": {"url": {"https": "%s", "sha256": "%s"}}, "data": {"prompts": {"path": "data"}},
                     "reward": {"url": "%s"}, "recipe": {"onPolicy": {}}, "steps": 1}""".formatted(model, "0".repeat(64), reward);
            ObjectNode json = (ObjectNode) new ObjectMapper().readTree(run);
            return AddressCheck.check(ResourceSchema.of("RLRun").at("spec").bind(json, RLRunSpec.class));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
