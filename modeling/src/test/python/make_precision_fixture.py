"""Writes what torch makes of float32 values in bfloat16 and FP8 E4M3.

    python make_precision_fixture.py OUT_FILE        (torch 2.7.1)

values [N] float32, values.bf16, values.fp8 (clamped to +-448 first: saturating), table [256] = every E4M3 byte as float32,
matrix [rows, columns], matrix.scale [rows] = amax / 448, matrix.fp8 = (matrix / scale) in E4M3.
"""

import sys

import torch
from safetensors.torch import save_file

generator = torch.Generator().manual_seed(7)

# Any finite bit pattern, values in E4M3's range, every E4M3 value, every midpoint of two neighbours, and their neighbours.
any_bits = torch.randint(0, 2**32, (2500,), generator=generator).to(torch.int64)
any_bits = torch.where(any_bits >= 2**31, any_bits - 2**32, any_bits).to(torch.int32).view(torch.float32)
any_bits = any_bits[torch.isfinite(any_bits) & (any_bits.abs() < 3e38)]
near = torch.randn(2000, generator=generator) * torch.exp2(torch.randint(-12, 9, (2000,), generator=generator).float())
table = torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn).float()
finite = torch.sort(table[torch.isfinite(table)]).values
middles = (finite[1:] + finite[:-1]) / 2
edges = torch.cat([finite, middles])
edges = torch.cat([edges, torch.nextafter(edges, torch.tensor(1e9)), torch.nextafter(edges, torch.tensor(-1e9))])
bf16_ties = torch.tensor([0x3F808000, 0x3F818000, 0x3F807FFF, 0x3F808001, 0x00008000, 0x00018000, 0x00000001], dtype=torch.int32)
values = torch.cat([any_bits, near, edges, bf16_ties.view(torch.float32), torch.tensor([0.0, -0.0, 448.0, 464.0, 1e30, -1e30])])

matrix = torch.randn(24, 40, generator=generator) * torch.exp2(torch.arange(24).float()[:, None] - 16)
matrix[3] = 0
matrix[4] = 0
matrix[4, 7] = -2e-38
scale = matrix.abs().amax(1) / 448
scale = torch.where(matrix.abs().amax(1) == 0, torch.ones(()), scale.clamp_min(torch.finfo(torch.float32).tiny))

save_file({
    "values": values,
    "values.bf16": values.to(torch.bfloat16),
    "values.fp8": values.clamp(-448, 448).to(torch.float8_e4m3fn),
    "table": table,
    "matrix": matrix,
    "matrix.scale": scale,
    "matrix.fp8": (matrix / scale[:, None]).clamp(-448, 448).to(torch.float8_e4m3fn),
}, sys.argv[1])
