"""Writes a small byte-level BPE tokenizer in the manner of Qwen's, and what Hugging Face's tokenizers makes of some texts.

    python make_tokenizer_fixture.py OUT_DIR        (tokenizers 0.22.2)

expected.json: {"texts": [{"text", "ids", "decoded" (special tokens left out), "decodedWithSpecial"}]}
"""

import json
import pathlib
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CORPUS = [
    "The quick brown fox jumps over the lazy dog. The dogs don't jump; they're lazy, we've seen it.",
    "def main(argument):\n    return argument + 1\n\nprint(main(41))  # 42\n",
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. Noël, naïve café.",
    "数学は楽しい。今天天气很好。Привет, мир! 12 + 30 = 42; 7 * 8 = 56.",
] * 3

TEXTS = [
    "", " ", "The dog's lazy dogs.", "  two  spaces\n\nand\tlines\r\n", "12345 + 67 = 67000", "café Noël e\u0301",
    "今天 天气 😀👩\u200d👩\u200d👧 z", "<|im_start|>user\nhi<|im_end|>\n", "<|im_start|>", "a<|im_end|><|im_end|>b",
    "def main():\n        return {'x': 1}", "Ünïcödé \u0000 \u007f \ufffd end", "x" * 1500, "don't DON'T we'Ve",
]

PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=420, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")])
    tokenizer.save(str(out / "tokenizer.json"))
    (out / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "Qwen2Tokenizer", "bos_token": None, "eos_token": "<|im_end|>",
        "pad_token": {"content": "<|endoftext|>", "special": True}}, indent=2) + "\n")
    (out / "generation_config.json").write_text(json.dumps({
        "eos_token_id": [tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")]}) + "\n")
    expected = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        expected.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True),
                         "decodedWithSpecial": tokenizer.decode(ids, skip_special_tokens=False)})
    (out / "expected.json").write_text(json.dumps({"texts": expected}) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
