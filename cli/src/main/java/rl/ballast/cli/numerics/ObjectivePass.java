package rl.ballast.cli.numerics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import rl.ballast.cli.numerics.ObjectiveBatch.Response;
import rl.ballast.modeling.torch.ForwardInput;
import rl.ballast.modeling.torch.ForwardOutput;
import rl.ballast.modeling.torch.Policy;
import rl.ballast.protocol.objective.GroupAdvantage;
import rl.ballast.protocol.objective.ResponseScores;
import rl.ballast.protocol.objective.RoutingDisagreement;
import rl.ballast.protocol.objective.TokenObjective;
import rl.ballast.protocol.objective.TokenTerms;
import rl.ballast.protocol.recipe.OnUnknownRoute;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.recipe.ReplayDecision;
import rl.ballast.protocol.recipe.ReplayMode;
import rl.ballast.protocol.recipe.ReplaySpec;
import rl.ballast.protocol.trace.Routes;

/// One training pass over a batch: scores, objective, gradients. All responses count in the loss's divisor; a
/// dropped one adds nothing to the sum and stays in its group's mean.
final class ObjectivePass {
    /// Rows of one forward and backward pass; the result does not depend on it but for the rounding of gradient
    /// sums.
    private static final int MAX_ROWS = 8192;

    /// @param dropped the response adds nothing to loss and gradients
    record Judged(double advantage, float[] trainerLogProbs, TokenTerms terms, boolean dropped) {}

    /// @param disagreement null if no response has routes
    record Result(double loss, List<Judged> responses, RoutingDisagreement.@Nullable Summary disagreement) {}

    private final Policy policy;
    private final ObjectiveBatch batch;
    private final TokenObjective objective;
    private final boolean replays;
    private final double[] advantages;
    private final List<Judged> judged = new ArrayList<>();

    ObjectivePass(Policy policy, ObjectiveBatch batch) {
        Recipe recipe = batch.recipe();
        this.policy = policy;
        this.batch = batch;
        this.objective = TokenObjective.of(recipe);
        this.replays =
                ReplayDecision.of(recipe, 0, policy.config().mixtureOfExperts()).mode() != ReplayMode.NONE;
        List<Response> responses = batch.responses();
        this.advantages = GroupAdvantage.byGroup(
                responses.stream().mapToInt(Response::group).toArray(),
                responses.stream().mapToDouble(Response::reward).toArray(),
                recipe.advantage());
    }

    /// Adds the gradients to the policy's.
    Result run() {
        if (replays) {
            checkUnknown();
        }
        RoutingDisagreement disagreement =
                new RoutingDisagreement(policy.config().moeLayerIndices());
        boolean compared = false;
        List<Response> responses = batch.responses();
        for (int from = 0; from < responses.size(); ) {
            int to = from;
            for (int rows = 0; to < responses.size() && (to == from || rows < MAX_ROWS); to++) {
                rows += responses.get(to).tokens().length - 1;
            }
            List<ForwardOutput> outputs = pass(responses.subList(from, to), from);
            for (int i = from; i < to; i++) {
                Routes recorded = responses.get(i).routes();
                if (recorded != null) {
                    disagreement.add(
                            recorded,
                            Objects.requireNonNull(outputs.get(i - from).liveRoutes()));
                    compared = true;
                }
            }
            from = to;
        }
        double loss =
                judged.stream().mapToDouble(j -> j.dropped ? 0 : j.terms.loss()).sum();
        return new Result(loss, List.copyOf(judged), compared ? disagreement.summary() : null);
    }

    private List<ForwardOutput> pass(List<Response> responses, int first) {
        List<ForwardInput> inputs = responses.stream()
                .map(r -> new ForwardInput(r.tokens(), r.promptLength(), replays ? r.routes() : null, r.keptTokens()))
                .toList();
        return policy.forwardBackward(inputs, batch.recipe().sampling().temperature(), outputs -> {
            float[][] coefficients = new float[outputs.size()][];
            for (int i = 0; i < coefficients.length; i++) {
                Judged one = judge(
                        responses.get(i), advantages[first + i], outputs.get(i).trainerLogProbs());
                judged.add(one);
                coefficients[i] =
                        one.dropped ? new float[one.trainerLogProbs.length] : one.terms.coefficientsAsFloats();
            }
            return coefficients;
        });
    }

    private Judged judge(Response response, double advantage, float[] trainerLogProbs) {
        double[] trainer = new double[trainerLogProbs.length];
        Arrays.setAll(trainer, t -> trainerLogProbs[t]);
        double[] proximal = response.proximalLogProbs();
        ResponseScores scores = new ResponseScores(
                advantage,
                trainer,
                proximal == null ? trainer : proximal,
                response.rolloutLogProbs(),
                response.lossMask());
        boolean dropped =
                replays && unknown(response) > 0 && batch.recipe().replay().onUnknown() == OnUnknownRoute.DropSample;
        TokenTerms terms = objective.evaluate(scores, batch.responses().size());
        return new Judged(advantage, trainerLogProbs, terms, dropped);
    }

    /// Recorded (row, layer) routes that are unknown.
    private long unknown(Response response) {
        Routes routes = response.routes();
        return routes == null ? cells(response) : cells(response) - routes.known();
    }

    private long cells(Response response) {
        return (long) (response.tokens().length - 1) * policy.config().moeLayerIndices().length;
    }

    private void checkUnknown() {
        ReplaySpec spec = batch.recipe().replay();
        long unknown = 0;
        long cells = 0;
        for (Response response : batch.responses()) {
            long all = cells(response);
            long missing = unknown(response);
            if (missing > 0 && spec.onUnknown() == OnUnknownRoute.Fail) {
                throw new UnknownRoutes(
                        "%s.routes: %d of %d (row, layer) routes are unknown and recipe.replay.onUnknown is Fail; record them, or choose DropSample or LiveRouter"
                                .formatted(response.name(), missing, all));
            }
            unknown += missing;
            cells += all;
        }
        if (batch.limitsUnknown() && unknown > spec.maxUnknownFraction() * cells) {
            throw new UnknownRoutes(
                    "%d of %d (row, layer) routes are unknown, more than recipe.replay.maxUnknownFraction %s allows"
                            .formatted(unknown, cells, spec.maxUnknownFraction()));
        }
    }
}
