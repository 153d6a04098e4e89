package rl.ballast.protocol.trace;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A prefix code of at most 8 bits for symbols below 64, canonical: shorter codes come first and, among codes of one
/// length, those of smaller symbols. Codes are kept and stored with their first bit lowest. Immutable.
final class PrefixCode {
    static final int SYMBOLS = 64;
    static final int MAX_BITS = 8;
    /// Most bytes that [#write] takes.
    static final int MAX_BYTES = 2 + SYMBOLS / 2;

    private final int[] lengths;
    private final int[] codes = new int[SYMBOLS];
    /// Symbol above the length of its code (4 bits), by the next [#MAX_BITS] bits; 0 if no code starts like this.
    private final char[] symbols = new char[1 << MAX_BITS];

    private PrefixCode(int[] lengths) {
        this.lengths = lengths;
        int code = 0;
        for (int length = 1; length <= MAX_BITS; length++) {
            code <<= 1;
            for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                if (lengths[symbol] == length) {
                    codes[symbol] = Integer.reverse(code++) >>> (Integer.SIZE - length);
                    for (int bits = codes[symbol]; bits < symbols.length; bits += 1 << length) {
                        symbols[bits] = (char) ((symbol << 4) | length);
                    }
                }
            }
        }
    }

    /// The best code for these counts of all symbols, at least one of which is positive.
    static PrefixCode of(int[] counts) {
        return new PrefixCode(lengths(counts));
    }

    /// Bits of a symbol's code, 0 if it has none.
    int length(int symbol) {
        return lengths[symbol];
    }

    int code(int symbol) {
        return codes[symbol];
    }

    /// Bits of numbers whose lengths are the symbols, so many of each: the code, and the number without its highest
    /// bit.
    long bits(int[] counts) {
        long bits = 0;
        for (int length = 0; length < counts.length; length++) {
            bits += (long) counts[length] * (lengths[length] + Math.max(0, length - 1));
        }
        return bits;
    }

    char[] symbols() {
        return symbols;
    }

    /// Writes the lengths: the first symbol that has a code, the number of symbols up to the last one, and 4
    /// bits for each of these. Returns the index behind.
    int write(byte[] out, int at) {
        int first = 0;
        int end = SYMBOLS;
        while (lengths[first] == 0) {
            first++;
        }
        while (lengths[end - 1] == 0) {
            end--;
        }
        out[at] = (byte) first;
        out[at + 1] = (byte) (end - first);
        int next = at + 2;
        for (int symbol = first; symbol < end; symbol += 2) {
            int second = symbol + 1 < end ? lengths[symbol + 1] : 0;
            out[next++] = (byte) (lengths[symbol] | (second << 4));
        }
        return next;
    }

    /// Bytes of what [#write] wrote at `at`, or -1 if it does not fit in front of `end`.
    static int bytes(byte[] in, int at, int end) {
        int bytes = end - at < 2 ? Integer.MAX_VALUE : 2 + ((in[at + 1] & 0xff) + 1) / 2;
        return bytes > end - at ? -1 : bytes;
    }

    /// Reads what [#write] wrote; null if it is no code that [#write] writes.
    static @Nullable PrefixCode read(byte[] in, int at) {
        int first = in[at] & 0xff;
        int count = in[at + 1] & 0xff;
        if (count == 0 || first + count > SYMBOLS || (count % 2 == 1 && (in[at + 2 + count / 2] & 0xf0) != 0)) {
            return null;
        }
        int[] lengths = new int[SYMBOLS];
        int room = 1 << MAX_BITS;
        for (int i = 0; i < count; i++) {
            int length = (in[at + 2 + i / 2] >>> (4 * (i % 2))) & 15;
            lengths[first + i] = length;
            if (length > MAX_BITS) {
                return null;
            }
            room -= length == 0 ? 0 : 1 << (MAX_BITS - length);
        }
        boolean tight = lengths[first] != 0 && lengths[first + count - 1] != 0;
        boolean whole = count == 1 ? lengths[first] == 1 : room == 0;
        return tight && whole ? new PrefixCode(lengths) : null;
    }

    /// Package-merge. Every level offers one coin per symbol, and packages of two neighbours of the level
    /// before; the cheapest `2n - 2` things of the last level are bought, and a symbol's length is how often
    /// its coin is among them.
    private static int[] lengths(int[] counts) {
        int[] lengths = new int[SYMBOLS];
        long[] coins = new long[SYMBOLS];
        int n = 0;
        for (int symbol = 0; symbol < SYMBOLS; symbol++) {
            if (counts[symbol] > 0) {
                coins[n++] = (long) counts[symbol] * SYMBOLS + symbol;
            }
        }
        Arrays.sort(coins, 0, n);
        boolean[][] isCoin = new boolean[MAX_BITS][2 * n];
        long[] packages = {};
        for (int level = 0; level < MAX_BITS; level++) {
            long[] things = new long[n + packages.length];
            for (int at = 0, coin = 0, pack = 0; at < things.length; at++) {
                boolean take = coin < n && (pack == packages.length || coins[coin] / SYMBOLS <= packages[pack]);
                isCoin[level][at] = take;
                things[at] = take ? coins[coin++] / SYMBOLS : packages[pack++];
            }
            packages = new long[things.length / 2];
            for (int i = 0; i < packages.length; i++) {
                packages[i] = things[2 * i] + things[2 * i + 1];
            }
        }
        int bought = Math.max(1, 2 * n - 2);
        for (int level = MAX_BITS - 1; level >= 0; level--) {
            int chosen = 0;
            for (int at = 0; at < bought; at++) {
                chosen += isCoin[level][at] ? 1 : 0;
            }
            for (int i = 0; i < chosen; i++) {
                lengths[(int) (coins[i] % SYMBOLS)]++;
            }
            bought = 2 * (bought - chosen);
        }
        return lengths;
    }
}
