"""Clipping: gradients that are too long together are made shorter.

All are shortened by one factor, so their direction stays.

What one can do with it::

    clipped, norm = by_norm({"W": found.W, "U": found.U}, 5.0)

The norm is that of all entries of all gradients in one column. If it is above the
threshold, each gradient g becomes g threshold / norm; otherwise all stay as they are.
Which gradients belong together is for the caller to say, by name: what `bptt.minibatch`
or `bptt.backward` returns also holds a loss, states or error terms, and s_0 may not be
learned.

Source: R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent
neural networks, 2013, algorithm 1.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from bptt.arguments import Array, numbers


def by_norm(
    gradients: Mapping[str, ArrayLike], threshold: float
) -> tuple[dict[str, Array], float]:
    """Shorten gradients to a norm of at most `threshold`.

    It holds up to rounding in their own precision.

    Args:
        gradients: the gradients by name, each of any shape.
        threshold: the largest norm allowed, above 0.

    Returns:
        Copies of the gradients, clipped, in the same precision; and the norm that they
        had before, in double precision.

    Raises:
        TypeError: gradients have no names, one does not hold real numbers, or the
            threshold is not a number.
        ValueError: a gradient holds NaN or infinity, or the threshold is not a finite
            number above 0.
        OverflowError: the norm leaves the range of floating point numbers.

    Source: Pascanu et al. 2013, algorithm 1.
    """
    _check_threshold(threshold)
    if not isinstance(gradients, Mapping):
        raise TypeError(
            f"gradients is of type {type(gradients).__name__}; it must give every "
            'array a name, as {"W": found.W, "U": found.U} does.'
        )
    copies = {name: _real(name, gradient) for name, gradient in gradients.items()}
    largest = max(
        (float(np.abs(copy).max(initial=0)) for copy in copies.values()), default=0.0
    )
    if largest == 0:
        return copies, 0.0
    # In units of the largest entry, for the squares of huge numbers overflow and those
    # of tiny ones vanish.
    squares = sum(
        float(np.square(copy.astype(float) / largest).sum()) for copy in copies.values()
    )
    with np.errstate(over="ignore"):  # reported below, by name
        norm = float(np.float64(largest) * np.sqrt(squares))
    if not np.isfinite(norm):
        raise OverflowError(
            "the norm of the gradients is not finite: they are too large; make weights "
            "or x smaller."
        )
    if norm > threshold:
        copies = {
            name: np.asarray(copy * (threshold / norm), copy.dtype)
            for name, copy in copies.items()
        }
    return copies, norm


def _real(name: str, value: ArrayLike) -> Array:
    copy = numbers(name, value)
    if np.iscomplexobj(copy):
        raise TypeError(f"{name} has dtype {copy.dtype}; it must hold real numbers.")
    return copy


def _check_threshold(threshold: float) -> None:
    kinds = (int, float, np.integer, np.floating)
    if isinstance(threshold, bool) or not isinstance(threshold, kinds):
        raise TypeError(f"threshold is {threshold!r}; it must be a number above 0.")
    if not 0 < threshold < np.inf:
        raise ValueError(
            f"threshold is {threshold}; it must be a finite number above 0."
        )
