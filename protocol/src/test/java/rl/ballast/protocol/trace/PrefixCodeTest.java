package rl.ballast.protocol.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixCodeTest {
    private static final long SEED = 20260104L;

    @Test
    void takesAsManyBitsAsHuffmansCode() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < 500; round++) {
            int[] counts = new int[PrefixCode.SYMBOLS];
            // No code of 9 symbols is longer than 8 bits.
            int symbols = 2 + random.nextInt(8);
            for (int i = 0; i < symbols; i++) {
                counts[7 * i] = 1 + random.nextInt(1 << (2 * random.nextInt(8)));
            }
            PrefixCode code = PrefixCode.of(counts);
            long bits = 0;
            for (int symbol = 0; symbol < counts.length; symbol++) {
                bits += (long) counts[symbol] * code.length(symbol);
            }
            assertThat(bits).as("seed %d, round %d", SEED, round).isEqualTo(huffman(counts));
        }
    }

    @Test
    void staysWithinEightBitsForCountsThatGrowFast() {
        int[] counts = new int[PrefixCode.SYMBOLS];
        for (int symbol = 0; symbol < 30; symbol++) {
            counts[symbol] = 1 << symbol;
        }
        PrefixCode code = PrefixCode.of(counts);
        double kraft = 0;
        for (int symbol = 0; symbol < 30; symbol++) {
            assertThat(code.length(symbol)).isBetween(1, PrefixCode.MAX_BITS);
            kraft += Math.pow(2, -code.length(symbol));
        }
        assertThat(kraft).isEqualTo(1);
        assertThat(code.length(29)).isEqualTo(1);
    }

    @Test
    void everyCodeIsFoundByItsBits() {
        int[] counts = {0, 5, 9, 0, 1, 1, 30};
        PrefixCode code = PrefixCode.of(Arrays.copyOf(counts, PrefixCode.SYMBOLS));
        for (int symbol : new int[] {1, 2, 4, 5, 6}) {
            int found = code.symbols()[code.code(symbol)];
            assertThat(found >>> 4).isEqualTo(symbol);
            assertThat(found & 15).isEqualTo(code.length(symbol));
        }
    }

    @Test
    void readsWhatItWrote() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < 500; round++) {
            int[] counts = new int[PrefixCode.SYMBOLS];
            for (int i = random.nextInt(40); i >= 0; i--) {
                counts[random.nextInt(counts.length)] = 1 + random.nextInt(1000);
            }
            PrefixCode code = PrefixCode.of(counts);
            byte[] bytes = new byte[3 + PrefixCode.MAX_BYTES];
            int end = code.write(bytes, 3);
            assertThat(PrefixCode.bytes(bytes, 3, end)).isEqualTo(end - 3);
            assertThat(PrefixCode.bytes(bytes, 3, end - 1)).isEqualTo(-1);
            PrefixCode read = java.util.Objects.requireNonNull(PrefixCode.read(bytes, 3));
            for (int symbol = 0; symbol < counts.length; symbol++) {
                assertThat(read.length(symbol)).isEqualTo(code.length(symbol));
                assertThat(read.code(symbol)).isEqualTo(code.code(symbol));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000", // no symbol
                "3f0211", // beyond symbol 63
                "000201", // ends with a symbol without code
                "000210", // begins with one
                "000212", // incomplete
                "00032103", // incomplete, of three
                "00031101", // too many
                "000102", // one symbol of two bits
                "00032109", // nine bits
                "00032112" // complete, and a set bit behind the last
            })
    void refusesWhatIsNoCode(String hex) {
        byte[] bytes = java.util.HexFormat.of().parseHex(hex);
        assertThat(PrefixCode.read(Arrays.copyOf(bytes, 64), 0)).isNull();
    }

    private static long huffman(int[] counts) {
        PriorityQueue<Long> queue = new PriorityQueue<>();
        for (int count : counts) {
            if (count > 0) {
                queue.add((long) count);
            }
        }
        long bits = 0;
        while (queue.size() > 1) {
            long sum = queue.remove() + queue.remove();
            bits += sum;
            queue.add(sum);
        }
        return bits;
    }
}
