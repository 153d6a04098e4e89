package rl.ballast.protocol.trace;

/// Numbers of the file format; docs/design/trace-format.md says what they mean.
final class TraceFormat {
    /// Eight bytes that no text conversion survives.
    static final long MAGIC = 0x0a1a_0a0d_5452_4c89L;
    static final int SEGMENT = tag('S', 'E', 'G', 'M');
    static final int BLOCK = tag('B', 'L', 'O', 'K');
    static final int TRAILER = tag('T', 'E', 'N', 'D');

    static final int MAX_HEADER_BYTES = 1 << 16;
    /// Cells of a block: rows are taken until this many are reached.
    static final int BLOCK_CELLS = 1 << 15;
    /// Ids of one segment; a longer range is cut into segments.
    static final int MAX_SEGMENT_IDS = 1 << 28;
    /// Ids of the first segment that later ones may share.
    static final int MAX_SHARED_IDS = 1 << 24;

    static final int FLAG_ENDS_SEQUENCE = 1;
    static final int FLAG_COMPLETE = 2;
    static final int FLAG_WEIGHTS = 4;
    static final int ALL_FLAGS = 7;

    private TraceFormat() {}

    static int blockRows(int layers) {
        return Math.max(1, BLOCK_CELLS / layers);
    }

    static int maxSharedRows(int layers, int topK) {
        return MAX_SHARED_IDS / (layers * topK);
    }

    private static int tag(char a, char b, char c, char d) {
        return a | b << 8 | c << 16 | d << 24;
    }
}
