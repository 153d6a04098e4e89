package rl.ballast.trainer.rollouts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.recipe.Recipe;
import rl.ballast.protocol.role.ExitCode;
import rl.ballast.protocol.store.StoreLayout;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.protocol.wire.GenerateResponse.Sample;
import rl.ballast.trainer.LearnerFailure;
import rl.ballast.trainer.reward.Candidate;
import rl.ballast.trainer.reward.Verifier;

/// Produces the judged rollouts of a step: prompts in their order, one request per group, rewards by the verifier. A
/// pure function of (seeds, step, position, weights) as far as the engines are: the same call gives the same tokens.
public final class RolloutCollector {
    private final List<Prompt> prompts;
    private final DataOrder order;
    private final Seeds seeds;
    private final Recipe recipe;
    private final boolean withRoutes;
    private final StoreLayout layout;
    private final Sampling sampling;
    private final EnginePool engines;
    private final Verifier verifier;
    private final Function<int[], String> decode;

    /// @param captureRoutes whether the engines record routes, where the model has any
    /// @param decode text of sampled tokens, special ones left out
    public RolloutCollector(
            List<Prompt> prompts,
            Seeds seeds,
            Recipe recipe,
            ModelConfig model,
            boolean captureRoutes,
            StoreLayout layout,
            long epoch,
            EnginePool engines,
            Verifier verifier,
            Function<int[], String> decode) {
        this.prompts = List.copyOf(prompts);
        this.order = new DataOrder(prompts.size(), seeds::promptOrder);
        this.seeds = seeds;
        this.recipe = recipe;
        this.withRoutes = captureRoutes && model.mixtureOfExperts();
        this.layout = layout;
        this.sampling = new Sampling(recipe.sampling(), model, epoch);
        this.engines = engines;
        this.verifier = verifier;
        this.decode = decode;
    }

    /// Generated, not yet judged.
    ///
    /// @param groups their places in the step
    /// @param promptIndices of each
    public record Generated(int[] groups, int[] promptIndices, List<GenerateResponse> responses) {}

    /// All groups of a step.
    public SortedSet<Integer> groups() {
        return IntStream.range(0, recipe.promptsPerStep()).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    /// Samples responses of a step.
    ///
    /// @param position of the step in the order of prompts
    /// @param wanted groups of the step
    /// @param done told of every group as it arrives, on any thread
    public Generated generate(
            int step,
            long position,
            PolicyVersion version,
            SortedSet<Integer> wanted,
            Consumer<GenerateResponse> done) {
        int[] indices = order.take(position, recipe.promptsPerStep());
        int[] groups = wanted.stream().mapToInt(Integer::intValue).toArray();
        var requests = new ArrayList<GenerateRequest>();
        for (int group : groups) {
            requests.add(request(step, group, occurrence(indices, group), prompts.get(indices[group]), version));
        }
        List<GenerateResponse> responses = engines.generate(requests, done);
        for (int i = 0; i < groups.length; i++) {
            Sampling.check(requests.get(i), responses.get(i));
            if (withRoutes && responses.get(i).trace() == null) {
                throw new LearnerFailure(
                        ExitCode.CORRUPT,
                        "request %s: expected a reference to recorded routes, found none; engines must capture routes"
                                .formatted(requests.get(i).requestId()));
            }
        }
        return new Generated(
                groups, Arrays.stream(groups).map(group -> indices[group]).toArray(), responses);
    }

    /// Judges what was generated.
    public List<Rollout> judge(Generated generated) {
        var cases = new ArrayList<Candidate>();
        for (int i = 0; i < generated.groups().length; i++) {
            Prompt prompt = prompts.get(generated.promptIndices()[i]);
            for (Sample sample : generated.responses().get(i).samples()) {
                cases.add(new Candidate(prompt.problem(), decode.apply(sample.tokens())));
            }
        }
        double[] rewards = verifier.judge(cases);
        var rollouts = new ArrayList<Rollout>();
        for (int i = 0; i < generated.groups().length; i++) {
            int group = generated.groups()[i];
            Prompt prompt = prompts.get(generated.promptIndices()[i]);
            GenerateResponse response = generated.responses().get(i);
            for (int sample = 0; sample < response.samples().size(); sample++) {
                int at = rollouts.size();
                rollouts.add(rollout(group, sample, prompt, cases.get(at).response(), rewards[at], response));
            }
        }
        return rollouts;
    }

    /// How often the group's prompt stands earlier in the step: only when a step is larger than the data
    /// set.
    private static int occurrence(int[] indices, int group) {
        int earlier = 0;
        for (int i = 0; i < group; i++) {
            earlier += indices[i] == indices[group] ? 1 : 0;
        }
        return earlier;
    }

    private GenerateRequest request(int step, int group, int occurrence, Prompt prompt, PolicyVersion version) {
        var groupSeeds = new long[recipe.groupSize()];
        for (int sample = 0; sample < groupSeeds.length; sample++) {
            groupSeeds[sample] = seeds.sample(step, prompt.index(), occurrence * recipe.groupSize() + sample);
        }
        String id = "step-%06d-group-%04d-%s-salt-%d".formatted(step, group, version.folder(), seeds.salt());
        String trace = withRoutes
                ? layout.root()
                        .relativize(layout.traces(version).resolve("step-%06d-group-%04d.trace".formatted(step, group)))
                        .toString()
                : null;
        return sampling.request(id, step, prompt, groupSeeds, version.value(), trace);
    }

    private static Rollout rollout(
            int group, int sample, Prompt prompt, String text, double reward, GenerateResponse response) {
        Sample sampled = response.samples().get(sample);
        var trace = response.trace();
        return new Rollout(
                group,
                sample,
                prompt.index(),
                prompt.tokens(),
                sampled.tokens(),
                text,
                prompt.problem().answer(),
                reward,
                sampled.finishReason(),
                sampled.rolloutLogProbs(),
                sampled.versions(),
                sampled.keptTokens(),
                trace == null ? null : new Rollout.TraceIndex(trace.file(), sample, trace.sha256()));
    }
}
