package rl.ballast.modeling.torch;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.ModelConfig;

/// The mixture of experts of one layer in one pass. The router's softmax runs over all experts; which experts a row
/// uses is decided on the host ([ExpertChoice]: live or replayed), their gate weights are gathered from the live
/// softmax, and rows are sorted by expert before the products. A row's result is the sum over its experts in
/// ascending order of id.
///
/// Shapes: R rows, E experts, k experts of a row, P slots (see [ExpertGroups]), I width of an expert.
final class MixtureOfExperts implements Mlp {
    private final RowContext context;
    private final LayerWeights weights;
    private final Parameter router;
    private final int width;
    private final int hidden;
    private @Nullable Saved saved;

    /// @param x input `[R, hidden]`
    /// @param probabilities router softmax `[R][E]`
    /// @param sorted input by slot `[P, hidden]`
    /// @param index row of every slot `[P]`
    /// @param inverse per j the slot of every row at its j-th expert `[R]`
    /// @param gateColumn gate weight of every slot `[P, 1]`
    /// @param gate gate projection `[P, I]`
    /// @param up up projection `[P, I]`
    /// @param silu silu of the gate projection `[P, I]`
    /// @param scaled `gateColumn * silu * up`, the input of the down projection `[P, I]`
    private record Saved(
            NDArray x,
            float[] probabilities,
            ExpertChoice.Used used,
            ExpertGroups groups,
            NDArray sorted,
            NDArray index,
            NDArray[] inverse,
            NDArray gateColumn,
            NDArray gate,
            NDArray up,
            NDArray silu,
            NDArray scaled) {}

    MixtureOfExperts(RowContext context, LayerWeights weights, Parameter router) {
        ModelConfig config = context.config();
        this.context = context;
        this.weights = weights;
        this.router = router;
        this.width = config.expertIntermediateSize();
        this.hidden = config.hiddenSize();
    }

    @Override
    public NDArray forward(NDArray x) {
        Aten aten = context.aten();
        NDManager manager = x.getManager();
        float[] probabilities;
        try (NDArray logits = x.matMul(router.transposed());
                NDArray softmax = logits.softmax(-1)) {
            probabilities = aten.floats(softmax);
        }
        ExpertChoice.Used used = context.experts().use(weights.moeLayer(), probabilities);
        ModelConfig config = context.config();
        ExpertGroups groups = ExpertGroups.of(used, context.rows(), config.expertsPerToken(), config.numExperts());
        NDArray index = manager.create(groups.row());
        NDArray[] inverse = new NDArray[groups.slot().length];
        for (int j = 0; j < inverse.length; j++) {
            inverse[j] = manager.create(groups.slot()[j]);
        }
        NDArray gateColumn = manager.create(groups.gate(), new Shape(groups.slots(), 1));
        NDArray sorted = aten.rows(manager, x, index);
        NDArray gate = empty(manager, groups, width);
        NDArray up = empty(manager, groups, width);
        forEachExpert(groups, (expert, from, to) -> {
            NDArray rows = Aten.slice(sorted, 0, from, to);
            aten.mmInto(Aten.slice(gate, 0, from, to), rows, expert.gate().transposed());
            aten.mmInto(Aten.slice(up, 0, from, to), rows, expert.up().transposed());
        });
        NDArray silu = GatedUnit.silu(aten, gate);
        NDArray scaled = silu.mul(up);
        scaled.muli(gateColumn);
        saved = new Saved(x, probabilities, used, groups, sorted, index, inverse, gateColumn, gate, up, silu, scaled);
        try (NDArray down = empty(manager, groups, hidden)) {
            forEachExpert(
                    groups,
                    (expert, from, to) -> aten.mmInto(
                            Aten.slice(down, 0, from, to),
                            Aten.slice(scaled, 0, from, to),
                            expert.down().transposed()));
            return gathered(manager, down, inverse);
        }
    }

