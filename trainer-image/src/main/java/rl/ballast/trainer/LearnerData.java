package rl.ballast.trainer;

import java.nio.file.Path;
import java.util.List;
import rl.ballast.protocol.role.LearnerConfig;
import rl.ballast.trainer.coldstart.Demonstration;
import rl.ballast.trainer.data.DataFiles;
import rl.ballast.trainer.data.Problem;
import rl.ballast.trainer.reward.Verifier;
import rl.ballast.trainer.rollouts.Prompt;

/// All data of a run, read and checked before anything is trained.
///
/// @param prompts to sample from in training
/// @param evaluation empty without an evaluation
/// @param demonstrations empty without a cold start
record LearnerData(List<Prompt> prompts, List<Prompt> evaluation, List<Demonstration> demonstrations) {

    static LearnerData load(LearnerConfig config, Tokens tokens, Verifier verifier) {
        var spec = config.training();
        List<Prompt> prompts = prompts(Path.of(config.promptsFile()), tokens, verifier);
        var evaluation = spec.evaluation();
        var coldStart = spec.coldStart();
        return new LearnerData(
                prompts,
                evaluation == null ? List.of() : prompts(Path.of(evaluation.file()), tokens, verifier),
                coldStart == null ? List.of() : tokens.demonstrations(Path.of(coldStart.demonstrationsFile())));
    }

    /// In tokens.
    int longestPrompt() {
        return prompts.stream().mapToInt(prompt -> prompt.tokens().length).max().orElse(0);
    }

    private static List<Prompt> prompts(Path file, Tokens tokens, Verifier verifier) {
        List<Problem> problems = DataFiles.problems(file);
        problems.forEach(verifier::check);
        return tokens.prompts(problems);
    }
}
