"""What some printed programs and formulas do, written anew, so that it can be counted.

What one can do with it::

    walk(W=W, V=V, s=s, D=D, g=g, truncate=4)  # one step further, as printed
    stand_ins(xi, **draws.scalar())            # for ds_t/dw: as printed, as meant
    outcomes(0.5, **draws.scalar())            # the last values, with chances

Nothing here is meant to be used for learning. Every line was written for this book; no
program of the texts in the museum was copied.

Sources: D. Britz, notebook of the WildML tutorial on recurrent networks, part 2, 2015
(the loop of the method bptt); A. Zhang and others, Dive into Deep Learning, section on
backpropagation through time (the random stand-in).
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, scalar
from bptt.arguments import Array

MOST_STEPS = 16
"""Beyond this there are more than 32,768 patterns to go through."""


class Walked(NamedTuple):
    """What walks back from every loss have found, and how long they were."""

    W: Array
    """The gradient by W that was collected, shape (n, n)."""

    steps: list[int]
    """How often a term was added, for each of the losses E_1 ... E_T."""


class StandIns(NamedTuple):
    """Random numbers in the place of ds_1/dw ... ds_T/dw, for given random factors."""

    printed: Array
    """Every one made from the exact derivative before it, shape (T,)."""

    meant: Array
    """Every one made from the stand-in before it, shape (T,)."""


class Outcomes(NamedTuple):
    """What a stand-in for ds_T/dw can come to: chance by value."""

    printed: Mapping[float, float]
    """Made from the exact derivative."""

    meant: Mapping[float, float]
    """Made from the stand-in before it."""


def walk(*, W: Array, V: Array, s: Array, D: Array, g: Array, truncate: int) -> Walked:
    """Walk back from every loss, in a loop over its last steps.

    It runs from step t down to and including step t - truncate.

    Args:
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        D: the slopes of tanh at every step, shape (T, n).
        g: the derivatives of the losses by the logits, y_hat_t - y_t, shape (T, q).
        truncate: the number that the loop is given, at least 1.

    Returns:
        The gradient and the counted steps.

    Raises:
        TypeError: `truncate` is not a whole number.
        ValueError: `truncate` is below 1.
    """
    reach = arguments.count("truncate", truncate)
    grad_W, steps = np.zeros(W.shape), []
    for t in range(1, len(D) + 1):
        error, added = D[t - 1] * (V.T @ g[t - 1]), 0
        for k in range(t, max(t - reach, 1) - 1, -1):
            grad_W += np.outer(error, s[k - 1])
            added += 1
            if k > 1:
                error = D[k - 2] * (W.T @ error)
        steps.append(added)
    return Walked(grad_W, steps)


def stand_ins(xi: ArrayLike, w: float, u: float, x: ArrayLike, s_0: float) -> StandIns:
    """Compute both random stand-ins for the derivatives, for given factors.

    The printed one is z_t = D_t s_{t-1} + xi_t D_t w ds_{t-1}/dw. The other one has
    itself, one step before, in the place of that derivative.

    Args:
        xi: xi_1 ... xi_T, shape (T,); the first one multiplies zero.
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        Both, for t = 1 ... T.

    Raises:
        TypeError: as `bptt.scalar.states`.
        ValueError: as `bptt.scalar.states`, or xi has another shape than x.
    """
    s, xi = scalar.states(w, u, x, s_0), np.asarray(xi, float)
    T = len(s) - 1
    if xi.shape != (T,):
        raise ValueError(
            f"xi has shape {xi.shape}; it must be ({T},), one factor for every step."
        )
    D = scalar.slopes(s[1:])
    printed, meant = np.empty(T), np.empty(T)
    exact = stand_in = 0.0
    for t in range(T):
        direct, onward = D[t] * s[t], D[t] * w
        printed[t] = direct + xi[t] * onward * exact
        meant[t] = stand_in = direct + xi[t] * onward * stand_in
        exact = direct + onward * exact
    return StandIns(printed, meant)


def outcomes(pi: float, w: float, u: float, x: ArrayLike, s_0: float) -> Outcomes:
    """Go through all patterns of factors, and collect the last values.

    Each factor is 1/pi with chance pi and otherwise 0.

    Args:
        pi: the chance that a factor is not zero, above 0 and below 1.
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,), T from 1 to 16.
        s_0: the initial state, a number.

    Returns:
        For both stand-ins, how likely each value is.

    Raises:
        TypeError: as `bptt.scalar.states`.
        ValueError: as `bptt.scalar.states`, or pi or T is out of range.
    """
    T = len(scalar.states(w, u, x, s_0)) - 1
    if not 0 < pi < 1:
        raise ValueError(
            f"pi is {pi}; a chance that leaves something to chance must be above 0 and "
            "below 1."
        )
    if not 1 <= T <= MOST_STEPS:
        raise ValueError(
            f"T is {T}; to go through 2^(T-1) patterns it must be from 1 to "
            f"{MOST_STEPS}."
        )
    chances = tuple(defaultdict[float, float](float) for _ in range(2))
    for on in product((True, False), repeat=T - 1):
        likely = math.prod(pi if step else 1 - pi for step in on)
        both = stand_ins([0.0, *np.where(on, 1 / pi, 0.0)], w, u, x, s_0)
        for found, values in zip(chances, both, strict=True):
            found[float(values[-1])] += likely
    return Outcomes(*(dict(found) for found in chances))
