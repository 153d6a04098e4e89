package rl.ballast.modeling.torch;

import java.util.List;
import rl.ballast.modeling.config.ModelConfig;
import rl.ballast.modeling.weights.ParameterStore;

/// The learner's model. One thread at a time. Forward results are batch-invariant: bit for bit the same for a
/// sequence alone, among others, and in another order.
public interface Policy extends AutoCloseable {
    ModelConfig config();

    /// The float32 master weights; the caller may change them between passes.
    ParameterStore parameters();

    /// Scores without gradients.
    ///
    /// @param temperature logits are divided by it
    /// @throws InvalidInput when a sequence does not fit the model
    List<ForwardOutput> score(List<ForwardInput> inputs, double temperature, boolean wantGateWeights);

    /// Scores, asks `objective` for d loss / d log-probability of every scored token, and *adds* the gradient of
    /// the loss to [ParameterStore]'s gradients. All inputs are one pass: the caller bounds their number.
    ///
    /// @throws InvalidInput when a sequence does not fit the model
    List<ForwardOutput> forwardBackward(List<ForwardInput> inputs, double temperature, Objective objective);

    /// Replayed routes used so far, by all passes of this policy. A pass whose counts do not match throws
    /// [IllegalStateException] with sequence, row and layer.
    RouteConsumption routeConsumption();

    /// Given the scores of a micro-batch, returns per sequence and scored token the derivative of the loss with
    /// respect to its log-probability (a constant: nothing flows through it).
    @FunctionalInterface
    interface Objective {
        float[][] coefficients(List<ForwardOutput> outputs);
    }

    @Override
    void close();
}
