"""All gradients against PyTorch, on shapes nobody chose. Collected where PyTorch is installed (see conftest.py)."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import fast, minibatch

NAMES = ("U", "W", "V", "b", "c", "s_0")


def draw(seed, *, T, B, n, m, q, gain, vectors):
    """Draw weights that leave tanh some slope: where it is flat, PyTorch takes 1 - s**2 and loses digits itself."""
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": (B, n)}
    letters = {name: rng.uniform(-0.9, 0.9, size) for name, size in sizes.items()}
    x = rng.uniform(-0.9, 0.9, (T, B, m)) if vectors else rng.integers(m, size=(T, B))
    mask = rng.uniform(size=(T, B)) * rng.integers(2, size=(T, B))
    return letters | {"W": gain * letters["W"] / np.sqrt(n), "x": x, "y": rng.integers(q, size=(T, B)), "mask": mask}


def by_torch(letters, window, chunk):
    """Run the network with PyTorch's own loss, cut the graph where a truncation says so, and let it differentiate."""
    parameters = {name: torch.tensor(letters[name], requires_grad=True) for name in NAMES}
    U, W, V, b, c, s_0 = parameters.values()
    x, y, mask = (torch.tensor(letters[name]) for name in ("x", "y", "mask"))
    inputs = x if x.ndim > 2 else torch.nn.functional.one_hot(x, U.shape[1]).double()
    T, states, E = len(y), [s_0], torch.zeros((), dtype=torch.float64)

    def step(s, t):
        return torch.tanh(inputs[t - 1] @ U.T + s @ W.T + b)

    for t in range(1, T + 1):
        before = states[-1].detach() if chunk and (t - 1) % chunk == 0 and t > 1 else states[-1]
        states.append(step(before, t))
        s = states[-1]
        if window and t > window:
            s = states[t - window].detach()
            for j in range(t - window + 1, t + 1):
                s = step(s, j)
        losses = torch.nn.functional.cross_entropy(s @ V.T + c, y[t - 1], reduction="none")
        E = E + (mask[t - 1] * losses).sum()
    gradients = torch.autograd.grad(E, parameters.values(), allow_unused=True) if T else [None] * len(NAMES)
    return E.item(), {
        name: np.zeros(letters[name].shape) if gradient is None else gradient.numpy()
        for name, gradient in zip(NAMES, gradients, strict=True)
    }


@settings(deadline=None, max_examples=100)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(0, 12),
    B=st.integers(1, 4),
    n=st.integers(1, 9),
    m=st.integers(1, 6),
    q=st.integers(1, 7),
    gain=st.sampled_from([0.5, 1.0, 1.5]),
    vectors=st.booleans(),
    truncation=st.sampled_from([None, "window", "chunk"]),
    k=st.integers(1, 13),
)
def test_every_gradient_agrees_with_torch(*, seed, truncation, k, **how):
    letters = draw(seed, **how)
    window, chunk = (k if truncation == name else None for name in ("window", "chunk"))
    E, told = by_torch(letters, window, chunk)
    for gradients in (minibatch.gradients, fast.gradients):
        found = gradients(**letters, window=window, chunk=chunk)
        assert pytest.approx(E, rel=1e-12, abs=1e-14) == found.E
        for name, gradient in told.items():
            ours = getattr(found, name)
            assert ours.shape == letters[name].shape
            assert np.abs(ours - gradient).max() <= 1e-12 * np.abs(gradient).max() + 1e-14, name


def test_ten_thousand_steps_agree_with_torch():
    letters = draw(1, T=10_000, B=1, n=4, m=3, q=3, gain=1.0, vectors=False)
    E, told = by_torch(letters, None, None)
    found = fast.gradients(**letters)
    assert pytest.approx(E, rel=1e-12) == found.E
    for name, gradient in told.items():
        assert np.abs(getattr(found, name) - gradient).max() <= 1e-12 * np.abs(gradient).max(), name
