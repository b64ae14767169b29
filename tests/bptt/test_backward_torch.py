"""All gradients against PyTorch, on shapes nobody chose. Collected where PyTorch is installed (see conftest.py)."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import backward, rnn


def draw(seed, *, T, n, m, q, gain):
    """Draw weights that leave tanh some slope: where it is flat, PyTorch takes 1 - s**2 and loses digits itself."""
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: rng.uniform(-0.9, 0.9, size) for name, size in sizes.items()}
    return letters | {"W": gain * letters["W"] / np.sqrt(n), "y": np.eye(q)[rng.integers(q, size=T)]}


def by_torch(letters):
    """Run the network with PyTorch's own layers for the logits and the loss, and let it differentiate."""
    given = {name: torch.tensor(letters[name], requires_grad=True) for name in ("U", "W", "V", "b", "c", "s_0")}
    U, W, V, b, c, s = given.values()
    E = torch.zeros((), dtype=torch.float64)
    for x_t, y_t in zip(torch.tensor(letters["x"]), torch.tensor(letters["y"]), strict=True):
        s = torch.tanh(U @ x_t + W @ s + b)
        E = E + torch.nn.functional.cross_entropy(torch.nn.functional.linear(s, V, c), y_t.argmax())
    gradients = torch.autograd.grad(E, given.values(), allow_unused=True) if len(letters["x"]) else [None] * 6
    return E.item(), {
        name: np.zeros(value.shape) if gradient is None else gradient.numpy()
        for (name, value), gradient in zip(given.items(), gradients, strict=True)
    }


@settings(deadline=None, max_examples=200)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(0, 12),
    n=st.integers(1, 9),
    m=st.integers(1, 6),
    q=st.integers(1, 7),
    gain=st.sampled_from([0.5, 1.0, 1.5]),
)
def test_every_gradient_agrees_with_torch(*, seed, T, n, m, q, gain):
    letters = draw(seed, T=T, n=n, m=m, q=q, gain=gain)
    found = backward.backward(**letters)
    E, told = by_torch(letters)
    np.testing.assert_allclose(rnn.loss(**letters), E, rtol=1e-12, atol=1e-14)
    for name, gradient in told.items():
        ours = getattr(found, name)
        assert ours.shape == letters[name].shape
        assert np.abs(ours - gradient).max() <= 1e-12 * np.abs(gradient).max() + 1e-14, name
