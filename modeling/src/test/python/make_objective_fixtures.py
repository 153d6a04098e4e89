"""Writes the objective fixtures: tiny Hugging Face folders, a batch, and what torch autograd says of it.

    python make_objective_fixtures.py OUT_DIR        (transformers 4.57.6, torch 2.7.1, CPU, eager attention, float32)

Each folder holds config.json, model.safetensors and, per replay mode (None, R2, R3), batch-MODE.json and
expected-MODE.json in the formats of `ballast objective`, and gradients-MODE.safetensors, the gradient of every parameter.

R2 replays the routes of the weights that proximalLogProbs were computed with (these weights plus noise); R3 replays routes
that are half at random. In None the batch holds the routes of R3 all the same: they must only be compared with.
"""

import json
import pathlib
import sys
import types

import torch
from safetensors.torch import save_file
from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

MOE = dict(
    vocab_size=23, hidden_size=16, intermediate_size=12, moe_intermediate_size=8, num_hidden_layers=3,
    num_attention_heads=4, num_key_value_heads=2, head_dim=6, num_experts=5, num_experts_per_tok=2,
    decoder_sparse_step=1, mlp_only_layers=[1], norm_topk_prob=True, rms_norm_eps=1e-6, rope_theta=10000.0,
    max_position_embeddings=64, tie_word_embeddings=False)
VARIANTS = {
    "objective-mixed-layers": (Qwen3MoeConfig, Qwen3MoeForCausalLM, MOE, 0.8),
    "objective-raw-gates-tied": (
        Qwen3MoeConfig, Qwen3MoeForCausalLM,
        dict(MOE, norm_topk_prob=False, tie_word_embeddings=True, mlp_only_layers=[], num_hidden_layers=2, num_experts=6,
             num_experts_per_tok=3, head_dim=4, num_key_value_heads=1), 1.0),
    "objective-dense-tied": (
        Qwen3Config, Qwen3ForCausalLM,
        dict(vocab_size=23, hidden_size=12, intermediate_size=20, num_hidden_layers=2, num_attention_heads=3,
             num_key_value_heads=3, head_dim=4, rms_norm_eps=1e-6, rope_theta=10000.0, max_position_embeddings=64,
             tie_word_embeddings=True), 1.0),
}
GROUPS = [("3 responses", [(4, 5), (4, 9), (4, 1)]), ("4 responses", [(2, 17), (2, 3), (2, 0), (2, 8)])]
CLIP_LOW, CLIP_HIGH, TRUNCATION = 0.2, 0.27, 5.0


def randomise(model, generator, scale=1.0, add=False):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                value = 0.2 * torch.randn(parameter.shape, generator=generator) + (0.0 if add else 1.0)
            else:
                gain = 0.7 if "embed_tokens" in name else 1.3 / parameter.shape[1] ** 0.5
                value = gain * torch.randn(parameter.shape, generator=generator)
            parameter.copy_(parameter + scale * value if add else value)


def replaying_forward(block, hidden_states):
    """Qwen3MoeSparseMoeBlock.forward with `block.replay` [rows, k] in place of the router's choice where it is not -1."""
    batch, length, hidden = hidden_states.shape
    x = hidden_states.view(-1, hidden)
    logits = block.gate(x)
    probabilities = torch.softmax(logits, dim=1, dtype=torch.float)
    live = torch.topk(probabilities, block.top_k, dim=-1).indices.sort(-1).values
    block.live = live.detach()
    chosen = live if block.replay is None else torch.where(block.replay < 0, live, block.replay)
    gates = probabilities.gather(1, chosen)
    if block.norm_topk_prob:
        gates = gates / gates.sum(-1, keepdim=True)
    rows = []
    for t in range(x.shape[0]):
        rows.append(sum(gates[t, j] * block.experts[chosen[t, j]](x[t]) for j in range(block.top_k)))
    return torch.stack(rows).view(batch, length, hidden), logits


def blocks(model):
    return [layer.mlp for layer in model.model.layers if hasattr(layer.mlp, "experts")]


def run(model, tokens, temperature, routes=None):
    """Log-probabilities of tokens[1:], and live routes [rows][layers][k]."""
    for index, block in enumerate(blocks(model)):
        block.replay = None if routes is None else torch.tensor([row[index] for row in routes])
    logits = model(torch.tensor([tokens[:-1]]), use_cache=False).logits[0] / temperature
    live = [block.live for block in blocks(model)]
    rows = [[layer[t].tolist() for layer in live] for t in range(len(tokens) - 1)]
    return torch.log_softmax(logits, -1).gather(1, torch.tensor(tokens[1:])[:, None])[:, 0], rows


def sample(config, proximal_model, temperature, generator):
    """The batch without replay: prompts, responses, scores of the proximal weights and of an inexact rollout engine."""
    responses = []
    for group, (_, lengths) in enumerate(GROUPS):
        prompt = torch.randint(0, config.vocab_size, (lengths[0][0],), generator=generator).tolist()
        for n, (_, length) in enumerate(lengths):
            response = torch.randint(0, config.vocab_size, (length,), generator=generator).tolist()
            tokens = prompt + response
            with torch.no_grad():
                scores, live = run(proximal_model, tokens, temperature)
            noisy = [[noise(ids, config, generator) for ids in row] for row in live]
            entry = {"group": group, "prompt": prompt, "response": response, "reward": [1.0, 0.0, 0.25][n % 3]}
            entry["live"], entry["noisy"] = live, noisy
            if n == 1:
                entry["lossMask"] = [t % 3 != 1 for t in range(length)]
            responses.append(entry)
    return responses


