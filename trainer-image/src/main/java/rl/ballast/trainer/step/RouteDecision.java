package rl.ballast.trainer.step;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import rl.ballast.protocol.recipe.ReplayMode;
import rl.ballast.protocol.recipe.ReplaySpec;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.trainer.LearnerFailure;

/// What becomes of routes that the engine marked unknown (section 4 of the design): counted by reason always; where
/// they would be replayed (R3), the declared policy decides, within its budget.
///
/// @param responses as they go on; dropped ones are marked
/// @param cells (row, layer) routes that a complete recording has
/// @param known of them
/// @param unknown by reason; empty when complete
record RouteDecision(List<TrainingResponse> responses, long cells, long known, Map<String, Long> unknown) {

    /// Share of the routes that are known; null where none were recorded.
    @Nullable
    Double coverage() {
        return cells == 0 ? null : Double.valueOf(known / (double) cells);
    }

    /// @param reasons unknown cells by reason, as the traces say
    /// @throws LearnerFailure with `ROUTES_MISSING` if the policy is to fail, or the budget is exceeded
    static RouteDecision of(
            int step, List<TrainingResponse> responses, Map<String, Long> reasons, ReplayMode mode, ReplaySpec spec) {
        long cells = 0;
        long known = 0;
        for (TrainingResponse response : responses) {
            var routes = response.recorded();
            if (routes != null) {
                cells += (long) routes.rows() * routes.layers();
                known += routes.known();
            }
        }
        var counted = new TreeMap<>(reasons);
        if (mode != ReplayMode.R3 || known == cells) {
            return new RouteDecision(responses, cells, known, counted);
        }
        double fraction = (cells - known) / (double) cells;
        if (fraction > spec.maxUnknownFraction()) {
            throw refused(
                    step, cells, known, counted, "recipe.replay.maxUnknownFraction is " + spec.maxUnknownFraction());
        }
        List<TrainingResponse> kept = switch (spec.onUnknown()) {
            case Fail -> throw refused(step, cells, known, counted, "recipe.replay.onUnknown is Fail");
            case LiveRouter -> responses;
            case DropSample ->
                responses.stream().map(r -> complete(r) ? r : r.drop()).toList();
        };
        return new RouteDecision(kept, cells, known, counted);
    }

    private static boolean complete(TrainingResponse response) {
        var routes = response.recorded();
        return routes == null || routes.known() == routes.rows() * routes.layers();
    }

    private static LearnerFailure refused(int step, long cells, long known, Map<String, Long> reasons, String rule) {
        return new LearnerFailure(
                ExitCode.ROUTES_MISSING,
                "step %d: %d of %d recorded routes are unknown %s and %s. Nothing was trained"
                        .formatted(step, cells - known, cells, reasons, rule));
    }
}
