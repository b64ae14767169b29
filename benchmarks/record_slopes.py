"""Ask PyTorch and JAX for the slope of tanh, and write what they said to src/bptt/recorded/slopes.json.

Needs both, which are in no other group: `python -m pip install torch==2.13.0 jax==0.10.2`, then `python
benchmarks/record_slopes.py`. The chapter “Gradient checks that can fail” shows how far off the answers are.
"""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import recording
import torch

TARGET = Path(__file__).parents[1] / "src" / "bptt" / "recorded" / "slopes.json"
POINTS = (1.0, 5.0, 8.0, 12.0, 15.0, 18.0, 19.0, 25.0)


def slope_by_torch(a: float, dtype: torch.dtype) -> float:
    """The derivative of tanh at a, by PyTorch."""
    point = torch.tensor(a, dtype=dtype, requires_grad=True)
    return float(torch.autograd.grad(torch.tanh(point), point)[0])


def slope_by_jax(a: float, dtype: type) -> float:
    """The derivative of tanh at a, by JAX."""
    return float(jax.grad(jnp.tanh)(dtype(a)))


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", val=True)
    rows = [
        {
            "a": a,
            "torch": slope_by_torch(a, torch.float64),
            "jax": slope_by_jax(a, jnp.float64),
            "torch float32": slope_by_torch(a, torch.float32),
            "jax float32": slope_by_jax(a, jnp.float32),
        }
        for a in POINTS
    ]
    recorded = {"origin": recording.origin("benchmarks/record_slopes.py", "torch", "jax"), "rows": rows}
    TARGET.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