def noise(ids, config, generator):
    if torch.rand((), generator=generator) < 0.5:
        return ids
    return torch.randperm(config.num_experts, generator=generator)[: len(ids)].sort().values.tolist()


def batch_of(mode, responses, proximal_model, temperature, moe, generator):
    result = []
    for r in responses:
        entry = {k: r[k] for k in ("group", "prompt", "response", "reward", "lossMask") if k in r}
        replay = None
        if moe:
            entry["routes"] = r["live"] if mode == "R2" else r["noisy"]
            replay = entry["routes"] if mode != "None" else None
        with torch.no_grad():
            scores = run(proximal_model, r["prompt"] + r["response"], temperature, replay)[0][len(r["prompt"]) - 1:]
        rollout = scores + 0.25 * torch.randn(scores.shape, generator=generator)
        entry["proximalLogProbs"] = [round(v, 7) for v in scores.tolist()]
        entry["rolloutLogProbs"] = [round(v, 7) for v in rollout.tolist()]
        result.append(entry)
    recipe = {"offPolicy": {"miniBatchesPerStep": 2, "replay": mode}, "sampling": {"temperature": temperature}}
    return {"recipe": recipe, "responses": result}


def objective(model, batch, temperature):
    mode = batch["recipe"]["offPolicy"]["replay"]
    model.zero_grad()
    loss, out, compared = 0.0, [], []
    for entry in batch["responses"]:
        group = [e["reward"] for e in batch["responses"] if e["group"] == entry["group"]]
        advantage = entry["reward"] - sum(group) / len(group)
        tokens = entry["prompt"] + entry["response"]
        routes = entry.get("routes")
        scores, live = run(model, tokens, temperature, routes if mode != "None" else None)
        if routes:
            compared.append((routes, live))
        scores = scores[len(entry["prompt"]) - 1:]
        now = scores.detach().double()
        proximal = torch.tensor(entry["proximalLogProbs"], dtype=torch.double)
        rollout = torch.tensor(entry["rolloutLogProbs"], dtype=torch.double)
        staleness, weight = (now - proximal).exp(), (now - rollout).exp()
        clipped = (staleness > 1 + CLIP_HIGH) if advantage > 0 else (staleness < 1 - CLIP_LOW) & (advantage < 0)
        counted = torch.tensor(entry.get("lossMask", [True] * len(entry["response"])), dtype=torch.bool)
        mask = counted & ~clipped
        coefficient = mask * weight.clamp(max=TRUNCATION) * advantage / len(batch["responses"])
        loss = loss - (coefficient.float() * scores).sum()
        out.append({"advantage": advantage, "trainerLogProbs": now.tolist(),
                    "engineRatio": (proximal - rollout).exp().tolist(), "stalenessRatio": staleness.tolist(),
                    "importanceWeight": weight.tolist(), "mask": mask.tolist()})
    loss.backward()
    gradients = {name: p.grad.contiguous() for name, p in model.named_parameters() if p.grad is not None}
    for name, p in model.named_parameters():
        gradients.setdefault(name, torch.zeros_like(p))
    result = {"loss": loss.item(), "responses": out}
    if compared:
        result["disagreement"] = disagreement(compared)
    result["gradientNorms"] = {name: g.double().norm().item() for name, g in gradients.items()}
    return result, gradients


def disagreement(compared):
    slots, cells, tokens = [], [], []
    for recorded, live in compared:
        for row, other in zip(recorded, live):
            differing = [len(set(a) - set(b)) for a, b in zip(row, other)]
            slots += [d / len(row[0]) for d in differing]
            cells += [d > 0 for d in differing]
            tokens.append(any(differing))
    return {"slot": sum(slots) / len(slots), "any": sum(cells) / len(cells), "tokenAny": sum(tokens) / len(tokens)}


def main(out):
    torch.set_num_threads(1)
    for number, (name, (config_class, model_class, fields, temperature)) in enumerate(VARIANTS.items()):
        generator = torch.Generator().manual_seed(2000 + number)
        config = config_class(**fields, eos_token_id=2, bos_token_id=1, attn_implementation="eager")
        moe = hasattr(config, "num_experts")
        model, proximal_model = model_class(config).eval(), model_class(config).eval()
        randomise(model, generator)
        proximal_model.load_state_dict(model.state_dict())
        randomise(proximal_model, generator, scale=0.1, add=True)
        for m in (model, proximal_model):
            for block in blocks(m):
                block.forward = types.MethodType(replaying_forward, block)
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        responses = sample(config, proximal_model, temperature, generator)
        for mode in ["None", "R2", "R3"] if moe else ["None"]:
            batch = batch_of(mode, responses, proximal_model, temperature, moe, generator)
            expected, gradients = objective(model, batch, temperature)
            (folder / f"batch-{mode}.json").write_text(json.dumps(batch, separators=(",", ":")) + "\n")
            (folder / f"expected-{mode}.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
            save_file(gradients, folder / f"gradients-{mode}.safetensors")
            masked = sum(not m for r in expected["responses"] for m in r["mask"])
            truncated = sum(w > TRUNCATION for r in expected["responses"] for w in r["importanceWeight"])
            print(name, mode, "masked", masked, "truncated", truncated, expected.get("disagreement"), expected["loss"])
        size = sum(f.stat().st_size for f in folder.iterdir())
        assert size < 300_000, (name, size)
        print(name, size)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
