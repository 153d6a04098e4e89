package rl.ballast.protocol.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Damaged files end in [CorruptTrace] and nothing else: the shapes are those of a file that was damaged on the way
/// (checksums wrong) and of one that somebody made (checksums right, so that only the rules can refuse it).
class DamagedTraceTest {
    private static final long SEED = 20260102L;

    @Test
    void everyFlippedBitIsNoticed() {
        byte[] file = file();
        for (int bit = 0; bit < file.length * 8; bit++) {
            byte[] damaged = file.clone();
            damaged[bit >>> 3] ^= (byte) (1 << (bit & 7));
            refused(damaged, "bit " + bit);
        }
    }

    @Test
    void everyTruncationIsNoticed() {
        byte[] file = file();
        for (int length = 0; length < file.length; length++) {
            refused(Arrays.copyOf(file, length), "length " + length);
        }
        refused(Arrays.copyOf(file, file.length + 1), "one byte more");
    }

    @Test
    void everyEditedLengthIsNoticed() {
        byte[] file = file();
        int[] values = {0, 1, 2, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 16, 1 << 28};
        for (int at = 0; at + Integer.BYTES <= file.length; at++) {
            for (int value : values) {
                byte[] damaged = file.clone();
                ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
                if (!Arrays.equals(damaged, file)) {
                    refused(damaged, "%d at %d".formatted(value, at));
                }
            }
        }
    }

    @Test
    void randomDamageWithRightChecksumsGivesAnErrorOrRoutesInRange() throws Exception {
        List<byte[]> files = List.of(
                file(),
                TraceSamples.write(TraceSamples.header(512, 10, 3), one(512, 10, 3), null),
                PopularRoutesTest.resource("popular.trace"));
        SplittableRandom random = new SplittableRandom(SEED);
        int refused = 0;
        int rounds = 30_000;
        for (int round = 0; round < rounds; round++) {
            byte[] damaged = files.get(files.size() * round / rounds).clone();
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                damaged = edit(damaged, random);
            }
            TraceForge.repairChecksums(damaged);
            try {
                if (!inRange(
                        TraceSamples.read(damaged),
                        TraceSamples.readHeader(damaged).numExperts())) {
                    throw new AssertionError("seed %d, round %d: ids out of range".formatted(SEED, round));
                }
            } catch (CorruptTrace expected) {
                refused++;
            } catch (RuntimeException | OutOfMemoryError e) {
                throw new AssertionError("seed %d, round %d".formatted(SEED, round), e);
            }
        }
        assertThat(refused).isBetween(rounds / 2, rounds - 1);
    }

    @Test
    void aDeclaredSizeAllocatesNothing() {
        TraceForge forge = new TraceForge(1, 1, 4096);
        forge.rows = TraceFormat.MAX_SEGMENT_IDS / 4096;
        forge.blocks = 0;
        long before = allocated();
        assertThatThrownBy(() -> TraceSamples.read(forge.bytes())).isInstanceOf(CorruptTrace.class);
        assertThat(allocated() - before).isLessThan(8 << 20);
    }

    private static byte[] edit(byte[] file, SplittableRandom random) {
        if (file.length == 0) {
            return file;
        }
        byte[] out = file.clone();
        int at = random.nextInt(file.length);
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(out, at);
            case 1 -> {
                out[at] ^= (byte) (1 << random.nextInt(8));
                yield out;
            }
            case 2 -> {
                out[at] = (byte) random.nextInt();
                yield out;
            }
            case 3 -> {
                byte[] longer = new byte[out.length + 1 + random.nextInt(9)];
                System.arraycopy(out, 0, longer, 0, at);
                System.arraycopy(out, at, longer, at + longer.length - out.length, out.length - at);
                yield longer;
            }
            case 4 -> {
                int from = random.nextInt(file.length);
                int count = Math.min(file.length - Math.max(at, from), 1 + random.nextInt(64));
                System.arraycopy(file, from, out, at, count);
                yield out;
            }
            default -> {
                if (at + Integer.BYTES <= out.length) {
                    ByteBuffer.wrap(out)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(at, random.nextInt() >>> random.nextInt(32));
                }
                yield out;
            }
        };
    }

    private static boolean inRange(List<TraceSegment> segments, int experts) {
        boolean fine = true;
        for (TraceSegment segment : segments) {
            Routes routes = segment.routes();
            for (int cell = 0; cell < routes.validArray().length; cell++) {
                int before = -1;
                for (int i = cell * routes.topK(); routes.validArray()[cell] && i < (cell + 1) * routes.topK(); i++) {
                    fine &= before < routes.idArray()[i] && routes.idArray()[i] < experts;
                    before = routes.idArray()[i];
                }
            }
        }
        return fine;
    }

    private static void refused(byte[] bytes, String what) {
        try {
            TraceSamples.read(bytes);
        } catch (CorruptTrace expected) {
            return;
        }
        throw new AssertionError("accepted a file damaged at " + what);
    }

    private static byte[] file() {
        TraceHeader header = TraceSamples.header(16, 3, 4);
        SplittableRandom random = new SplittableRandom(SEED);
        Routes first = TraceSamples.uniform(random, header, 9, 1.0);
        Routes second = TraceSamples.uniform(random, header, 11, 0.6);
        Routes third = TraceSamples.uniform(random, header, 10, 1.0);
        System.arraycopy(first.idArray(), 0, third.idArray(), 0, 60);
        List<Routes> routes = List.of(first, second, third);
        List<GateWeights> weights = new ArrayList<>();
        weights.add(null);
        weights.add(TraceSamples.weights(random, second));
        weights.add(null);
        return TraceSamples.write(header, routes, weights);
    }

    private static List<Routes> one(int experts, int topK, int layers) {
        return List.of(
                TraceSamples.uniform(new SplittableRandom(SEED), TraceSamples.header(experts, topK, layers), 20, 0.9));
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }
}
