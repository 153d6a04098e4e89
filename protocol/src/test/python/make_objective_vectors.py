"""Writes ../resources/objective/vectors.json: the objective and its diagnostics, computed with torch autograd in float64.

Needs torch 2.7.1. Run: python make_objective_vectors.py
The formulas are written down here from the papers, not from the Java code: probabilities are exponentiated first, the
loss is one expression, and its gradient comes from autograd.
"""

import itertools
import json
import pathlib

import torch

torch.manual_seed(20260101)
DOUBLE = torch.float64
CLIP_LOW, CLIP_HIGH = 0.2, 0.27
LENGTHS = [5, 1, 9, 0, 7, 12]
GROUPS = [0, 0, 0, 1, 1, 1]


def batch():
    rewards = torch.tensor([1.0, 0.0, 0.25, 1.0, 0.0, 0.0], dtype=DOUBLE)
    responses = []
    for length in LENGTHS:
        rollout = -torch.rand(length, dtype=DOUBLE) * 3 - 0.02
        proximal = (rollout + 0.4 * torch.randn(length, dtype=DOUBLE)).clamp(max=-1e-3)
        trainer = (proximal + 0.3 * torch.randn(length, dtype=DOUBLE)).clamp(max=-1e-3)
        mask = torch.rand(length) > 0.15
        if length > 6:
            proximal[2] = rollout[2] - 2.5
            trainer[3] = rollout[3]
            rollout[4] = -6.0
        responses.append((trainer, proximal, rollout, mask))
    return rewards, responses


def advantages(rewards, by_std):
    groups = torch.tensor(GROUPS)
    result = torch.zeros_like(rewards)
    for group in groups.unique():
        member = groups == group
        centred = rewards[member] - rewards[member].mean()
        result[member] = centred / rewards[member].std(unbiased=False) if by_std else centred
    return result


def token_mask(option, advantage, pi, old, mu):
    r, rho, w = pi / old, old / mu, pi / mu
    keep = torch.ones_like(pi, dtype=torch.bool)
    if option["rule"] in ("Truncate", "IcePop") and option["clip"]:
        if advantage > 0:
            keep &= ~(r > 1 + CLIP_HIGH)
        if advantage < 0:
            keep &= ~(r < 1 - CLIP_LOW)
    if option["rule"] == "IcePop":
        keep &= (rho >= option["maskLow"]) & (rho <= option["maskHigh"])
    if option["rule"] in ("DppoTv", "DppoKl"):
        tv = (mu - pi).abs()
        kl = mu * (mu / pi).log() + (1 - mu) * ((1 - mu) / (1 - pi)).log()
        far = (tv if option["rule"] == "DppoTv" else kl) > option["divergenceLimit"]
        keep &= ~(far & (((advantage > 0) & (w > 1)) | ((advantage < 0) & (w < 1))))
    return keep


def dropped(option, advantage, trainer, proximal, rollout, mask):
    if not mask.any():
        mean = staleness = torch.tensor(0.0, dtype=DOUBLE)
    else:
        mean = (proximal - rollout)[mask].mean()
        staleness = (proximal - trainer)[mask].mean()
    if option["sequenceRule"] == "Geometric":
        return not (option["sequenceLow"] <= mean.exp() <= option["sequenceHigh"])
    if option["sequenceRule"] == "Opsm":
        return bool(advantage < 0 and staleness > option["opsmDelta"])
    return False


