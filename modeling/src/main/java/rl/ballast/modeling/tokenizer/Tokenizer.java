package rl.ballast.modeling.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import rl.ballast.modeling.config.InvalidModel;
import rl.ballast.modeling.config.JsonFields;

/// Text to token ids and back, as Hugging Face's tokenizers library does it for the `tokenizer.json` of a model
/// folder. Nothing is truncated, padded or added. May be used by several threads; the loader closes it.
public final class Tokenizer implements AutoCloseable {
    private final HuggingFaceTokenizer tokenizer;
    private final Path folder;
    private final OptionalInt bos;
    private final OptionalInt eos;
    private final OptionalInt pad;
    private final int[] stopTokens;

    private Tokenizer(HuggingFaceTokenizer tokenizer, Path folder) {
        this.tokenizer = tokenizer;
        this.folder = folder;
        JsonFields config = optional(folder.resolve("tokenizer_config.json"));
        this.bos = special(config, "bos_token");
        this.eos = special(config, "eos_token");
        this.pad = special(config, "pad_token");
        this.stopTokens = stopTokens(folder, eos);
    }

    /// Reads `tokenizer.json`, and from `tokenizer_config.json`, `generation_config.json` and `config.json` the
    /// special ids.
    ///
    /// @throws InvalidModel if a file is missing or broken
    public static Tokenizer load(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new InvalidModel(file, "file", "a tokenizer of Hugging Face's tokenizers library", "nothing");
        }
        // The library must neither report its use nor look for downloads.
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.offline", "true");
        HuggingFaceTokenizer tokenizer = open(file);
        boolean loaded = false;
        try {
            Tokenizer result = new Tokenizer(tokenizer, folder);
            loaded = true;
            return result;
        } finally {
            if (!loaded) {
                tokenizer.close();
            }
        }
    }

    private static HuggingFaceTokenizer open(Path file) {
        Map<String, String> options = Map.of(
                "addSpecialTokens", "false",
                "truncation", "do_not_truncate",
                "padding", "do_not_pad");
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(Files.readAllBytes(file)), options);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (RuntimeException e) {
            // The native library reports every problem of the file as a bare RuntimeException.
            throw new InvalidModel(file, "content", "a tokenizer", String.valueOf(e.getMessage()), e);
        }
    }

    /// Special tokens that stand in the text become their ids; none are added.
    public int[] encode(String text) {
        long[] ids = tokenizer.encode(text, false, false).getIds();
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    /// Text without special tokens. Bytes that are no UTF-8 become U+FFFD; see [StreamingDecoder] for parts of a
    /// text.
    public String decode(int... ids) {
        return decode(ids, true);
    }

    /// @param skipSpecialTokens false writes them as they are named
    public String decode(int[] ids, boolean skipSpecialTokens) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecialTokens);
    }

    /// A decoder for one response that arrives token by token.
    public StreamingDecoder streaming() {
        return new StreamingDecoder(this);
    }

    public OptionalInt bosToken() {
        return bos;
    }

    public OptionalInt eosToken() {
        return eos;
    }

    public OptionalInt padToken() {
        return pad;
    }

    /// Ids that end a response, ascending: of `generation_config.json`, else of `config.json`, and the
    /// tokenizer's own.
    public int[] stopTokens() {
        return stopTokens.clone();
    }

    /// The model folder.
    public Path folder() {
        return folder;
    }

    private OptionalInt special(@Nullable JsonFields config, String field) {
        if (config == null || !config.has(field)) {
            return OptionalInt.empty();
        }
        JsonNode node = config.root().path(field);
        String token =
                node.isTextual() ? node.textValue() : node.path("content").asText("");
        int[] ids = token.isEmpty() ? new int[0] : encode(token);
        if (ids.length != 1) {
            throw config.wrong(field, "one token of tokenizer.json (it is %d)".formatted(ids.length));
        }
        return OptionalInt.of(ids[0]);
    }

    private static int[] stopTokens(Path folder, OptionalInt eos) {
        TreeSet<Integer> ids = new TreeSet<>();
        eos.ifPresent(ids::add);
        for (String name : List.of("generation_config.json", "config.json")) {
            JsonFields fields = optional(folder.resolve(name));
            if (fields != null && fields.has("eos_token_id")) {
                Arrays.stream(fields.integers("eos_token_id")).forEach(ids::add);
                break;
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private static @Nullable JsonFields optional(Path file) {
        return Files.exists(file) ? JsonFields.read(file) : null;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
