"""Measure what the chapter “What it costs” shows as recorded data, and write it to src/bptt/recorded/costs.json.

Needs PyTorch, which is in no other group: `python -m pip install torch==2.13.0`, then `python
benchmarks/record_costs.py` with one thread (OPENBLAS_NUM_THREADS=1), best on a machine at rest. What is measured is
the time of the processor. Runs of the sides of a comparison alternate, and of each the shortest is kept: whatever else
the machine does can only add.
"""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import recording
import torch

from bptt import cost

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = Path(__file__).parents[1] / "src" / "bptt" / "recorded" / "costs.json"
N, BATCH, CLASSES = 64, 32, 16


def alternating(programs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Run programs in turns: the shortest run of each, in milliseconds of the processor."""
    spent: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(rounds + 1):
        for name, program in programs.items():
            began = time.process_time()
            program()
            if turn:  # the first round warms up
                spent[name].append(time.process_time() - began)
    return {name: float(f"{1000 * min(times):.3g}") for name, times in spent.items()}


def torch_programs(T: int) -> dict[str, Callable[[], object]]:
    """Loss and gradients of a recurrent network in PyTorch, with z[t] in the loop and with unbind before it."""
    torch.manual_seed(0)
    dtype = torch.float64
    U, W, V = (torch.randn(s, dtype=dtype) / s[1] ** 0.5 for s in ((N, CLASSES), (N, N), (CLASSES, N)))
    weights = [weight.requires_grad_() for weight in (U, W, V)]
    x = torch.randn(T, BATCH, CLASSES, dtype=dtype)
    y = torch.randint(CLASSES, (T * BATCH,))

    def run(*, unbind: bool) -> list[torch.Tensor]:
        z = x @ U.T
        inputs = z.unbind(0) if unbind else None
        s = torch.zeros(BATCH, N, dtype=dtype)
        states = []
        for t in range(T):
            s = torch.tanh((inputs[t] if inputs else z[t]) + s @ W.T)
            states.append(s)
        loss = torch.nn.functional.cross_entropy((torch.stack(states) @ V.T).reshape(-1, CLASSES), y)
        return list(torch.autograd.grad(loss, weights))

    for one, other in zip(run(unbind=True), run(unbind=False), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-14)
    return {"index": lambda: run(unbind=False), "unbind": lambda: run(unbind=True)}


def letters(T: int, n: int) -> dict[str, np.ndarray]:
    """What the three ways of `bptt.cost` need."""
    rng = np.random.default_rng(0)
    shapes = ((n, 3), (n, n), (4, n), (n,), (4,), (n,), (T, 3))
    y = np.eye(4)[rng.integers(4, size=T)]
    return cost.given(*(rng.uniform(-1, 1, shape) / n**0.5 for shape in shapes), y)


def our_ways(T: int) -> dict[str, Callable[[], object]]:
    """The three ways on one network with 16 units."""
    given = letters(T, 16)
    return {
        way.__name__: lambda way=way: way(**given)
        for way in (cost.sweep, cost.walk_for_every_loss, cost.products_written_out)
    }


def tape(T: int) -> int:
    """The peak of memory, in bytes, while a network with 64 units runs and is swept back."""
    letters(T, 64)
    tracemalloc.start()
    given = letters(T, 64)
    cost.sweep(**given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    torch.set_num_threads(1)
    TARGET.write_text(
        json.dumps(
            {
                "origin": recording.origin("benchmarks/record_costs.py", "numpy", "torch"),
                "indexing": {
                    "unit": "milliseconds of the processor for loss and gradients, 64 units, 32 sequences, float64",
                    "rows": [{"T": T} | alternating(torch_programs(T), 9) for T in (50, 100, 200, 400, 800)],
                },
                "ways": {
                    "unit": "milliseconds of the processor for the gradients, 16 units, 1 sequence, float64",
                    "rows": [{"T": T} | alternating(our_ways(T), 7) for T in (8, 16, 32, 64, 128)],
                },
                "memory": {
                    "unit": "bytes at the peak, 64 units, 1 sequence, float64",
                    "rows": [{"T": T, "sweep": tape(T)} for T in (250, 500, 1000, 2000)],
                },
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
