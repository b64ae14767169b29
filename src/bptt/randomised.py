"""Truncation at random places, with weights that make up for it.

The gradient is right on average.

What one can do with it::

    xi = np.array([2.0, 0.0, 2.0, 2.0])  # walk on, stop, walk on, walk on
    errors(xi, **draws.rnn())            # the error terms of this one walk
    expected(0.5, **draws.rnn())         # their mean: those of `bptt.backward`
    spread(0.5, **draws.rnn())           # how far a single walk is off, as a deviation

From t = T down to 1, the errors are delta_t = D_t (V^T (y_hat_t - y_t) + xi_t W^T
delta_{t+1}). Each xi_t is 1/p with chance p, and otherwise 0, which ends the walk; all
are drawn independently. Means are taken by going through every pattern, not by drawing
some.

Source: C. Tallec, Y. Ollivier, Unbiasing truncated backpropagation through time, 2017,
arXiv:1705.08209.
"""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import backward, rnn
from bptt.arguments import Array

MOST_STEPS = 16
"""Beyond this there are more than 32,768 patterns to go through."""


def patterns(T: int, p: float) -> Iterator[tuple[NDArray[np.float64], float]]:
    """Go through all patterns of walking on and stopping.

    Args:
        T: how many steps, from 1 to 16.
        p: the chance to walk on, above 0 and at most 1.

    Yields:
        xi_1 ... xi_{T-1}, shape (T-1,), and how likely it is.

    Raises:
        ValueError: T or p is out of range.
    """
    if not 1 <= T <= MOST_STEPS:
        raise ValueError(
            f"T is {T}; to go through 2^(T-1) patterns it must be from 1 to "
            f"{MOST_STEPS}."
        )
    if not 0 < p <= 1:
        raise ValueError(
            f"p is {p}; a chance to walk on must be above 0, or there is no weight "
            "1/p, and at most 1."
        )
    for on in product((True, False), repeat=T - 1):
        yield np.where(on, 1 / p, 0.0), math.prod(p if step else 1 - p for step in on)


def errors(xi: ArrayLike, **letters: ArrayLike) -> Array:
    """Walk back once, with given weights.

    Args:
        xi: xi_1 ... xi_{T-1}, shape (T-1,); ones give the errors of `bptt.backward`.
        letters: the arguments of `bptt.rnn.forward`, with T at least 1 and y as one-hot
            rows.

    Returns:
        delta_1 ... delta_T as rows, shape (T, n).

    Raises:
        ValueError: xi has another shape.
    """
    return _walk(np.asarray(xi, float), rnn.forward(**letters), letters)


def expected(p: float, **letters: ArrayLike) -> Array:
    """Compute the mean of the error terms over all patterns.

    Args:
        p: the chance to walk on, above 0 and at most 1.
        letters: the arguments of `bptt.rnn.forward`, T from 1 to 16.

    Returns:
        The means, shape (T, n).

    Raises:
        ValueError: p or T is out of range.
    """
    run = rnn.forward(**letters)
    mean: Array = np.sum(
        [chance * _walk(xi, run, letters) for xi, chance in patterns(len(run.a), p)],
        axis=0,
    )
    return mean


def spread(p: float, **letters: ArrayLike) -> float:
    """Compute the spread of the gradient by W of a single walk.

    It is how far that is from its mean, relative to the mean.

    Args:
        p: the chance to walk on, above 0 and at most 1.
        letters: the arguments of `bptt.rnn.forward`, T from 1 to 16.

    Returns:
        The root of the mean square of the distance, over the length of the gradient,
        both taken entry by entry.

    Raises:
        ValueError: p or T is out of range.
    """
    run = rnn.forward(**letters)
    found = [
        (_walk(xi, run, letters).T @ run.s[:-1], chance)
        for xi, chance in patterns(len(run.a), p)
    ]
    mean = sum(chance * one for one, chance in found)
    square = sum(chance * float(np.sum((one - mean) ** 2)) for one, chance in found)
    return math.sqrt(square) / float(np.linalg.norm(mean))


def _walk(
    xi: NDArray[np.float64], run: rnn.Forward, letters: dict[str, ArrayLike]
) -> Array:
    W, V, y = (np.asarray(letters[name]) for name in ("W", "V", "y"))
    T = len(run.a)
    if xi.shape != (T - 1,):
        raise ValueError(
            f"xi has shape {xi.shape}; it must be ({T - 1},), one less than there are "
            "steps."
        )
    delta = np.empty_like(run.a)
    for t in range(T, 0, -1):
        heard = V.T @ (run.y_hat[t - 1] - y[t - 1])
        if t < T:
            heard = heard + xi[t - 1] * (W.T @ delta[t])
        delta[t - 1] = backward.slopes(run.a[t - 1]) @ heard
    return delta
