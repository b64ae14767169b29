"""How a small change of the state grows or fades through many steps.

With it stand the numbers that bound it.

What one can do with it::

    powers(W, 100)         # the norms of W^0, W^1 ... W^100
    spectral_radius(W)     # what they do in the long run
    s = states(W, s_0, x)  # s_t = tanh(W s_{t-1} + x_t)
    travelled(W, s)        # the norm of ds_t/ds_0 for every t, between its bounds
    exponent(W, s)         # (1/T) log of the last of them
    inputs(U, W, b, s)     # the inputs that lead a network through the states s
    journey(seed)          # networks for which the bounds are sharp, or nearly so

A norm of a matrix is its largest singular value. The slopes come from the states, 1 -
s_t**2.

Source: R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent
neural networks, 2013, arXiv:1211.5063; the exponent is that of A. M. Lyapunov for the
direction that grows most, at a finite time.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

RealArray: TypeAlias = NDArray[np.float64]


class Travelled(NamedTuple):
    """What became of a change of s_0, for t = 0 ... T; each has shape (T+1,)."""

    norm: RealArray
    """The norm of ds_t/ds_0, which is what the change has grown to if it points where
    it grows most."""

    least: RealArray
    """The product of the smallest singular values of D_1 W ... D_t W, below which no
    change can fall."""

    most: RealArray
    """The product of the largest, above which none can rise."""


def powers(W: ArrayLike, T: int) -> RealArray:
    """Compute the norms of W^0, W^1 ... W^T.

    Args:
        W: a square matrix, shape (n, n).
        T: the highest power, at least 0.

    Returns:
        The norms, shape (T+1,); the first one is 1.

    Raises:
        ValueError: W is not square, or not finite.
    """
    W = _square(W)
    power, norms = np.eye(len(W)), [1.0]
    for _ in range(T):
        power = W @ power
        norms.append(float(np.linalg.norm(power, 2)))
    return np.array(norms)


def spectral_radius(W: ArrayLike) -> float:
    """Compute the largest absolute value of an eigenvalue of W.

    The matrix is square, of shape (n, n).

    Raises:
        ValueError: W is not square, or not finite.
    """
    return float(np.abs(np.linalg.eigvals(_square(W))).max())


def states(W: ArrayLike, s_0: ArrayLike, x: ArrayLike) -> RealArray:
    """Run s_t = tanh(W s_{t-1} + x_t).

    Args:
        W: recurrent weights, shape (n, n).
        s_0: the initial state, shape (n,).
        x: what is added in every step, shape (T, n).

    Returns:
        The states s_0 ... s_T, shape (T+1, n).

    Raises:
        ValueError: W is not square, or not finite.
    """
    W = _square(W)
    s = [np.asarray(s_0, float)]
    for x_t in np.asarray(x, float):
        s.append(np.tanh(W @ s[-1] + x_t))
    return np.array(s)


def travelled(W: ArrayLike, s: ArrayLike) -> Travelled:
    """Follow a change of s_0 through all steps.

    Args:
        W: recurrent weights, shape (n, n).
        s: the states s_0 ... s_T, shape (T+1, n).

    Returns:
        The norm of ds_t/ds_0 and its bounds, for every t.

    Raises:
        ValueError: W is not square, or not finite.
    """
    W, s = _square(W), np.asarray(s, float)
    J = np.eye(len(W))
    norm, least, most = [1.0], [1.0], [1.0]
    for s_t in s[1:]:
        step = (1 - s_t**2)[:, np.newaxis] * W
        J = step @ J  # the later step stands to the left
        stretches = np.linalg.svd(step, compute_uv=False)
        norm.append(float(np.linalg.norm(J, 2)))
        least.append(least[-1] * float(stretches[-1]))
        most.append(most[-1] * float(stretches[0]))
    return Travelled(np.array(norm), np.array(least), np.array(most))


def exponent(W: ArrayLike, s: ArrayLike) -> float:
    """Compute (1/T) log of the norm of ds_T/ds_0, for any T.

    The product is scaled back to size 1 after every step.

    Args:
        W: recurrent weights, shape (n, n).
        s: the states s_0 ... s_T, shape (T+1, n), T at least 1.

    Returns:
        The exponent, per step, in nats; below 0 if changes fade, above 0 if they grow.

    Raises:
        ValueError: W is not square, or not finite, there is no step, or a product is
            exactly zero.
    """
    W, s = _square(W), np.asarray(s, float)
    if len(s) < 2:  # noqa: PLR2004  # s_0 and s_1
        raise ValueError(
            f"s holds {len(s)} state; there must be at least one step, so two states."
        )
    J, total = np.eye(len(W)), 0.0
    for t, s_t in enumerate(s[1:], 1):
        J = (1 - s_t**2)[:, np.newaxis] * (W @ J)
        size = float(np.linalg.norm(J, 2))
        if size == 0:
            raise ValueError(
                f"the derivative of s_{t} by s_0 is zero: every unit is saturated, or "
                "W is zero."
            )
        J, total = J / size, total + float(np.log(size))
    return total / (len(s) - 1)


def inputs(U: ArrayLike, W: ArrayLike, b: ArrayLike, s: ArrayLike) -> RealArray:
    """Find the inputs with which the network visits given states.

    They are x_t = U^{-1} (artanh s_t - W s_{t-1} - b).

    Args:
        U: input weights, square and invertible, shape (n, n).
        W: recurrent weights, shape (n, n).
        b: bias, shape (n,).
        s: the states s_0 ... s_T, all but the first between -1 and 1, shape (T+1, n).

    Returns:
        The inputs x_1 ... x_T as rows, shape (T, n).

    Raises:
        ValueError: U or W is not square, or not finite, or a state is out of reach.
    """
    U, W, s = _square(U, "U"), _square(W), np.asarray(s, float)
    if (np.abs(s[1:]) >= 1).any():
        raise ValueError(
            f"s holds {np.abs(s[1:]).max()} in absolute value; tanh reaches only what "
            "lies below 1."
        )
    wanted = np.arctanh(s[1:]) - s[:-1] @ W.T - np.asarray(b, float)
    return np.asarray(np.linalg.solve(U, wanted.T).T)


def journey(seed: int = 0) -> dict[str, Any]:
    """Draw a network that its singular values bound sharply.

    They do so for two seeds of three. For these, W is a multiple of a rotation or
    reflection, and in every step all states have the same size, so that D_t is a
    multiple of the identity: every bound is reached. For every third seed nothing is
    special.

    Args:
        seed: any integer >= 0. T is 3, 4 or 5, and n is 2 or 3.

    Returns:
        U (n, n), W (n, n), b (n,), s_0 (n,), and x (T, n) with which the states are
        visited.
    """
    rng = np.random.default_rng(seed)
    T, n = 3 + seed % 3, 2 + seed % 2
    gain = (0.6, 1.7)[seed // 3 % 2]
    Q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    signs = rng.choice([-1.0, 1.0], (T + 1, n))
    if seed % 3 == 2:  # noqa: PLR2004  # every third
        W = gain * rng.normal(size=(n, n))
        s = signs * rng.uniform(0.1, 0.8, (T + 1, n))
    else:
        W = gain * Q
        s = signs * (rng.uniform(0.1, 0.8, (T + 1, 1)) if seed % 3 else 0.01)
    U, b = rng.uniform(0.2, 0.8, (n, n)) + np.eye(n), rng.uniform(-0.5, 0.5, n)
    return {"U": U, "W": W, "b": b, "s_0": s[0], "x": inputs(U, W, b, s)}


def _square(W: ArrayLike, name: str = "W") -> RealArray:
    W = np.asarray(W, float)
    n = len(W) if W.ndim else 0
    if n == 0 or W.shape != (n, n):
        raise ValueError(
            f"{name} has shape {W.shape}; it must be square, with at least one row."
        )
    if not np.isfinite(W).all():
        raise ValueError(f"{name} holds NaN or infinity; every number must be finite.")
    return W
