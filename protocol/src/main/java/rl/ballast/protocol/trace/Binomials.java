package rl.ballast.protocol.trace;

import java.math.BigInteger;
import java.util.Arrays;

/// Tables behind [SetCode].
final class Binomials {
    private Binomials() {}

    /// C(n, j) for n in 0..universe and j in 0..largest at `j * (universe + 1) + n`; `Long.MAX_VALUE` where it is
    /// larger.
    static long[] table(int universe, int largest) {
        int stride = universe + 1;
        long[] table = new long[Math.multiplyExact(largest + 1, stride)];
        for (int n = 0; n <= universe; n++) {
            table[n] = 1;
        }
        for (int j = 1; j <= largest; j++) {
            for (int n = 1; n <= universe; n++) {
                table[j * stride + n] = saturatedSum(table[j * stride + n - 1], table[(j - 1) * stride + n - 1]);
            }
        }
        return table;
    }

    /// Cuts the slots, from the top, into parts whose ranks stay below 2^63. A part of `size` slots with `below`
    /// slots under it and `above` slots over it has at most C(experts - above - below, size) = C(experts - topK +
    /// size, size) sets.
    static int[] parts(int experts, int topK) {
        int largest = 1;
        BigInteger sets = BigInteger.valueOf(experts - topK + 1L);
        while (largest < topK) {
            sets = sets.multiply(BigInteger.valueOf(experts - topK + largest + 1L))
                    .divide(BigInteger.valueOf(largest + 1L));
            if (sets.bitLength() > Long.SIZE - 1) {
                break;
            }
            largest++;
        }
        int[] parts = new int[Math.ceilDiv(topK, largest)];
        Arrays.fill(parts, largest);
        parts[parts.length - 1] = topK - largest * (parts.length - 1);
        return parts;
    }

    /// The smallest power of two that is at least 2 and not below `entries`: a masked index needs no check in a
    /// table of that length.
    static int powerOfTwo(int entries) {
        return Integer.highestOneBit(Math.max(1, entries - 1)) * 2;
    }

    private static long saturatedSum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
