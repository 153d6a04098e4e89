#!/usr/bin/env python3
"""Writes the data of the arithmetic examples, and the run files with that data as config maps.

Two-digit sums, "23+08=" with the answer "31". A share of the demonstrations is wrong on purpose, so that the cold start
leaves something to learn by reinforcement. Same seed, same files: run it again and `git diff` stays empty.
"""
import json
import pathlib
import random

HERE = pathlib.Path(__file__).parent
SEED = 20251201
LARGEST = 49
HELD_OUT = 200
DEMONSTRATIONS = 8
WRONG = 0.45


def prompt(pair):
    return "%02d+%02d=" % pair


def lines(records):
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)


def main():
    rng = random.Random(SEED)
    pairs = [(a, b) for a in range(LARGEST + 1) for b in range(LARGEST + 1)]
    rng.shuffle(pairs)
    held_out, train = pairs[:HELD_OUT], pairs[HELD_OUT:]

    def demonstration(pair):
        answer = sum(pair)
        if rng.random() < WRONG:
            wrong = rng.randrange(2 * LARGEST)
            answer = wrong + 1 if wrong >= answer else wrong
        return str(answer)

    data = {
        "train.jsonl": lines({"prompt": prompt(p), "answer": str(sum(p))} for p in train),
        "evaluation.jsonl": lines({"prompt": prompt(p), "answer": str(sum(p))} for p in held_out),
        "demonstrations.jsonl": lines(
            {"prompt": prompt(p), "responses": [demonstration(p) for _ in range(DEMONSTRATIONS)]} for p in train
        ),
    }
    folder = HERE / "arithmetic"
    folder.mkdir(exist_ok=True)
    for name, text in data.items():
        (folder / name).write_text(text, encoding="utf-8")
    for run in sorted(HERE.glob("*/run.part.yaml")):
        write_run(run, data)


CONFIG_MAPS = {
    "arithmetic": ["train.jsonl", "evaluation.jsonl"],
    "arithmetic-demonstrations": ["demonstrations.jsonl"],
}


def write_run(part, data):
    """rlrun.yaml = the run and its data as config maps, each of them small enough for kubectl apply."""
    text = part.read_text(encoding="utf-8")
    for name, files in CONFIG_MAPS.items():
        text += "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\ndata:\n" % name
        for file in files:
            text += "  %s: |\n" % file
            text += "".join("    " + line + "\n" for line in data[file].splitlines())
    (part.parent / "rlrun.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
