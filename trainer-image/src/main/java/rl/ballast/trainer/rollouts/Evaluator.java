package rl.ballast.trainer.rollouts;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.protocol.PolicyVersion;
import rl.ballast.protocol.recipe.SamplingSpec;
import rl.ballast.protocol.run.TrainingSpec;
import rl.ballast.protocol.wire.GenerateRequest;
import rl.ballast.protocol.wire.GenerateResponse;
import rl.ballast.trainer.reward.Candidate;
import rl.ballast.trainer.reward.Verifier;

/// Measures a policy version: mean reward over several samples of every problem. Seeds are the same at every
/// evaluation. Nothing is recorded or replayed.
public final class Evaluator {
    private final List<Prompt> problems;
    private final TrainingSpec.Evaluation spec;
    private final Seeds seeds;
    private final Sampling sampling;
    private final EnginePool engines;
    private final Verifier verifier;
    private final Function<int[], String> decode;

    /// @param maxTokens of a response, as in training
    public Evaluator(
            List<Prompt> problems,
            TrainingSpec.Evaluation spec,
            int maxTokens,
            Seeds seeds,
            ModelConfig model,
            long epoch,
            EnginePool engines,
            Verifier verifier,
            Function<int[], String> decode) {
        this.problems = List.copyOf(problems);
        this.spec = spec;
        this.seeds = seeds;
        this.sampling = new Sampling(
                new SamplingSpec(spec.temperature(), spec.topK(), spec.topP(), maxTokens, false), model, epoch);
        this.engines = engines;
        this.verifier = verifier;
        this.decode = decode;
    }

    /// @param score mean reward
    public record Score(
            @JsonProperty("score") double score,
            @JsonProperty("problems") int problems,
            @JsonProperty("samples") int samples) {}

    /// Whether a step is followed by an evaluation.
    public boolean due(int step, int steps) {
        return step % spec.everySteps() == 0 || step == steps;
    }

    public Score evaluate(int step, PolicyVersion version) {
        var requests = new ArrayList<GenerateRequest>();
        for (Prompt problem : problems) {
            var sampleSeeds = new long[spec.samplesPerPrompt()];
            for (int sample = 0; sample < sampleSeeds.length; sample++) {
                sampleSeeds[sample] = seeds.evaluation(problem.index(), sample);
            }
            String id = "evaluation-%06d-problem-%06d-%s".formatted(step, problem.index(), version.folder());
            requests.add(sampling.request(id, -1, problem, sampleSeeds, version.value(), null));
        }
        List<GenerateResponse> responses = engines.generate(requests, _ -> {});
        var cases = new ArrayList<Candidate>();
        for (int i = 0; i < requests.size(); i++) {
            Sampling.check(requests.get(i), responses.get(i));
            for (GenerateResponse.Sample sample : responses.get(i).samples()) {
                cases.add(new Candidate(problems.get(i).problem(), decode.apply(sample.tokens())));
            }
        }
        double total = 0;
        for (double reward : verifier.judge(cases)) {
            total += reward;
        }
        return new Score(total / cases.size(), problems.size(), cases.size());
    }
}
