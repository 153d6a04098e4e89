package rl.ballast.modeling.torch;

/// The (row, expert) pairs of one layer sorted by expert, so that every expert multiplies one block of rows. A
/// block is padded to a multiple of [PackedBatch#ROW_MULTIPLE]; padding has gate weight zero, so that it adds
/// nothing to any gradient, and there is at least one padding slot, which stands for the absent experts of padding
/// rows.
///
/// @param start per expert the first slot of its block, and the number of slots P as last element
/// @param row per slot the row that is fed, 0 for padding
/// @param gate per slot the gate weight, 0 for padding
/// @param slot `[k][R]`: per row its slot at its j-th expert in ascending order of expert id
record ExpertGroups(int[] start, int[] row, float[] gate, int[][] slot) {

    static ExpertGroups of(ExpertChoice.Used used, int rows, int topK, int experts) {
        int[] counts = new int[experts];
        for (int expert : used.experts()) {
            if (expert >= 0) {
                counts[expert]++;
            }
        }
        int[] start = starts(counts);
        int total = start[experts];
        int[] rowOf = new int[total];
        float[] gate = new float[total];
        int[][] slots = new int[topK][rows];
        int[] next = start.clone();
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < topK; j++) {
                int expert = used.experts()[r * topK + j];
                if (expert >= 0) {
                    int slot = next[expert]++;
                    rowOf[slot] = r;
                    gate[slot] = used.weights()[r * topK + j];
                    slots[j][r] = slot;
                }
            }
        }
        int empty = emptySlot(start, counts);
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < topK; j++) {
                if (used.experts()[r * topK + j] < 0) {
                    slots[j][r] = empty;
                }
            }
        }
        return new ExpertGroups(start, rowOf, gate, slots);
    }

    int slots() {
        return row.length;
    }

    private static int[] starts(int[] counts) {
        int[] start = new int[counts.length + 1];
        int lastUsed = 0;
        boolean padded = false;
        for (int e = 0; e < counts.length; e++) {
            lastUsed = counts[e] > 0 ? e : lastUsed;
            padded |= counts[e] % PackedBatch.ROW_MULTIPLE != 0;
        }
        for (int e = 0; e < counts.length; e++) {
            int size = PackedBatch.roundUp(counts[e], PackedBatch.ROW_MULTIPLE);
            start[e + 1] = start[e] + size + (e == lastUsed && !padded ? PackedBatch.ROW_MULTIPLE : 0);
        }
        return start;
    }

    private static int emptySlot(int[] start, int[] counts) {
        for (int e = 0; e < counts.length; e++) {
            if (start[e] + counts[e] < start[e + 1]) {
                return start[e] + counts[e];
            }
        }
        throw new IllegalStateException("expert groups without padding");
    }
}
