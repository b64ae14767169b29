"""How far a gradient reaches, for three networks.

It is the derivative of the last loss by the input of so many steps before.

What one can do with it::

    data = sequences()                             # the same inputs and classes for all
    by_lag("rnn", data)                            # a norm for each lag 0 ... T - 1
    by_lag("lstm", data, b_f=1.0)                  # a bias for the forget gates
    by_lag("gru", data, b_z=1.0)                   # or for the update gates

No network here is trained. All weights are drawn uniformly from -1/sqrt(n) to
1/sqrt(n), as PyTorch does for its recurrent layers, with the same seed; all biases are
zero but for the one that is given. Only the last step has a loss. What is measured is
the norm of its derivative by the input vector x_{T-lag}, as root mean square over the
sequences.
"""

from typing import Any, NamedTuple

import numpy as np

from bptt import backward, gru, lstm
from bptt.arguments import Array, count

N, M, Q = 24, 8, 6
"""Units, inputs and classes of every network."""


class Data(NamedTuple):
    """Inputs and classes for all networks."""

    x: Array
    """Inputs, shape (B, T, m)."""

    y: Array
    """Classes, shape (B, T)."""


def sequences(T: int = 40, B: int = 4, seed: int = 0) -> Data:
    """Draw B sequences of T steps: normal numbers as inputs, any classes.

    Args:
        T: how many steps, at least 1.
        B: how many sequences, at least 1.
        seed: any integer >= 0.

    Raises:
        TypeError: an argument is not a whole number.
        ValueError: an argument is out of range.
    """
    rng = np.random.default_rng(count("seed", seed, 0))
    T, B = count("T", T), count("B", B)
    return Data(rng.normal(size=(B, T, M)), rng.integers(Q, size=(B, T)))


def by_lag(kind: str, data: Data, seed: int = 1, **biases: float) -> Array:
    """Measure how the last loss answers to the input of 0, 1, ... T - 1 steps before.

    Args:
        kind: "rnn", "lstm" or "gru".
        data: the sequences.
        seed: of the weights, any integer >= 0.
        biases: the number that fills a bias, such as b_f.

    Returns:
        The norms, shape (T,).

    Raises:
        TypeError: seed is not a whole number.
        ValueError: another kind, a bias that this network does not have, no sequence or
            no step, or seed is negative.
    """
    if 0 in data.y.shape:
        raise ValueError(
            f"data.y has shape {data.y.shape}; it must be (B, T), both at least 1."
        )
    if kind not in _KINDS:
        raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(_KINDS)}.")
    axes, walk = _KINDS[kind]
    known = {name for name, letters in axes.items() if letters == ("n",)}
    if unknown := sorted({*biases} - known):
        raise ValueError(f"{unknown[0]!r} is no bias of this network.")
    rng, sizes = np.random.default_rng(count("seed", seed, 0)), {"n": N, "m": M, "q": Q}
    parameters: dict[str, Any] = {}
    for name, letters in axes.items():
        shape = [sizes[letter] for letter in letters]
        drawn = rng.uniform(-1, 1, shape) / np.sqrt(N)
        parameters[name] = (
            drawn if len(shape) > 1 else np.full(shape, biases.get(name, 0.0))
        )
    last = np.eye(data.y.shape[1])[-1]
    norms = [
        np.linalg.norm(walk(parameters, x, y, last), axis=1)
        for x, y in zip(data.x, data.y, strict=True)
    ]
    result: Array = np.sqrt(np.mean(np.square(norms), axis=0))[::-1]
    return result


# Each of the three returns an array, shape (T, m).


def _rnn(p: dict[str, Any], x: Array, y: Array, mask: Array) -> Any:  # noqa: ANN401
    found = backward.backward(**p, s_0=np.zeros(N), x=x, y=y, mask=mask)
    return found.delta @ p["U"]


def _lstm(p: dict[str, Any], x: Array, y: Array, mask: Array) -> Any:  # noqa: ANN401
    starts = {"s_0": np.zeros(N), "kappa_0": np.zeros(N)}
    found = lstm.backward(**p, **starts, x=x, y=y, mask=mask)
    return sum(found.delta[gate] @ p[f"U_{gate}"] for gate in lstm.GATES)


def _gru(p: dict[str, Any], x: Array, y: Array, mask: Array) -> Any:  # noqa: ANN401
    found = gru.backward(**p, s_0=np.zeros(N), x=x, y=y, mask=mask)
    return sum(found.delta[gate] @ p[f"U_{gate}"] for gate in gru.GATES)


_KINDS = {
    "rnn": ({"U": ("n", "m"), "W": ("n", "n"), "b": ("n",), **lstm.OUTPUT}, _rnn),
    "lstm": (lstm.AXES, _lstm),
    "gru": (gru.AXES, _gru),
}