def evaluate(option, rewards, responses):
    total = torch.tensor(0.0, dtype=DOUBLE)
    leaves, masks = [], []
    for advantage, (trainer, proximal, rollout, loss_mask) in zip(advantages(rewards, option["byStd"]), responses):
        log_pi = trainer.clone().requires_grad_(True)
        with torch.no_grad():
            pi, old, mu = trainer.exp(), proximal.exp(), rollout.exp()
            weight = pi / mu if option["sampling"] else pi / old
            if option["rule"] != "IcePop":
                weight = weight.clamp(max=option["truncation"])
            keep = loss_mask & token_mask(option, advantage, pi, old, mu)
            if dropped(option, advantage, trainer, proximal, rollout, loss_mask):
                keep = torch.zeros_like(keep)
            length = max(1, int(loss_mask.sum())) if option["lengthNormalized"] else 1
        total = total - (keep * weight * advantage * log_pi).sum() / length / len(responses)
        leaves.append(log_pi)
        masks.append(keep)
    gradients = torch.autograd.grad(total, leaves, allow_unused=True)
    return {
        "option": option,
        "loss": total.item(),
        "masks": [mask.int().tolist() for mask in masks],
        "coefficients": [(g if g is not None else torch.zeros_like(l)).tolist() for g, l in zip(gradients, leaves)],
    }


def mismatch(responses):
    old = torch.cat([p[m] for _, p, _, m in responses])
    mu = torch.cat([r[m] for _, _, r, m in responses])
    rho, log_rho = (old - mu).exp(), old - mu
    geometric = torch.stack([(p - r)[m].mean().exp() for _, p, r, m in responses if m.any()])
    ratio = torch.maximum(rho, 1 / rho)
    return {
        "tokens": old.numel(),
        "k1": -log_rho.mean().item(),
        "k2": (log_rho**2).mean().item() / 2,
        "k3": (rho - 1 - log_rho).mean().item(),
        "reverseK3": (1 / rho - 1 + log_rho).mean().item(),
        "meanRatio": rho.mean().item(),
        "stdRatio": rho.std(unbiased=False).item(),
        "minRatio": rho.min().item(),
        "maxRatio": rho.max().item(),
        "meanAbsLogDiff": log_rho.abs().mean().item(),
        "meanAbsProbDiff": (old.exp() - mu.exp()).abs().mean().item(),
        "tokenMultProbError": log_rho.abs().exp().mean().item(),
        "essFraction": (rho.sum() ** 2 / (rho.numel() * (rho**2).sum())).item(),
        "chi2": (rho**2).mean().item() - 1,
        "tails": {name: (ratio > float(name)).double().mean().item() for name in ("1.1", "1.5", "2")},
        "geometricMeanRatio": {
            "mean": geometric.mean().item(),
            "min": geometric.min().item(),
            "max": geometric.max().item(),
        },
    }


def options():
    base = dict(
        clip=True, sampling=True, truncation=5.0, rule="Truncate", maskLow=0.5, maskHigh=5.0, divergenceLimit=0.1,
        sequenceRule="None", sequenceLow=0.9, sequenceHigh=1.15, opsmDelta=1e-4, lengthNormalized=False, byStd=False)
    for rule, sequence in itertools.product(
            ("Truncate", "IcePop", "DppoTv", "DppoKl"), ("None", "Geometric", "Opsm")):
        yield {**base, "rule": rule, "sequenceRule": sequence}
    yield {**base, "clip": False}
    yield {**base, "sampling": False}
    yield {**base, "lengthNormalized": True}
    yield {**base, "byStd": True}
    yield {**base, "truncation": 1.2}
    yield {**base, "rule": "DppoKl", "lengthNormalized": True, "byStd": True, "sampling": False, "truncation": 1.1}


def main():
    rewards, responses = batch()
    names = ("trainerLogProbs", "proximalLogProbs", "rolloutLogProbs")
    document = {
        "groups": GROUPS,
        "rewards": rewards.tolist(),
        "responses": [
            {**{name: values.tolist() for name, values in zip(names, response)}, "lossMask": response[3].int().tolist()}
            for response in responses
        ],
        "mismatch": mismatch(responses),
        "cases": [evaluate(option, rewards, responses) for option in options()],
    }
    target = pathlib.Path(__file__).parent.parent / "resources" / "objective" / "vectors.json"
    target.write_text(json.dumps(document) + "\n")


main()
