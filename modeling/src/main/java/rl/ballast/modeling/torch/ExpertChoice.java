package rl.ballast.modeling.torch;

/// Decides which experts the rows of a pass use.
interface ExpertChoice {
    /// The experts that the rows of one layer use.
    ///
    /// @param experts `[R][k]` flat, ascending; -1 for padding rows
    /// @param weights gate weights, laid out like `experts`
    /// @param mass per row the sum of the used probabilities, the divisor when they are renormalised
    record Used(int[] experts, float[] weights, float[] mass) {
        static Used padding(int rows, int topK) {
            int[] experts = new int[rows * topK];
            java.util.Arrays.fill(experts, -1);
            return new Used(experts, new float[rows * topK], new float[rows]);
        }

        /// Gathers the weights of a row's experts.
        ///
        /// @param normalise scales them to a sum of 1
        void weigh(int row, int topK, float[] probabilities, int numExperts, boolean normalise) {
            float sum = 0;
            for (int at = row * topK; at < (row + 1) * topK; at++) {
                weights[at] = probabilities[row * numExperts + experts[at]];
                sum += weights[at];
            }
            mass[row] = sum;
            for (int at = row * topK; normalise && at < (row + 1) * topK; at++) {
                weights[at] /= sum;
            }
        }
    }

    /// @param moeLayer position among the mixture-of-experts layers
    /// @param probabilities router softmax, `[R][experts]` flat
    Used use(int moeLayer, float[] probabilities);

    /// The indices of the `top.length` largest of `values[base..base+count)`, ascending; ties to the lower index.
    static void topK(float[] values, int base, int count, int[] top) {
        int k = top.length;
        for (int e = 0; e < count; e++) {
            float value = values[base + e];
            int slot = Math.min(e, k);
            while (slot > 0 && value > values[base + top[slot - 1]]) {
                slot--;
            }
            if (slot < k) {
                System.arraycopy(top, slot, top, slot + 1, k - 1 - slot);
                top[slot] = e;
            }
        }
        java.util.Arrays.sort(top);
    }
}
