package rl.ballast.modeling.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The token ids that sampling kept at every scored position of a batch; a position without a list keeps all.
final class KeptTokens {
    private final int[] @Nullable [] byScored;
    private final boolean present;

    KeptTokens(List<ForwardInput> inputs, PackedBatch.Scored scored) {
        byScored = new int[scored.count()][];
        boolean any = false;
        for (int i = 0; i < inputs.size(); i++) {
            int[][] kept = inputs.get(i).keptTokens();
            if (kept != null) {
                System.arraycopy(kept, 0, byScored, scored.start()[i], kept.length);
                any |= kept.length > 0;
            }
        }
        present = any;
    }

    boolean present() {
        return present;
    }

    /// Sets the logits of rows `[from, to)` that were not kept to minus infinity.
    void mask(MemorySegment logits, int from, int to, int vocabulary) {
        if (!present) {
            return;
        }
        float[] row = new float[vocabulary];
        for (int i = from; i < Math.min(to, byScored.length); i++) {
            int[] kept = byScored[i];
            if (kept == null) {
                continue;
            }
            long base = (long) (i - from) * vocabulary;
            java.util.Arrays.fill(row, Float.NEGATIVE_INFINITY);
            for (int id : kept) {
                row[id] = logits.getAtIndex(ValueLayout.JAVA_FLOAT, base + id);
            }
            MemorySegment.copy(row, 0, logits, ValueLayout.JAVA_FLOAT, base * Float.BYTES, vocabulary);
        }
    }
}
