package rl.ballast.rollout.schedule;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import rl.ballast.rollout.cache.BlockTable;

/// Prompt and response of one sample, and how far its cache is computed. Changed by [Scheduler] and its caller
/// on one thread.
public final class Sequence {
    private final long arrival;
    private final int promptLength;
    private final int maxLength;
    private int[] tokens;
    private int length;
    /// Positions whose keys and values lie in the cache.
    int computed;
    /// Null while waiting.
    @Nullable
    BlockTable table;

    /// @param arrival order among all sequences; smaller is older
    /// @param maxLength prompt and longest response together
    public Sequence(long arrival, int[] prompt, int maxLength) {
        if (prompt.length == 0 || maxLength <= prompt.length) {
            throw new IllegalArgumentException(
                    "prompt of %d tokens in a sequence of at most %d".formatted(prompt.length, maxLength));
        }
        this.arrival = arrival;
        this.promptLength = prompt.length;
        this.maxLength = maxLength;
        this.tokens = Arrays.copyOf(prompt, Math.min(maxLength, prompt.length + 16));
        this.length = prompt.length;
    }

    public long arrival() {
        return arrival;
    }

    public int promptLength() {
        return promptLength;
    }

    public int length() {
        return length;
    }

    public int maxLength() {
        return maxLength;
    }

    public int computed() {
        return computed;
    }

    /// The backing tokens, `length()` of them; shared, not copied.
    public int[] tokens() {
        return tokens;
    }

    public int[] response() {
        return Arrays.copyOfRange(tokens, promptLength, length);
    }

    /// True once a token was sampled.
    public boolean started() {
        return length > promptLength;
    }

    /// Null while waiting.
    public @Nullable BlockTable table() {
        return table;
    }

    public void append(int token) {
        if (length == maxLength) {
            throw new IllegalStateException("sequence is at its end, %d tokens".formatted(maxLength));
        }
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.min(maxLength, 2 * length));
        }
        tokens[length++] = token;
    }
}
