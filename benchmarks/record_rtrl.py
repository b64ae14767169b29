"""Measure what the chapter “Forward in time” shows as recorded data, and write it to src/bptt/recorded/rtrl.json.

`python benchmarks/record_rtrl.py` with one thread (OPENBLAS_NUM_THREADS=1), best on a machine at rest. Both sides get
the same states, in NumPy as plain as the formulas. What is measured is the time of the processor. Runs of the two
alternate, and of each the shortest is kept: whatever else the machine does can only add.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import recording

from bptt import cost, rtrl

TARGET = Path(__file__).parents[1] / "src" / "bptt" / "recorded" / "rtrl.json"
T, M, Q = 32, 3, 4
ROUNDS = 15


def row(n: int) -> dict[str, float]:
    """The time of one step, forward and back, in microseconds of the processor, for a network with n units."""
    rng = np.random.default_rng(0)
    shapes = ((n, M), (n, n), (Q, n), (n,), (Q,), (n,), (T, M))
    y = np.eye(Q)[rng.integers(Q, size=T)]
    letters = cost.given(*(rng.uniform(-1, 1, shape) / n**0.5 for shape in shapes), y)
    back, forward = cost.sweep(**letters).W, rtrl.forwards(**letters).W
    np.testing.assert_allclose(forward, back.T.ravel(), rtol=1e-9, atol=1e-13)
    spent: dict[str, list[float]] = {"sweep": [], "rtrl": []}
    for turn in range(ROUNDS + 1):
        for name, way in (("sweep", cost.sweep), ("rtrl", rtrl.forwards)):
            began = time.process_time_ns()
            way(**letters)
            if turn:  # the first round warms up
                spent[name].append((time.process_time_ns() - began) / 1000 / T)
    return {"n": n} | {name: float(f"{min(times):.3g}") for name, times in spent.items()}


if __name__ == "__main__":
    TARGET.write_text(
        json.dumps(
            {
                "origin": recording.origin("benchmarks/record_rtrl.py", "numpy"),
                "steps": {
                    "unit": f"microseconds of the processor per step, {M} inputs, {Q} classes, {T} steps, float64",
                    "rows": [row(n) for n in (4, 8, 16, 32, 64)],
                },
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
