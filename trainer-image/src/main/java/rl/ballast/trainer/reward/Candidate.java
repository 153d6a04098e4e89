package rl.ballast.trainer.reward;

import rl.ballast.trainer.data.Problem;

/// A response to be judged.
public record Candidate(Problem problem, String response) {}
