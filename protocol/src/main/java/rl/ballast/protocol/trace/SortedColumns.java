package rl.ballast.protocol.trace;

/// Sorts many short rows at once: value `i` of all rows lies in column `i`, and a network of comparisons (Batcher's
/// odd-even merge sort) runs over whole columns, which takes no branches and a few instructions for many rows.
final class SortedColumns {
    private SortedColumns() {}

    /// Sorts [SetCode#CHUNK] rows of `width` values, ascending.
    static void sort(int[][] columns) {
        int width = columns.length - 1;
        for (int run = 1; run < width; run *= 2) {
            for (int gap = run; gap >= 1; gap /= 2) {
                for (int start = gap % run; start + gap < width; start += 2 * gap) {
                    int end = Math.min(start + gap, width - gap);
                    for (int i = start; i < end; i++) {
                        if (i / (2 * run) == (i + gap) / (2 * run)) {
                            order(columns, i, i + gap);
                        }
                    }
                }
            }
        }
    }

    private static void order(int[][] columns, int low, int high) {
        int[] a = columns[low];
        int[] b = columns[high];
        int[] spare = columns[columns.length - 1];
        for (int row = 0; row < SetCode.CHUNK; row++) {
            spare[row] = Math.min(a[row], b[row]);
        }
        for (int row = 0; row < SetCode.CHUNK; row++) {
            b[row] = Math.max(a[row], b[row]);
        }
        columns[low] = spare;
        columns[columns.length - 1] = a;
    }
}
