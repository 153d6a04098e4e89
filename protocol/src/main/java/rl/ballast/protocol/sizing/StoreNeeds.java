package rl.ballast.protocol.sizing;

import java.util.Locale;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.recipe.SamplingSpec;
import rl.ballast.protocol.run.CheckpointSpec;
import rl.ballast.protocol.trace.RouteSize;

/// Bytes that a run needs in its store, from its recipe: what is kept, and one more of everything while it is written.
/// Routing traces and judged rollouts are counted at the longest responses that the recipe allows. Data, and the lines
/// that every step adds to `metrics.jsonl`, are not counted.
///
/// @param model bytes of the initial model, F32
/// @param checkpoint bytes of one: weights and two moments in F32
/// @param version bytes of one published version, F32
/// @param traces bytes of one step's routes; 0 where none are recorded
/// @param traceSteps steps whose routes are kept until a checkpoint makes them needless
/// @param rollouts bytes of one step's judged rollouts, about
/// @param rolloutSteps steps whose judged rollouts are kept
public record StoreNeeds(
        long model,
        long checkpoint,
        int checkpoints,
        long version,
        int versions,
        long traces,
        int traceSteps,
        long rollouts,
        int rolloutSteps) {
    /// What a person may lower so that a run needs less.
    public static final String LESS =
            "checkpoint.keep, checkpoint.everySteps, checkpoint.keepVersions or checkpoint.keepRollouts";

    /// What engines leave free of a volume.
    private static final long RESERVE = 64L << 20;

    /// Of a line of judged rollouts without its tokens: names, answer, reference to the trace.
    private static final long RESPONSE_BYTES = 512;

    private static final long TOKEN_ID_BYTES = 8;
    /// Identity, log-probability and text of a sampled token.
    private static final long SAMPLED_TOKEN_BYTES = TOKEN_ID_BYTES + 14 + 8;
    /// Tokens that top-p keeps at a position, where nothing else bounds them.
    private static final int KEPT_BY_TOP_P = 64;

    /// @param captureRoutes whether the engines record routes, where the model has any
    /// @param steps of the run: it never keeps more
    /// @param longestPrompt in tokens; 0 if that is not known
    public static StoreNeeds of(
            ModelShape model,
            boolean captureRoutes,
            Recipe recipe,
            CheckpointSpec checkpoint,
            int steps,
            int longestPrompt) {
        long weights = model.parameters() * Float.BYTES;
        long responses = (long) recipe.promptsPerMiniBatch() * recipe.miniBatchesPerStep() * recipe.groupSize();
        long longest = Math.min(
                model.maxPositions(), longestPrompt + (long) recipe.sampling().maxTokens());
        int recovery = (int) Math.min(steps, (long) checkpoint.keep() * checkpoint.everySteps());
        return new StoreNeeds(
                weights,
                3 * weights,
                checkpoint.keep() + 1,
                weights,
                checkpoint.keepVersions() + 1,
                captureRoutes && model.mixtureOfExperts() ? traces(model, responses, Math.max(0, longest - 1)) : 0,
                recovery + 1,
                rollouts(responses, Math.min(longestPrompt, longest), longest, recipe.sampling()),
                Math.max(Math.min(steps, checkpoint.keepRollouts()), recovery) + 1);
    }

    private static long traces(ModelShape model, long responses, long rows) {
        double cells = (double) responses * rows * model.moeLayers();
        return (long) (cells * RouteSize.bits(model.experts(), model.expertsPerToken()) / 8);
    }

    private static long rollouts(long responses, long prompt, long longest, SamplingSpec sampling) {
        long kept = sampling.keepMask() ? TOKEN_ID_BYTES * (sampling.topK() > 0 ? sampling.topK() : KEPT_BY_TOP_P) : 0;
        long response = (longest - prompt) * (SAMPLED_TOKEN_BYTES + kept);
        return responses * (RESPONSE_BYTES + prompt * TOKEN_ID_BYTES + response);
    }

    /// The sum. At most 2^63 - 1, whatever a recipe asks for.
    public long bytes() {
        double sum = model
                + (double) checkpoint * checkpoints
                + (double) version * versions
                + (double) traces * traceSteps
                + (double) rollouts * rolloutSteps
                + (traces > 0 ? RESERVE : 0);
        return (long) sum;
    }

    /// The sum, for people: `the run needs 200.0 MiB: its model of ...`.
    public String arithmetic() {
        String routes = traces == 0 ? "" : ", routes of %d steps of %s".formatted(traceSteps, size(traces));
        return "the run needs %s: its model of %s, %d checkpoints of %s, %d versions of %s%s, rollouts of %d steps of %s%s"
                .formatted(
                        size(bytes()),
                        size(model),
                        checkpoints,
                        size(checkpoint),
                        versions,
                        size(version),
                        routes,
                        rolloutSteps,
                        size(rollouts),
                        traces == 0 ? "" : ", and %s left free".formatted(size(RESERVE)));
    }

    /// A number of bytes, for people.
    public static String size(long bytes) {
        return bytes >= 10L << 30
                ? (bytes >> 30) + " GiB"
                : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }
}
