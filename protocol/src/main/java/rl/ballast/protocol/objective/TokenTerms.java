package rl.ballast.protocol.objective;

/// The objective of one response, token by token; T tokens, those outside the loss mask included.
///
/// @param engineRatio [T] `pi_old / mu_old`, the training-inference discrepancy
/// @param stalenessRatio [T] `pi_theta / pi_old`
/// @param importanceWeight [T] `pi_theta / mu_old`, before truncation
/// @param mask [T] true = the token contributes; false outside the loss mask, where clipped, masked or dropped
/// @param weight [T] what multiplies the advantage where `mask` is true: truncated, constant under differentiation
/// @param coefficient [T] d loss / d trainerLogProbs, the division by the number of responses (and by the length, if
///        asked for) *included*; 0 where `mask` is false
/// @param loss this response's share of the loss, `sum_t coefficient_t * trainerLogProbs_t`; shares add up
/// @param counts what happened to the tokens
public record TokenTerms(
        double[] engineRatio,
        double[] stalenessRatio,
        double[] importanceWeight,
        boolean[] mask,
        double[] weight,
        double[] coefficient,
        double loss,
        ObjectiveCounts counts) {

    /// The coefficients as [the learner's forward pass](TokenObjective) takes them.
    public float[] coefficientsAsFloats() {
        float[] narrow = new float[coefficient.length];
        for (int t = 0; t < narrow.length; t++) {
            narrow[t] = (float) coefficient[t];
        }
        return narrow;
    }
}