    @Override
    public NDArray backward(NDArray dy) {
        Aten aten = context.aten();
        NDManager manager = dy.getManager();
        Saved s = requireNonNull(saved, "forward comes first");
        NDArray dUp = empty(manager, s.groups, width);
        try (NDArray dDown = aten.rows(manager, dy, s.index)) {
            forEachExpert(s.groups, (expert, from, to) -> {
                NDArray rows = Aten.slice(dDown, 0, from, to);
                aten.addMm(expert.down().gradient(), rows.transpose(), Aten.slice(s.scaled, 0, from, to));
                aten.mmInto(Aten.slice(dUp, 0, from, to), rows, expert.down().value());
            });
        }
        // dUp now holds d loss / d scaled
        try (NDArray dGateHidden = dUp.mul(s.up)) {
            dUp.muli(s.silu);
            NDArray dRouter = routerGradient(manager, s, dUp);
            dUp.muli(s.gateColumn);
            dGateHidden.muli(s.gateColumn);
            try (NDArray dGate = aten.siluBackward(manager, dGateHidden, s.gate)) {
                NDArray dx = expertInputs(manager, s, dGate, dUp);
                aten.addMm(router.gradient(), dRouter.transpose(), s.x);
                aten.addMm(dx, dRouter, router.value());
                return dx;
            }
        } finally {
            dUp.close();
        }
    }

    private NDArray expertInputs(NDManager manager, Saved s, NDArray dGate, NDArray dUp) {
        Aten aten = context.aten();
        try (NDArray dSorted = empty(manager, s.groups, hidden)) {
            forEachExpert(s.groups, (expert, from, to) -> {
                NDArray gateRows = Aten.slice(dGate, 0, from, to);
                NDArray upRows = Aten.slice(dUp, 0, from, to);
                NDArray rows = Aten.slice(s.sorted, 0, from, to);
                aten.addMm(expert.gate().gradient(), gateRows.transpose(), rows);
                aten.addMm(expert.up().gradient(), upRows.transpose(), rows);
                NDArray target = Aten.slice(dSorted, 0, from, to);
                aten.mmInto(target, gateRows, expert.gate().value());
                aten.addMm(target, upRows, expert.up().value());
            });
            return gathered(manager, dSorted, s.inverse);
        }
    }

    /// Gradient of the router's logits `[R, E]`. The derivative by a gate weight is the dot product of d loss / d
    /// scaled with `silu * up`.
    ///
    /// @param dScaledSilu `d loss / d scaled * silu`, `[P, I]`
    private NDArray routerGradient(NDManager manager, Saved s, NDArray dScaledSilu) {
        float[] bySlot;
        try (NDArray product = dScaledSilu.mul(s.up);
                NDArray sum = product.sum(new int[] {-1})) {
            bySlot = context.aten().floats(sum);
        }
        float[] gradient =
                RouterGradient.ofLogits(context.config(), s.probabilities, s.used, s.groups, bySlot, context.rows());
        return manager.create(
                gradient, new Shape(context.rows(), context.config().numExperts()));
    }

    /// Per row the sum of its slots, in ascending order of expert id.
    private NDArray gathered(NDManager manager, NDArray bySlot, NDArray[] inverse) {
        NDArray result = context.aten().rows(manager, bySlot, inverse[0]);
        for (int j = 1; j < inverse.length; j++) {
            try (NDArray next = context.aten().rows(manager, bySlot, inverse[j])) {
                result.addi(next);
            }
        }
        return result;
    }

    private interface ExpertBlock {
        void apply(LayerWeights.Expert expert, int from, int to);
    }

    private void forEachExpert(ExpertGroups groups, ExpertBlock block) {
        for (int e = 0; e < weights.experts().size(); e++) {
            int from = groups.start()[e];
            int to = groups.start()[e + 1];
            if (from < to) {
                block.apply(weights.experts().get(e), from, to);
            }
        }
    }

    private static NDArray empty(NDManager manager, ExpertGroups groups, int columns) {
        return manager.create(new Shape(groups.slots(), columns), DataType.FLOAT32);
    }
}
