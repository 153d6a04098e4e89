"""Writes src/test/resources/fixtures/adamw.json: AdamW with warm-up and gradient-norm clipping by PyTorch, float32.

Run from trainer-image/: python src/test/python/adamw_fixture.py
"""

import json
import pathlib

import torch

torch.manual_seed(0)
torch.set_num_threads(1)
SHAPES = {"a": [5, 7], "b": [3], "c": [11]}
LEARNING_RATE, BETAS, EPSILON, DECAY, MAX_NORM, WARMUP = 0.01, (0.9, 0.95), 1e-8, 0.1, 1.0, 3

parameters = {name: torch.nn.Parameter(torch.randn(shape)) for name, shape in SHAPES.items()}
optimizer = torch.optim.AdamW(parameters.values(), lr=LEARNING_RATE, betas=BETAS, eps=EPSILON, weight_decay=DECAY, foreach=False)


def flat(tensors):
    return torch.cat([t.detach().reshape(-1) for t in tensors]).tolist()


out = {
    "shapes": SHAPES,
    "learningRate": LEARNING_RATE,
    "beta1": BETAS[0],
    "beta2": BETAS[1],
    "epsilon": EPSILON,
    "weightDecay": DECAY,
    "maxGradientNorm": MAX_NORM,
    "warmupUpdates": WARMUP,
    "weights": flat(parameters.values()),
    "updates": [],
}
for update in range(1, 7):
    scale = 0.02 if update % 2 else 3.0  # below and above the clipping norm
    for parameter in parameters.values():
        parameter.grad = torch.randn_like(parameter) * scale
    gradients = flat(p.grad for p in parameters.values())
    rate = LEARNING_RATE * min(1.0, update / WARMUP)
    for group in optimizer.param_groups:
        group["lr"] = rate
    norm = torch.nn.utils.clip_grad_norm_(parameters.values(), MAX_NORM).item()
    optimizer.step()
    out["updates"].append(
        {"gradients": gradients, "gradientNorm": norm, "learningRate": rate, "weights": flat(parameters.values())}
    )
target = pathlib.Path("src/test/resources/fixtures/adamw.json")
target.write_text(json.dumps(out) + "\n", encoding="utf-8")
