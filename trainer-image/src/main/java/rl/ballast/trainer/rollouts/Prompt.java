package rl.ballast.trainer.rollouts;

import rl.ballast.trainer.data.Problem;

/// One line of a prompts file, tokenised once.
public record Prompt(Problem problem, int[] tokens) {
    /// Place in the file, from 0, blank lines not counted.
    public int index() {
        return problem.index();
    }
}
