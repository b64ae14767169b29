"""All gradients against JAX, on shapes nobody chose. Collected where JAX is installed (see conftest.py)."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import numpy as jnp

from bptt import fast, minibatch

NAMES = ("U", "W", "V", "b", "c", "s_0")


@pytest.fixture(scope="module", autouse=True)
def double_precision():
    """Compute in double precision, which JAX does only when told."""
    jax.config.update("jax_enable_x64", val=True)


def draw(seed, *, T, B, n, m, q, gain):
    """Draw weights that leave tanh some slope: where it is flat, JAX takes 1 - s**2 and loses digits itself."""
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n}
    letters = {name: rng.uniform(-0.9, 0.9, size) for name, size in sizes.items()}
    tokens = {"x": rng.integers(m, size=(T, B)), "y": rng.integers(q, size=(T, B)), "mask": rng.uniform(size=(T, B))}
    return letters | {"W": gain * letters["W"] / np.sqrt(n)} | tokens


def by_jax(letters):
    """Scan over the steps with JAX's own softmax, and let it differentiate."""

    def loss(parameters):
        U, W, V, b, c, s_0 = (parameters[name] for name in NAMES)

        def step(s, data):
            x_t, y_t, m_t = data
            s = jnp.tanh(jax.nn.one_hot(x_t, U.shape[1], dtype=float) @ U.T + s @ W.T + b)
            logs = jax.nn.log_softmax(s @ V.T + c)
            return s, -(m_t * jnp.take_along_axis(logs, y_t[:, None], axis=1)[:, 0]).sum()

        start = jnp.broadcast_to(s_0, (letters["x"].shape[1], len(s_0)))
        _, losses = jax.lax.scan(step, start, tuple(jnp.asarray(letters[name]) for name in ("x", "y", "mask")))
        return losses.sum()

    E, gradients = jax.value_and_grad(loss)({name: jnp.asarray(letters[name]) for name in NAMES})
    return float(E), {name: np.asarray(gradient) for name, gradient in gradients.items()}


def check(letters, ways):
    E, told = by_jax(letters)
    for gradients in ways:
        found = gradients(**letters)
        assert pytest.approx(E, rel=1e-12, abs=1e-14) == found.E
        for name, gradient in told.items():
            ours = getattr(found, name)
            assert ours.shape == gradient.shape
            assert np.abs(ours - gradient).max() <= 1e-12 * np.abs(gradient).max() + 1e-14, name


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(0, 12),
    B=st.integers(1, 4),
    n=st.integers(1, 9),
    m=st.integers(1, 6),
    q=st.integers(1, 7),
    gain=st.sampled_from([0.5, 1.0, 1.5]),
)
def test_every_gradient_agrees_with_jax(*, seed, **how):
    check(draw(seed, **how), (minibatch.gradients, fast.gradients))


def test_ten_thousand_steps_agree_with_jax():
    check(draw(1, T=10_000, B=1, n=4, m=3, q=3, gain=1.0), (fast.gradients,))
