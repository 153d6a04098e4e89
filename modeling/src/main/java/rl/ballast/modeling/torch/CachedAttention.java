package rl.ballast.modeling.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import rl.ballast.modeling.config.ModelConfig;

/// Attention of one layer over a cache of keys and values. Every row gathers the keys it sees, padded to a multiple
/// of [#KEY_MULTIPLE], and is multiplied on its own, so its bits depend on its position and its sequence only. The
/// price is a copy of all visible keys and values per row: small for decoding, quadratic in the length for a
/// prompt.
///
/// Shapes: R rows with padding, n rows of one key count L, H query heads, K key heads, G = H / K, D head dimension.
final class CachedAttention {
    static final int KEY_MULTIPLE = 16;
    /// Elements of keys gathered at once.
    private static final int MAX_GATHERED = 1 << 21;

    private final RowContext context;
    private final DecoderStep step;
    private final int kvHeads;
    private final int group;
    private final int headDim;
    private final int heads;

    CachedAttention(RowContext context, DecoderStep step) {
        ModelConfig config = context.config();
        this.context = context;
        this.step = step;
        this.heads = config.heads();
        this.kvHeads = config.kvHeads();
        this.group = heads / kvHeads;
        this.headDim = config.headDim();
    }

    /// Writes the keys and values of all rows, then attends.
    ///
    /// @param x `[R, hidden]`
    /// @param keys cache of the layer `[slots, K * D]`
    /// @param values cache of the layer `[slots, K * D]`
    NDArray forward(NDArray x, LayerWeights weights, NDArray keys, NDArray values) {
        NDManager manager = x.getManager();
        HeadProjections.Projected projected = new HeadProjections(context, weights).forward(x);
        int rows = step.rows();
        NDArray queriesKeys = projected.queriesKeys();
        store(keys, Aten.slice(queriesKeys, 1, heads, heads + kvHeads));
        store(values, projected.values());
        NDArray queries = manager.create(new Shape(rows, (long) heads * headDim), DataType.FLOAT32);
        context.aten()
                .copy(
                        queries.reshape(rows, heads, headDim),
                        Aten.slice(Aten.slice(queriesKeys, 0, 0, rows), 1, 0, heads));
        NDArray out = manager.create(new Shape(context.rows(), (long) heads * headDim), DataType.FLOAT32);
        context.aten().zero(out);
        for (Map.Entry<Integer, List<Integer>> entry : byKeyCount().entrySet()) {
            int length = entry.getKey();
            int most = Math.max(1, MAX_GATHERED / (length * kvHeads * headDim));
            List<Integer> all = entry.getValue();
            for (int from = 0; from < all.size(); from += most) {
                attend(all.subList(from, Math.min(all.size(), from + most)), length, queries, keys, values, out);
            }
        }
        return out.matMul(weights.output().transposed());
    }

    private void store(NDArray cache, NDArray heads) {
        NDManager manager = heads.getManager();
        long[] slots = new long[step.rows()];
        for (int r = 0; r < slots.length; r++) {
            slots[r] = step.slot(r);
        }
        try (NDArray index = manager.create(slots);
                NDArray rows = Aten.slice(heads, 0, 0, slots.length).reshape(slots.length, (long) kvHeads * headDim)) {
            context.aten().putRows(cache, index, rows);
        }
    }

    private Map<Integer, List<Integer>> byKeyCount() {
        Map<Integer, List<Integer>> groups = new TreeMap<>();
        for (int r = 0; r < step.rows(); r++) {
            int length = PackedBatch.roundUp(step.positions()[r] + 1, KEY_MULTIPLE);
            groups.computeIfAbsent(length, _ -> new ArrayList<>()).add(r);
        }
        return groups;
    }

    private void attend(List<Integer> rows, int length, NDArray queries, NDArray keys, NDArray values, NDArray out) {
        Aten aten = context.aten();
        try (NDManager manager = queries.getManager().newSubManager()) {
            // one matrix alone takes another path in the library than the same matrix among others
            int copies = rows.size() * kvHeads == 1 ? 2 : 1;
            int n = rows.size() * copies;
            int[] rowIndex = new int[n];
            int[] slots = new int[n * length];
            float[] mask = new float[n * length];
            for (int i = 0; i < n; i++) {
                rowIndex[i] = rows.get(i % rows.size());
                see(rowIndex[i], slots, mask, i * length, length);
            }
            NDArray slotIndex = manager.create(slots);
            NDArray k = byHead(aten.rows(manager, keys, slotIndex), n, length);
            NDArray v = byHead(aten.rows(manager, values, slotIndex), n, length);
            NDArray q =
                    aten.rows(manager, queries, manager.create(rowIndex)).reshape((long) n * kvHeads, group, headDim);
            NDArray scores = q.batchMatMul(k.transpose(0, 2, 1));
            scores.muli(1.0 / Math.sqrt(headDim));
            scores.reshape(n, heads, length).addi(manager.create(mask, new Shape(n, 1, length)));
            NDArray result = scores.softmax(-1).batchMatMul(v).reshape(n, (long) heads * headDim);
            long[] targets = rows.stream().mapToLong(Integer::longValue).toArray();
            aten.putRows(out, manager.create(targets), Aten.slice(result, 0, 0, rows.size()));
        }
    }

    /// Slots of the keys that a row sees; padding repeats its own and is masked.
    private void see(int row, int[] slots, float[] mask, int at, int length) {
        int count = step.positions()[row] + 1;
        System.arraycopy(step.visible()[row], 0, slots, at, count);
        java.util.Arrays.fill(slots, at + count, at + length, step.slot(row));
        java.util.Arrays.fill(mask, at + count, at + length, Float.NEGATIVE_INFINITY);
    }

    /// `[n * L, K * D]` as contiguous `[n * K, L, D]`.
    private NDArray byHead(NDArray gathered, int n, int length) {
        NDArray target = gathered.getManager().create(new Shape((long) n * kvHeads, length, headDim), DataType.FLOAT32);
        context.aten()
                .copy(
                        target.reshape(n, kvHeads, length, headDim),
                        gathered.reshape(n, length, kvHeads, headDim).transpose(0, 2, 1, 3));
        return target;
    }
}
