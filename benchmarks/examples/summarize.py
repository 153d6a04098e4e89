#!/usr/bin/env python3
"""Tables of docs/design/results.md from the folders that run.sh left: summarize.py OUT"""
import json
import pathlib
import statistics
import sys


def steps(folder):
    lines = {}
    for line in (folder / "metrics.jsonl").read_text().splitlines():
        record = json.loads(line)
        lines[record["step"]] = record
    return [lines[step] for step in sorted(lines)]


def at(record, path):
    for key in path.split("/"):
        if not isinstance(record, dict) or key not in record:
            return None
        record = record[key]
    return record


def values(records, path):
    return [v for v in (at(r, path) for r in records) if v is not None]


def number(value):
    return "0" if value == 0 else f"{value:.3g}"


def main(out):
    runs = sorted(p for p in out.iterdir() if (p / "metrics.jsonl").exists())
    order = ["quickstart", "off-policy-r2", "off-policy-r3"]
    runs.sort(key=lambda p: (order.index(p.name.rsplit("-", 1)[0]), p.name))
    print("| example | seed | cold start | end | gain | steps | seconds, whole command | learner, MB |")
    print("|---|---|---|---|---|---|---|---|")
    for folder in runs:
        records = steps(folder)
        example, seed = folder.name.rsplit("-", 1)
        scores = values(records, "evaluation/score")
        seconds = pathlib.Path(f"{folder}.seconds")
        print(
            f"| {example} | {seed} | {scores[0]:.3f} | {scores[-1]:.3f} | {scores[-1] - scores[0]:+.3f} | "
            f"{records[-1]['step']} | {seconds.read_text().strip() if seconds.exists() else '?'} | "
            f"{max(values(records, 'memory/learnerRssBytes')) / 1e6:.0f} |"
        )
    print()
    print("| seed | tokens | coverage | unknown rows | k3 replayed | k3 live | F(1.1) replayed | F(1.1) live "
          "| F(1.5) replayed | F(1.5) live | sets that differ, by layer |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for folder in runs:
        if not folder.name.startswith("off-policy-r3"):
            continue
        records = [r for r in steps(folder) if "engineMismatchLive" in r]
        tokens = values(records, "engineMismatch/tokens")
        total = sum(tokens)

        def mean(path):
            return sum(v * t for v, t in zip(values(records, path), tokens)) / total

        layers = []
        for index, layer in enumerate(at(records[0], "replay/disagreement/perLayer")):
            share = statistics.fmean(at(r, "replay/disagreement/perLayer")[index]["any"] for r in records)
            layers.append(f"{layer['layer']}: {100 * share:.2f}%")
        unknown = sum(sum((at(r, "replay/unknown") or {}).values()) for r in records)
        print(
            f"| {folder.name.rsplit('-', 1)[1]} | {total} | {min(values(records, 'replay/coverage'))} | {unknown} | "
            f"{number(mean('engineMismatch/k3'))} | {number(mean('engineMismatchLive/k3'))} | "
            f"{number(mean('engineMismatch/tails/1.1'))} | {number(mean('engineMismatchLive/tails/1.1'))} | "
            f"{number(mean('engineMismatch/tails/1.5'))} | {number(mean('engineMismatchLive/tails/1.5'))} | "
            f"{', '.join(layers)} |"
        )


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
