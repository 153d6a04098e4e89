package rl.ballast.modeling.init;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tokenizer of models made by [ModelInit]: one token per UTF-8 byte, so any text is tokens and every digit
/// is one. Byte `b` is token `8 + b`; before them stand eight special tokens. Written as a byte-level BPE without
/// merges, which both DJL's and Python's tokenizers read.
public final class ByteTokenizer {
    public static final int PAD = 0;
    public static final int BOS = 1;
    public static final int EOS = 2;
    public static final int VOCABULARY = 8 + 256;

    static final List<String> SPECIAL = List.of(
            "<pad>", "<bos>", "<eos>", "<|im_start|>", "<|im_end|>", "<|extra_0|>", "<|extra_1|>", "<|extra_2|>");

    /// Every message between its two marks.
    private static final String CHAT_TEMPLATE = """
            {% for message in messages %}
            {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
            {%- endfor %}
            {% if add_generation_prompt %}
            {{- '<|im_start|>assistant\\n' }}
            {%- endif %}""";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private ByteTokenizer() {}

    /// The token of a byte.
    public static int token(byte value) {
        return SPECIAL.size() + (value & 0xff);
    }

    static String tokenizerJson() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        List<Object> added = new ArrayList<>();
        for (int id = 0; id < SPECIAL.size(); id++) {
            vocabulary.put(SPECIAL.get(id), id);
            added.add(ordered(
                    "id",
                    id,
                    "content",
                    SPECIAL.get(id),
                    "single_word",
                    false,
                    "lstrip",
                    false,
                    "rstrip",
                    false,
                    "normalized",
                    false,
                    "special",
                    true));
        }
        for (int value = 0; value < 256; value++) {
            vocabulary.put(String.valueOf(letterOf(value)), SPECIAL.size() + value);
        }
        Map<String, @Nullable Object> model = ordered(
                "type",
                "BPE",
                "dropout",
                null,
                "unk_token",
                null,
                "continuing_subword_prefix",
                null,
                "end_of_word_suffix",
                null,
                "fuse_unk",
                false,
                "byte_fallback",
                false,
                "ignore_merges",
                false,
                "vocab",
                vocabulary,
                "merges",
                List.of());
        return print(ordered(
                "version",
                "1.0",
                "truncation",
                null,
                "padding",
                null,
                "added_tokens",
                added,
                "normalizer",
                null,
                "pre_tokenizer",
                byteLevel(),
                "post_processor",
                null,
                "decoder",
                byteLevel(),
                "model",
                model));
    }

    static String tokenizerConfigJson(int maxPositions) {
        return print(ordered(
                "tokenizer_class",
                "PreTrainedTokenizerFast",
                "bos_token",
                SPECIAL.get(BOS),
                "eos_token",
                SPECIAL.get(EOS),
                "pad_token",
                SPECIAL.get(PAD),
                "clean_up_tokenization_spaces",
                false,
                "model_max_length",
                maxPositions,
                "chat_template",
                CHAT_TEMPLATE));
    }

    /// The printable letter that stands for a byte in byte-level vocabularies (GPT-2's table): printable Latin-1
    /// stands for itself, the other bytes for U+0100 and on, in order.
    private static char letterOf(int value) {
        if (printable(value)) {
            return (char) value;
        }
        int others = 0;
        for (int before = 0; before < value; before++) {
            others += printable(before) ? 0 : 1;
        }
        return (char) (0x100 + others);
    }

    private static boolean printable(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xa1 && value <= 0xff && value != 0xad);
    }

    private static Map<String, @Nullable Object> byteLevel() {
        return ordered("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", false);
    }

    private static Map<String, @Nullable Object> ordered(@Nullable Object... namesAndValues) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return map;
    }

    private static String print(Map<String, @Nullable Object> json) {
        try {
            return JSON.writerWithDefaultPrettyPrinter()
                            .writeValueAsString(json)
                            .replace("\r\n", "\n") + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON values cannot be written", e);
        }
    }
}
