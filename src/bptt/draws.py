"""The numbers behind the letters of the book.

They are drawn once, with a seed, so that every page speaks of the same ones.

What one can do with it::

    rnn.loss(**draws.rnn())               # a draw maps each letter to its value
    scalar.derivative(**draws.example())  # the worked example on paper

No draw is degenerate. All sizes differ, W is neither symmetric nor normal, s_0 is not
zero, no state sits where tanh is flat, and every number is well away from zero; and the
next seed has other sizes. A formula that holds for these numbers does not hold by
accident. The same seed gives the same numbers on every machine (PCG64, the generator of
numpy.random.default_rng).
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

RealArray: TypeAlias = NDArray[np.float64]

SIZES = (
    (5, 3, 2, 4), (6, 2, 3, 4), (7, 4, 2, 3), (5, 2, 4, 3),
    (7, 2, 3, 5), (5, 4, 3, 2), (8, 3, 2, 4),
)  # fmt: skip
"""T, n, m and q of a network, one after the other by seed."""

GATED_SIZES = (
    (5, 3, 2, 4), (5, 2, 3, 4), (6, 2, 4, 3), (5, 2, 4, 3),
    (5, 4, 3, 2), (6, 2, 3, 4), (5, 3, 4, 2),
)  # fmt: skip
"""The same for networks with gates, which have so many letters that a checked formula
takes longer."""


def scalar(seed: int = 0) -> dict[str, Any]:
    """Draw a scalar recursion s_t = tanh(u x_t + w s_{t-1}) with T steps.

    There are 5 steps for seed 0 and up to 8 for others.

    Args:
        seed: any integer >= 0.

    Returns:
        The arguments of the functions of `bptt.scalar`, that is w, u, s_0 (numbers) and
        x (shape (T,)).
    """
    rng = np.random.default_rng(seed)
    T, *_ = SIZES[seed % len(SIZES)]
    while True:
        w, u, s_0 = (float(number) for number in _numbers(rng, 3))
        x = _numbers(rng, T)
        U, W, b = u * np.ones((1, 1)), w * np.ones((1, 1)), np.zeros(1)
        if _is_lively(U, W, b, s_0 * np.ones(1), x[:, np.newaxis]):
            return {"w": w, "u": u, "x": x, "s_0": s_0}


def rnn(seed: int = 0) -> dict[str, RealArray]:
    """Draw a network and T steps of data for it.

    It has n states, m inputs and q classes: n, m, q and T are 3, 2, 4 and 5 for seed 0.

    Args:
        seed: any integer >= 0; `SIZES` says what sizes go with it.

    Returns:
        The arguments of `bptt.rnn.forward`, that is U (n, m), W (n, n), V (q, n), b
        (n,), c (q,), s_0 (n,), x (T, m) and y (T, q), one-hot with every class in it.
    """
    rng = np.random.default_rng(seed)
    T, n, m, q = SIZES[seed % len(SIZES)]
    # many addends would drive the states to where tanh is flat
    scale = min(1.0, 5 / (n + m))
    while True:
        U, W = scale * _numbers(rng, (n, m)), scale * _numbers(rng, (n, n))
        V = _numbers(rng, (q, n))
        b, c, s_0 = _numbers(rng, n) / 2, _numbers(rng, q) / 2, _numbers(rng, n)
        x = _numbers(rng, (T, m))
        y = np.eye(q)[[*rng.permutation(q), *rng.integers(q, size=T - q)]]
        if _is_lopsided(W) and _is_lively(U, W, b, s_0, x):
            return {"U": U, "W": W, "V": V, "b": b, "c": c, "s_0": s_0, "x": x, "y": y}


def lstm(seed: int = 0) -> dict[str, RealArray]:
    """Draw an LSTM and T steps of data for it.

    It has n states, m inputs and q classes: n, m, q and T are 3, 2, 4 and 5 for seed 0.

    Args:
        seed: any integer >= 0; `GATED_SIZES` says what sizes go with it.

    Returns:
        The arguments of `bptt.lstm.forward`: U_f (n, m), W_f (n, n), b_f (n,), likewise
        for i, omega and g, V (q, n), c (q,), s_0 and kappa_0 (n,), x (T, m), and y (T,
        q), one-hot with every class in it.
    """
    return _gated(seed, ("f", "i", "omega", "g"), "kappa_0")


def gru(seed: int = 0) -> dict[str, RealArray]:
    """Draw a GRU and T steps of data for it.

    It has n states, m inputs and q classes: n, m, q and T are 3, 2, 4 and 5 for seed 0.

    Args:
        seed: any integer >= 0; `GATED_SIZES` says what sizes go with it.

    Returns:
        The arguments of `bptt.gru.forward`: U_r (n, m), W_r (n, n), b_r (n,), likewise
        for z and g, beta (n,), V (q, n), c (q,), s_0 (n,), x (T, m), and y (T, q),
        one-hot with every class in it.
    """
    return _gated(seed, ("r", "z", "g"), "beta")


def _gated(seed: int, gates: tuple[str, ...], column: str) -> dict[str, RealArray]:
    rng = np.random.default_rng(seed)
    T, n, m, q = GATED_SIZES[seed % len(GATED_SIZES)]
    scale = min(1.0, 5 / (n + m))  # many addends would drive a gate to where it is flat
    letters: dict[str, RealArray] = {}
    for gate in gates:
        letters[f"U_{gate}"] = scale * _numbers(rng, (n, m))
        while not _is_lopsided(W := scale * _numbers(rng, (n, n))):
            pass
        letters |= {f"W_{gate}": W, f"b_{gate}": _numbers(rng, n) / 2}
    letters |= {"V": _numbers(rng, (q, n)), "c": _numbers(rng, q) / 2}
    letters |= {
        "s_0": _numbers(rng, n),
        column: _numbers(rng, n),
        "x": _numbers(rng, (T, m)),
    }
    classes = [*rng.permutation(q), *rng.integers(q, size=T - q)]
    return letters | {"y": np.eye(q)[classes]}


def logits(seed: int = 0) -> dict[str, RealArray]:
    """Draw the logits of q classes and the right class.

    There are 3 classes for seed 0 and up to 5 for others.

    Args:
        seed: any integer >= 0.

    Returns:
        o (q,), the logits, and y (q,), one-hot.
    """
    rng = np.random.default_rng(seed)
    q = 3 + seed % 3
    return {"o": 2 * _numbers(rng, q), "y": np.eye(q)[rng.integers(q)]}


def functions(seed: int = 0) -> dict[str, float]:
    """Draw two cubic functions of a weight.

    They are u(w) = a_0 + a_1 w + a_2 w**2 + a_3 w**3, and v(w) likewise with b.

    Args:
        seed: any integer >= 0.

    Returns:
        a_0 ... a_3, b_0 ... b_3, the point w, and a step h between 0.3 and 0.45, so
        large that the corner of the product rule can be seen.
    """
    rng = np.random.default_rng(seed)
    names = [*(f"a_{i}" for i in range(4)), *(f"b_{i}" for i in range(4)), "w"]
    values = (float(number) for number in _numbers(rng, len(names)))
    letters = dict(zip(names, values, strict=True))
    return letters | {"h": float(rng.uniform(0.3, 0.45))}


def product(seed: int = 0) -> dict[str, RealArray]:
    """Draw a matrix, a vector, and an increment for each.

    Args:
        seed: any integer >= 0.

    Returns:
        W and ΔW (n, n), s and Δs (n,), with n = 3 for seed 0. The increments are a
        tenth to a third of the size of the others.
    """
    rng = np.random.default_rng(seed)
    _, n, *_ = SIZES[seed % len(SIZES)]
    while True:
        W, s = _numbers(rng, (n, n)), _numbers(rng, n)
        if _is_lopsided(W):
            return {
                "W": W,
                "s": s,
                "ΔW": _numbers(rng, (n, n)) / 3,
                "Δs": _numbers(rng, n) / 3,
            }


def example() -> dict[str, Any]:
    """Give the worked example on paper.

    It is a scalar recursion with T = 3 whose rounded numbers add up. Compute with four
    decimals, round after every line, and every line is still right in all four: the
    states, the slopes, the three terms of ds_3/dw, their sum, and the derivative by the
    recursion. A test holds it to that.

    Returns:
        The arguments of the functions of `bptt.scalar`, that is w, u, s_0 (numbers) and
        x (shape (3,)), each with at most two decimals.
    """
    return {"w": 0.8, "u": 0.5, "x": np.array([0.4, -0.5, 0.7]), "s_0": 0.6}


_BAND = (0.05, 0.9)
"""Where a state may lie in absolute value: away from 0, where terms vanish, and from 1,
where tanh is flat."""


def _numbers(rng: np.random.Generator, shape: int | tuple[int, ...]) -> RealArray:
    size: RealArray = rng.uniform(0.4, 1.0, shape)
    signs: RealArray = rng.choice([-1.0, 1.0], shape)
    return size * signs


def _is_lopsided(W: RealArray) -> bool:
    scale = np.linalg.norm(W)
    asymmetry = np.linalg.norm(W - W.T) / scale
    abnormality = np.linalg.norm(W @ W.T - W.T @ W) / scale**2
    return bool(min(asymmetry, abnormality) > 0.2)  # noqa: PLR2004  # above tolerances


def _is_lively(
    U: RealArray, W: RealArray, b: RealArray, s_0: RealArray, x: RealArray
) -> bool:
    states = [s_0]
    for x_t in x:
        states.append(np.tanh(U @ x_t + W @ states[-1] + b))
    size = np.abs(states[1:])
    return bool(size.min() > _BAND[0] and size.max() < _BAND[1])
