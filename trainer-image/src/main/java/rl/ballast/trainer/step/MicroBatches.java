package rl.ballast.trainer.step;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Splits sequences into micro-batches of a bounded number of tokens, longest first so that those of similar length run
/// together. A pure function of the lengths: the order of summation is the same on every run.
public final class MicroBatches {
    private MicroBatches() {}

    /// @param lengths tokens of each sequence; a sequence of 0 tokens is in no batch
    /// @param maxTokens of a batch, counted as longest sequence times sequences; a longer sequence is alone
    /// @return indices into `lengths`
    public static List<int[]> of(int[] lengths, int maxTokens) {
        int[] order = IntStream.range(0, lengths.length)
                .filter(i -> lengths[i] > 0)
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> -lengths[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        var batches = new ArrayList<int[]>();
        int from = 0;
        while (from < order.length) {
            int longest = lengths[order[from]];
            int count = Math.clamp(maxTokens / longest, 1, order.length - from);
            batches.add(java.util.Arrays.copyOfRange(order, from, from + count));
            from += count;
        }
        return batches;
    }
}
