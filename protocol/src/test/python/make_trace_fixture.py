"""Writes ../resources/trace/popular.trace and popular.json: a routing trace after docs/design/trace-format.md, made without
Ballast's code, and what it holds. Needs Python alone. Run it in this folder."""

import hashlib
import json
import math
import pathlib
import random
import struct

EXPERTS, TOP_K, LAYERS = 16, 3, 32
SEGMENTS = [("rollout-a", 1, 140), ("rollout-b", 2, 60), ("rollout-c", 1, 40)]
UNKNOWN = {("rollout-a", 7, 3), ("rollout-b", 0, 0), ("rollout-b", 59, 31)}
SHARED = 5


def crc32c(data, table=[]):
    if not table:
        for byte in range(256):
            for _ in range(8):
                byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
            table.append(byte)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def text(value):
    return struct.pack("<H", len(value)) + value.encode()


def framed(body):
    return struct.pack("<I", len(body)) + body


class Bits:
    def __init__(self):
        self.value, self.width = 0, 0

    def put(self, value, width):
        self.value |= value << self.width
        self.width += width

    def bytes(self):
        return self.value.to_bytes((self.width + 7) // 8, "little")


def rank(ids):
    return sum(math.comb(c, i + 1) for i, c in enumerate(sorted(ids)))


def popularity(routes):
    counts = [[0] * EXPERTS for _ in range(LAYERS)]
    for row in routes:
        for layer, ids in enumerate(row):
            for expert in ids or ():
                counts[layer][expert] += 1
    known = sum(ids is not None for row in routes for ids in row)
    total = sum(map(sum, counts))
    squares = sum(n * n for layer in counts for n in layer)
    assert known >= 4096 and LAYERS * EXPERTS * float(squares - total) > 1.1 * total * total
    places = []
    for layer in counts:
        order = sorted(range(EXPERTS), key=lambda e: (-layer[e], e))
        places.append({expert: place for place, expert in enumerate(order)})
    return places


def code_lengths(counts):
    """Package-merge with at most 8 bits: {symbol: length}."""
    coins = sorted((count, symbol) for symbol, count in counts.items())
    if len(coins) == 1:
        return {coins[0][1]: 1}
    packages = []
    for _ in range(8):
        things = sorted([(w, 0, [s]) for w, s in coins] + [(w, 1, s) for w, s in packages], key=lambda t: t[:2])
        last = things
        packages = [
            (things[i][0] + things[i + 1][0], things[i][2] + things[i + 1][2]) for i in range(0, len(things) - 1, 2)
        ]
    bought = [s for _, _, symbols in last[: 2 * len(coins) - 2] for s in symbols]
    return {symbol: bought.count(symbol) for _, symbol in coins}


def codes(lengths):
    code, out = 0, {}
    for width in range(1, 9):
        code <<= 1
        for symbol in sorted(lengths):
            if lengths[symbol] == width:
                out[symbol] = (int(format(code, f"0{width}b")[::-1], 2), width)
                code += 1
    return out


def block(routes, places):
    cells = [(layer, ids) for row in routes for layer, ids in enumerate(row)]
    if all(ids for _, ids in cells):
        out = b"\0"
    else:
        bitmap = Bits()
        for _, ids in cells:
            bitmap.put(int(ids is not None), 1)
        out = b"\1" + bitmap.bytes()
    known = [(layer, ids) for layer, ids in cells if ids]
    bits = Bits()
    if places is None:
        width = (math.comb(EXPERTS, TOP_K) - 1).bit_length()
        for _, ids in known:
            bits.put(rank(ids), width)
        return b"BLOK" + framed(out + b"\0" + bits.bytes())
    ranks = [rank([places[layer][e] for e in ids]) for layer, ids in known]
    counts = {}
    for r in ranks:
        counts[r.bit_length()] = counts.get(r.bit_length(), 0) + 1
    lengths = code_lengths(counts)
    table = codes(lengths)
    first, end = min(lengths), max(lengths) + 1
    nibbles = Bits()
    for symbol in range(first, end):
        nibbles.put(lengths.get(symbol, 0), 4)
    for r in ranks:
        length = r.bit_length()
        bits.put(*table[length])
        if length > 1:
            bits.put(r - (1 << length - 1), length - 1)
    return b"BLOK" + framed(out + b"\1" + bytes([first, end - first]) + nibbles.bytes() + bits.bytes())


def token_digest(rows):
    tokens = [31 * i % 1009 for i in range(rows + 1)]
    return hashlib.sha256(struct.pack(f"<{len(tokens)}I", *tokens)).digest()[:8]


def segment(name, version, routes, shared, places):
    unknown = sum(ids is None for row in routes for ids in row)
    body = text(name) + struct.pack("<IQII", 0, version, len(routes), 0) + token_digest(len(routes))
    body += struct.pack("<BI", 1 | (0 if unknown else 2), shared)
    body += struct.pack("<BBI", 1, 1, unknown) if unknown else b"\0"
    body += text("engine-0") + text("0.1.0") + text("vector") + text("BF16") + struct.pack("<II", 0, 0)
    out = b"SEGM" + framed(body) + block(routes[shared:], places)
    return out + crc32c(out)


def main():
    random.seed(20260102)
    bias = [[0.9 * random.gauss(0, 1) for _ in range(EXPERTS)] for _ in range(LAYERS)]
    everything = {}
    for name, _, rows in SEGMENTS:
        everything[name] = routes = []
        for row in range(rows):
            routes.append([])
            for layer in range(LAYERS):
                score = [b + random.gauss(0, 1) for b in bias[layer]]
                ids = sorted(sorted(range(EXPERTS), key=lambda e: -score[e])[:TOP_K])
                routes[-1].append(None if (name, row, layer) in UNKNOWN else ids)
    everything["rollout-c"][:SHARED] = everything["rollout-a"][:SHARED]

    header = text("run-7f3a") + text("sha256:0123456789abcdef")
    header += struct.pack("<HHH", EXPERTS, TOP_K, LAYERS) + struct.pack(f"<{LAYERS}H", *range(LAYERS))
    out = struct.pack("<QHH", 0x0A1A0A0D54524C89, 1, 0) + framed(header)
    out += crc32c(out)
    places = None
    for name, version, _ in SEGMENTS:
        out += segment(name, version, everything[name], SHARED if name == "rollout-c" else 0, places)
        places = places or popularity(everything[name])
    out += b"TEND" + struct.pack("<IQ", len(SEGMENTS), len(out) + 20)
    out += crc32c(out)

    folder = pathlib.Path(__file__).parent.parent / "resources" / "trace"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "popular.trace").write_bytes(out)
    held = {name: [[ids or [-1] for ids in row] for row in routes] for name, routes in everything.items()}
    digest = {n: hashlib.sha256(json.dumps(r, separators=(",", ":")).encode()).hexdigest() for n, r in held.items()}
    (folder / "popular.json").write_text(json.dumps(digest, indent=1) + "\n")


main()
