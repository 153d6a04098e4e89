package rl.ballast.modeling.tokenizer;

import java.util.Arrays;

/// Turns the tokens of one response into text as they come. One token may be half a character, and a decoder may
/// look at the neighbours of a token; text is handed out once it can no longer change. What [#next] and [#end]
/// return is together what [Tokenizer#decode] returns for all tokens. One thread.
public final class StreamingDecoder {
    /// U+FFFD at the end of a decoded text: bytes of a character that is not complete.
    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private int[] ids = new int[64];
    private int count;
    /// Tokens from here on give the context that new tokens are decoded in.
    private int contextFrom;
    /// Tokens before here have been handed out.
    private int emitted;

    StreamingDecoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// @return the text that this token completes; empty while a character is incomplete
    public String next(int token) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, count * 2);
        }
        ids[count++] = token;
        String text = pending();
        if (text.isEmpty() || text.charAt(text.length() - 1) == INCOMPLETE) {
            return "";
        }
        contextFrom = emitted;
        emitted = count;
        return text;
    }

    /// The rest, when no more tokens come: incomplete characters as U+FFFD. Ends the response.
    public String end() {
        String text = pending();
        contextFrom = count;
        emitted = count;
        return text;
    }

    private String pending() {
        String before = tokenizer.decode(Arrays.copyOfRange(ids, contextFrom, emitted), true);
        String all = tokenizer.decode(Arrays.copyOfRange(ids, contextFrom, count), true);
        return all.length() > before.length() ? all.substring(before.length()) : "";
    }
}
