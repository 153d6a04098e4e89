"""Writes the model fixtures: tiny Hugging Face folders and what transformers computes from them.

    python make_fixtures.py OUT_DIR        (transformers 4.57.6, torch 2.7.1, CPU, eager attention, float32)

Each folder holds config.json, generation_config.json, model.safetensors (or shards with an index) and expected.json:

    {"sequences": [{"tokens": [T ids], "logProbs": [T-1], "entropies": [T],
                    "experts": {"layers": [...], "ids": [T][layers][k] ascending, "weights": [T][layers][k],
                                "margins": [T][layers]}}]}

logProbs[t] is of token t+1 at position t, entropies[t] of the distribution at position t, both at temperature 1, from the
float32 logits (log-softmax in float64). margins is the gap between the softmax of the last chosen and the best rejected
expert: below about 1e-6 two correct engines may choose differently.
"""

import json
import pathlib
import sys

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

LENGTHS = [1, 2, 3, 7, 17, 40]

MOE = dict(
    vocab_size=97, hidden_size=32, intermediate_size=48, moe_intermediate_size=16, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, head_dim=8, num_experts=8, num_experts_per_tok=2,
    decoder_sparse_step=1, mlp_only_layers=[], norm_topk_prob=True, rms_norm_eps=1e-6, rope_theta=10000.0,
    max_position_embeddings=128, tie_word_embeddings=False)
DENSE = dict(
    vocab_size=101, hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=8, rms_norm_eps=1e-6, rope_theta=1000000.0, max_position_embeddings=64,
    tie_word_embeddings=False)

# name -> (config class, model class, fields, stored dtype, bytes per shard or None)
VARIANTS = {
    "moe-normalised": (Qwen3MoeConfig, Qwen3MoeForCausalLM, MOE, torch.float32, None),
    "moe-raw-gates-wide-heads": (
        Qwen3MoeConfig, Qwen3MoeForCausalLM,
        dict(MOE, norm_topk_prob=False, head_dim=16, num_attention_heads=3, num_key_value_heads=1, hidden_size=24,
             num_experts=7, num_experts_per_tok=3, vocab_size=53, rope_theta=1000000.0, tie_word_embeddings=True),
        torch.float32, None),
    "moe-mixed-layers-sharded": (
        Qwen3MoeConfig, Qwen3MoeForCausalLM,
        dict(MOE, num_hidden_layers=6, decoder_sparse_step=2, mlp_only_layers=[3], hidden_size=16, num_experts=5,
             num_experts_per_tok=2, moe_intermediate_size=12, intermediate_size=20, num_attention_heads=4,
             num_key_value_heads=4, head_dim=4, rms_norm_eps=1e-5),
        torch.float32, 20_000),
    "moe-bf16-source": (
        Qwen3MoeConfig, Qwen3MoeForCausalLM, dict(MOE, num_experts=16, num_experts_per_tok=4, num_hidden_layers=3),
        torch.bfloat16, None),
    "dense-untied": (Qwen3Config, Qwen3ForCausalLM, DENSE, torch.float32, None),
    "dense-tied-wide-heads": (
        Qwen3Config, Qwen3ForCausalLM,
        dict(DENSE, tie_word_embeddings=True, head_dim=12, num_attention_heads=5, num_key_value_heads=5, hidden_size=40),
        torch.float32, None),
}


def randomise(model, generator):
    """Weights large enough that routing is decided, attention is not flat and entropies differ."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.copy_(1.0 + 0.2 * torch.randn(parameter.shape, generator=generator))
                continue
            gain = 0.7 if "embed_tokens" in name else 1.3 / parameter.shape[1] ** 0.5
            if "gate.weight" in name:
                gain *= 1.5
            parameter.copy_(gain * torch.randn(parameter.shape, generator=generator))


def score(model, tokens):
    gates = {}

    def keep(index):
        return lambda module, inputs, output: gates.__setitem__(index, output.detach())

    hooks = [layer.mlp.gate.register_forward_hook(keep(i)) for i, layer in enumerate(model.model.layers)
             if hasattr(layer.mlp, "experts")]
    with torch.no_grad():
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    log_probs = torch.log_softmax(logits.double(), -1)
    result = {
        "tokens": tokens,
        "logProbs": [round(log_probs[t, tokens[t + 1]].item(), 9) for t in range(len(tokens) - 1)],
        "entropies": [round(v, 9) for v in (-(log_probs.exp() * log_probs).sum(-1)).tolist()],
    }
    if gates:
        result["experts"] = routes(model.config, gates, len(tokens))
    return result


def routes(config, gates, length):
    layers = sorted(gates)
    k = config.num_experts_per_tok
    ids = [[None] * len(layers) for _ in range(length)]
    weights = [[None] * len(layers) for _ in range(length)]
    margins = [[None] * len(layers) for _ in range(length)]
    for column, layer in enumerate(layers):
        probabilities = torch.softmax(gates[layer], -1, dtype=torch.float)
        top, chosen = torch.topk(probabilities, k + 1 if k < config.num_experts else k, -1)
        for t in range(length):
            kept = top[t, :k]
            if config.norm_topk_prob:
                kept = kept / kept.sum()
            pairs = sorted(zip(chosen[t, :k].tolist(), kept.tolist()))
            ids[t][column] = [p[0] for p in pairs]
            weights[t][column] = [round(p[1], 9) for p in pairs]
            margins[t][column] = round((top[t, k - 1] - top[t, k]).item(), 9) if k < config.num_experts else 1.0
    return {"layers": layers, "ids": ids, "weights": weights, "margins": margins}


def main(out):
    torch.set_num_threads(1)
    for number, (name, (config_class, model_class, fields, dtype, shard)) in enumerate(VARIANTS.items()):
        generator = torch.Generator().manual_seed(1000 + number)
        config = config_class(**fields, eos_token_id=2, bos_token_id=1, pad_token_id=0, attn_implementation="eager")
        model = model_class(config).eval()
        model.generation_config.pad_token_id = 0
        if number % 2:
            model.generation_config.eos_token_id = [2, 3]
        randomise(model, generator)
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        model.to(dtype).save_pretrained(folder, max_shard_size=shard or "5GB")
        # loaded again rather than cast back: a cast to bfloat16 and back would leave the rotary frequencies rounded
        model = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        sequences = [torch.randint(0, config.vocab_size, (length,), generator=generator).tolist() for length in LENGTHS]
        expected = {"sequences": [score(model, tokens) for tokens in sequences]}
        (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
        size = sum(f.stat().st_size for f in folder.iterdir())
        assert size < 300_000, (name, size)
        print(name, size, sum(p.numel() for p in model.parameters()))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
