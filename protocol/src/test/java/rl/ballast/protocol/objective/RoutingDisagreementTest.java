package rl.ballast.protocol.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import rl.ballast.protocol.trace.Routes;

class RoutingDisagreementTest {
    private static final int[] LAYERS = {1, 3};

    @Test
    void countsSlotsSetsAndTokensPerLayerAndOverall() {
        RoutingDisagreement disagreement = new RoutingDisagreement(LAYERS);
        Routes recorded =
                routes(new int[][][] {{{0, 1}, {2, 5}}, {{0, 3}, {4, 6}}, {{1, 2}, {0, 7}}, {{0, 1}, {2, 3}}});
        Routes live = routes(new int[][][] {{{0, 1}, {2, 5}}, {{0, 4}, {4, 6}}, {{3, 4}, {0, 6}}, {{0, 1}, {2, 3}}});

        disagreement.add(recorded, live);

        RoutingDisagreement.Summary summary = disagreement.summary();
        assertThat(summary.slot()).isEqualTo(4 / 16.0);
        assertThat(summary.any()).isEqualTo(3 / 8.0);
        assertThat(summary.tokenAny()).isEqualTo(2 / 4.0);
        assertThat(summary.perLayer())
                .containsExactly(
                        new RoutingDisagreement.Layer(1, 3 / 8.0, 2 / 4.0),
                        new RoutingDisagreement.Layer(3, 1 / 8.0, 1 / 4.0));
    }

    @Test
    void unknownCellsAreNotCompared() {
        RoutingDisagreement disagreement = new RoutingDisagreement(LAYERS);
        Routes recorded = routes(new int[][][] {{{0, 1}, {2, 5}}, {{0, 3}, {4, 6}}});
        Routes live = routes(new int[][][] {{{2, 3}, {2, 5}}, {{4, 5}, {0, 1}}});
        recorded.setUnknown(0, 0);
        recorded.setUnknown(1, 0);
        live.setUnknown(1, 1);

        disagreement.add(recorded, live);

        RoutingDisagreement.Summary summary = disagreement.summary();
        assertThat(summary.cells()).isEqualTo(1);
        assertThat(summary.tokens()).isEqualTo(1);
        assertThat(summary.any()).isZero();
        assertThat(summary.perLayer().getFirst().any()).isNaN();
    }

    @Test
    void mergingEqualsAdding() {
        Routes a = routes(new int[][][] {{{0, 1}, {2, 5}}});
        Routes b = routes(new int[][][] {{{0, 2}, {2, 5}}});
        RoutingDisagreement all = new RoutingDisagreement(LAYERS);
        all.add(a, b);
        all.add(a, a);
        RoutingDisagreement first = new RoutingDisagreement(LAYERS);
        first.add(a, b);
        RoutingDisagreement second = new RoutingDisagreement(LAYERS);
        second.add(a, a);

        first.merge(second);

        assertThat(first.summary()).isEqualTo(all.summary());
    }

    @Test
    void refusesRoutesOfAnotherShape() {
        RoutingDisagreement disagreement = new RoutingDisagreement(LAYERS);

        assertThatThrownBy(() -> disagreement.add(new Routes(3, 2, 2), new Routes(4, 2, 2)))
                .hasMessage("routes: recorded [3][2][2], live [4][2][2], expected 2 layers");
        assertThatThrownBy(() -> disagreement.merge(new RoutingDisagreement(new int[] {0, 1})))
                .hasMessageContaining("different layers");
    }

    @Test
    void jsonHasTheNamesOfTheMetricsFile() {
        RoutingDisagreement disagreement = new RoutingDisagreement(new int[] {4});

        var json = new ObjectMapper().valueToTree(disagreement.summary());

        assertThat(json.fieldNames())
                .toIterable()
                .containsExactly("slot", "any", "tokenAny", "tokens", "cells", "perLayer");
        assertThat(json.get("perLayer").get(0).fieldNames()).toIterable().containsExactly("layer", "slot", "any");
    }

    private static Routes routes(int[][][] ids) {
        Routes routes = new Routes(ids.length, ids[0].length, ids[0][0].length);
        for (int row = 0; row < ids.length; row++) {
            for (int layer = 0; layer < ids[row].length; layer++) {
                routes.set(row, layer, ids[row][layer], 0);
            }
        }
        return routes;
    }
}
