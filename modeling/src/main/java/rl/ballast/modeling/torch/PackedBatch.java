package rl.ballast.modeling.torch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Where the tokens of a batch lie in the rows of its matrices. Sequences of one padded length lie together, so
/// that a range of rows is a `[sequences, length]` block for attention without a copy. The padded length of a
/// sequence depends on its own length only; that, and a row count that is a multiple of [#ROW_MULTIPLE], keeps
/// results batch-invariant.
///
/// @param rows R, padding included
/// @param input per row the index of its sequence, -1 for padding
/// @param position per row the position in its sequence, 0 for padding
/// @param token per row the token that is fed, 0 for padding
/// @param buckets blocks of equal padded length, in row order
/// @param scored the rows whose next token is scored
record PackedBatch(int rows, int[] input, int[] position, int[] token, List<Bucket> buckets, Scored scored) {
    /// A matrix product of fewer rows may take another path through the GEMM library, with other rounding.
    static final int ROW_MULTIPLE = 32;

    /// `sequences` times `length` rows from `firstRow`.
    record Bucket(int firstRow, int sequences, int length) {
        int rows() {
            return sequences * length;
        }

        /// Itself, or its sequences one by one if they are longer than `whole`.
        List<Bucket> parts(int whole) {
            if (length <= whole) {
                return List.of(this);
            }
            return IntStream.range(0, sequences)
                    .mapToObj(i -> new Bucket(firstRow + i * length, 1, length))
                    .toList();
        }
    }

    /// The scored tokens, by sequence in the order of the inputs, then by position.
    ///
    /// @param row per scored token the row that predicts it
    /// @param target the scored token
    /// @param start per input its first index here, and the total as last element
    record Scored(int[] row, int[] target, int[] start) {
        int count() {
            return row.length;
        }
    }

    static PackedBatch of(List<ForwardInput> inputs) {
        List<Integer> order = IntStream.range(0, inputs.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> paddedLength(fed(inputs.get(i)))))
                .toList();
        int total = inputs.stream().mapToInt(i -> paddedLength(fed(i))).reduce(0, Math::addExact);
        int rows = roundUp(Math.max(total, 1), ROW_MULTIPLE);
        int[] input = new int[rows];
        int[] position = new int[rows];
        int[] token = new int[rows];
        java.util.Arrays.fill(input, -1);
        int[] firstRow = new int[inputs.size()];
        List<Bucket> buckets = new ArrayList<>();
        int row = 0;
        for (int index : order) {
            int[] tokens = inputs.get(index).tokens();
            int length = paddedLength(tokens.length - 1);
            firstRow[index] = row;
            for (int t = 0; t < tokens.length - 1; t++) {
                input[row + t] = index;
                position[row + t] = t;
                token[row + t] = tokens[t];
            }
            append(buckets, row, length);
            row += length;
        }
        return new PackedBatch(rows, input, position, token, List.copyOf(buckets), scored(inputs, firstRow));
    }

    private static void append(List<Bucket> buckets, int row, int length) {
        Bucket last = buckets.isEmpty() ? null : buckets.getLast();
        if (last != null && last.length() == length) {
            buckets.set(buckets.size() - 1, new Bucket(last.firstRow(), last.sequences() + 1, length));
        } else {
            buckets.add(new Bucket(row, 1, length));
        }
    }

    private static Scored scored(List<ForwardInput> inputs, int[] firstRow) {
        int[] start = new int[inputs.size() + 1];
        for (int i = 0; i < inputs.size(); i++) {
            start[i + 1] =
                    start[i] + inputs.get(i).tokens().length - inputs.get(i).scoredFrom();
        }
        int[] row = new int[start[inputs.size()]];
        int[] target = new int[row.length];
        for (int i = 0; i < inputs.size(); i++) {
            ForwardInput input = inputs.get(i);
            for (int t = input.scoredFrom(), n = start[i]; t < input.tokens().length; t++, n++) {
                row[n] = firstRow[i] + t - 1;
                target[n] = input.tokens()[t];
            }
        }
        return new Scored(row, target, start);
    }

    private static int fed(ForwardInput input) {
        return input.tokens().length - 1;
    }

    /// At most one eighth above the length, so that a batch of mixed lengths falls into few blocks.
    static int paddedLength(int length) {
        return roundUp(length, Math.max(1, Integer.highestOneBit(Math.max(length, 1)) / 8));
    }

    static int roundUp(int value, int multiple) {
        return Math.multiplyExact(Math.ceilDiv(value, multiple), multiple);
    }
}
