"""The tape against PyTorch's, on shapes nobody chose. Collected where PyTorch is installed (see conftest.py)."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import taped

NAMES = ("U", "W", "V", "b", "c", "s_0")


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(1, 12),
    n=st.integers(1, 9),
    m=st.integers(1, 6),
    q=st.integers(1, 7),
    gain=st.sampled_from([0.5, 1.0, 1.5]),
)
def test_every_gradient_agrees_with_torch(*, seed, T, n, m, q, gain):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n}
    letters = {name: rng.uniform(-0.9, 0.9, size) for name, size in sizes.items()}
    letters["W"] *= gain / np.sqrt(n)
    x, y = rng.uniform(-0.9, 0.9, (T, m)), rng.integers(q, size=T)
    E, found = taped.gradients(**letters, x=x, y=y)
    p = {name: torch.tensor(letters[name], requires_grad=True) for name in NAMES}
    s, told = p["s_0"], torch.zeros((), dtype=torch.float64)
    for x_t, y_t in zip(torch.tensor(x), torch.tensor(y), strict=True):
        s = torch.tanh(p["U"] @ x_t + p["W"] @ s + p["b"])
        told = told + torch.nn.functional.cross_entropy(p["V"] @ s + p["c"], y_t)
    assert abs(told.item() - E) <= 1e-12 * max(1, E)
    for name, gradient in zip(NAMES, torch.autograd.grad(told, p.values()), strict=True):
        assert np.abs(getattr(found, name) - gradient.numpy()).max() <= 1e-12 * gradient.abs().max().item() + 1e-14, (
            name
        )
