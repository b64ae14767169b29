"""RTRL against PyTorch, step by step, on shapes nobody chose. Collected where that is installed (see conftest.py)."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import rtrl

NAMES = ("U", "W", "V", "b", "c", "s_0")


def by_torch(letters, x, y, weights):
    """For each step its weighted loss and the gradients of that loss alone."""
    p = {name: torch.tensor(letters[name], requires_grad=True) for name in NAMES}
    s, steps = p["s_0"], []
    for x_t, y_t, m_t in zip(torch.tensor(x), torch.tensor(y), weights, strict=True):
        s = torch.tanh(p["U"] @ x_t + p["W"] @ s + p["b"])
        E_t = m_t * torch.nn.functional.cross_entropy(p["V"] @ s + p["c"], y_t)
        by = torch.autograd.grad(E_t, p.values(), retain_graph=True)
        steps.append({"E": E_t.detach().numpy()} | dict(zip(NAMES, (one.numpy() for one in by), strict=True)))
    return steps


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(1, 12),
    n=st.integers(1, 9),
    m=st.integers(1, 6),
    q=st.integers(1, 7),
    gain=st.sampled_from([0.5, 1.0, 1.5]),
)
def test_every_gradient_of_every_step_agrees_with_torch(*, seed, T, n, m, q, gain):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n}
    letters = {name: rng.uniform(-0.9, 0.9, size) for name, size in sizes.items()}
    letters["W"] *= gain / np.sqrt(n)
    x, y, mask = rng.uniform(-0.9, 0.9, (T, m)), rng.integers(q, size=T), rng.uniform(size=T)
    told = by_torch(letters, x, y, mask)
    steps = list(rtrl.online(**letters, x=x, y=y, mask=mask))
    whole = rtrl.gradients(**letters, x=x, y=y, mask=mask)
    for name in ("E", *NAMES):
        wanted = np.array([one[name] for one in told])
        found = np.array([getattr(one, name) for one in steps])
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() <= 1e-12 * np.abs(wanted).max() + 1e-14, name
        assert getattr(whole, name) == pytest.approx(wanted.sum(0), rel=1e-12, abs=1e-13), name
