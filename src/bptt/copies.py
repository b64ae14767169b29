"""One weight in T slots.

Every step of the network may have a weight of its own; what follows if all are one?

What one can do with it, first with numbers, then with matrices::

    slots = spread(w, T)                 # (w, w ... w): one number in T slots
    states(slots, u, x, s_0)             # what scalar.states(w, u, x, s_0) computes
    slots[1] += 0.1                      # nudge w_2 and no other
    slot_derivatives(slots, u, x, s_0)   # ds_T/dw_t for every slot

    forward(spread(W, T), U, b, s_0, x)  # the states, with a W_t for every step
    copy_derivatives(W, U, b, s_0, x)    # ds_T/dW_t for every t
    total(W, U, b, s_0, x)               # their sum: ds_T/dW, if all are one weight

W and U may each be one weight, which all steps share, or T copies of it, one after the
other. The copies may differ. Complex numbers are accepted and stay complex, so that an
oracle can move one copy and leave the others alone. T = 0 is allowed, and no result
shares memory with an argument.

Every function raises TypeError for an argument that does not hold numbers and
ValueError for a wrong shape, NaN or infinity; those with matrices raise OverflowError
when numbers leave the range of floating point.

Source: I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, 2016, section 10.2.2,
where the copies are dummy variables W^(t).
"""

import operator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from bptt.arguments import Array, numbers, written
from bptt.jacobians import _shaped
from bptt.rnn import Number
from bptt.scalar import _number, _sequence


def spread(W: ArrayLike, T: int) -> Array:
    """Put one weight into T slots: W becomes (W, W ... W). This is the diagonal map.

    Args:
        W: a number or an array of any shape.
        T: how many slots, at least 0.

    Returns:
        T copies, shape (T, ...); each has memory of its own.

    Raises:
        TypeError: T is no whole number, or W does not hold numbers.
        ValueError: T is negative, or W holds NaN or infinity.
    """
    if operator.index(T) < 0:
        raise ValueError(f"T is {T}; a weight can be put into 0 slots or more.")
    return np.repeat(numbers("W", W)[np.newaxis], T, axis=0)


def states(w: ArrayLike, u: ArrayLike, x: ArrayLike, s_0: Number) -> Array:
    """Compute all states of the scalar recursion s_t = tanh(u_t x_t + w_t s_{t-1}).

    Args:
        w: the recurrent weight, one number or w_1 ... w_T, shape (T,).
        u: the input weight, one number or u_1 ... u_T, shape (T,).
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        s_0, s_1 ... s_T, shape (T+1,), so that ``s[t]`` is s_t.
    """
    x, s_0 = _sequence("x", x), _number("s_0", s_0)
    w, u = _copies("w", w, len(x)), _copies("u", u, len(x))
    s = np.empty(len(x) + 1, np.result_type(w, u, x, s_0))
    s[0] = s_0
    for t in range(1, len(s)):
        s[t] = np.tanh(u[t - 1] * x[t - 1] + w[t - 1] * s[t - 1])
    return s


def slot_derivatives(
    w: ArrayLike, u: ArrayLike, x: ArrayLike, s_0: Number,
    *, by: Literal["w", "u"] = "w",
) -> Array:  # fmt: skip
    """Compute ds_T/dw_t for every slot.

    What comes out at the end when the weight of step t alone is moved.

    Args:
        w: the recurrent weight, one number or w_1 ... w_T, shape (T,).
        u: the input weight, one number or u_1 ... u_T, shape (T,).
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.
        by: the weight whose slots are moved, "w" or "u".

    Returns:
        The derivative by the slot of step t at position t - 1, shape (T,). If all slots
        hold one number w, their sum is ds_T/dw.
    """
    _check_name(by, "w", "u")
    s, w = states(w, u, x, s_0), _copies("w", w, np.size(x))
    # what stands beside the weight in step t
    meets = s[:-1] if by == "w" else _sequence("x", x)
    result, ds_T = np.empty_like(s[1:]), 1.0  # ds_T/ds_T
    for t in range(len(result), 0, -1):
        D_t = 1 - s[t] ** 2
        result[t - 1] = ds_T * D_t * meets[t - 1]
        ds_T = ds_T * D_t * w[t - 1]  # ds_T/ds_{t-1}
    return result


def forward(
    W: ArrayLike, U: ArrayLike, b: ArrayLike, s_0: ArrayLike, x: ArrayLike
) -> Array:
    """Compute all states of the network with s_t = tanh(U_t x_t + W_t s_{t-1} + b).

    Args:
        W: recurrent weights, shape (n, n), or W_1 ... W_T, shape (T, n, n).
        U: input weights, shape (n, m), or U_1 ... U_T, shape (T, n, m).
        b: bias of the states, shape (n,).
        s_0: the initial state, shape (n,).
        x: the inputs x_1 ... x_T as rows, shape (T, m).

    Returns:
        The states s_0 ... s_T, shape (T+1, n).
    """
    W, U, b, s_0, x = _letters(W, U, b, s_0, x)
    s = np.empty((len(x) + 1, len(s_0)), np.result_type(W, U, b, s_0, x))
    s[0] = s_0
    # overflow is reported below
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for t in range(1, len(s)):
            a_t = U[t - 1] @ x[t - 1] + W[t - 1] @ s[t - 1] + b
            s[t] = np.tanh(_finite(f"a_{t}", a_t))
    return s


def copy_derivatives(
    W: ArrayLike, U: ArrayLike, b: ArrayLike, s_0: ArrayLike, x: ArrayLike,
    *, by: Literal["W", "U"] = "W",
) -> Array:  # fmt: skip
    """Compute ds_T/dW_t for every copy.

    What comes out at the end when the weight of step t alone is moved.

    Args:
        W: recurrent weights, shape (n, n), or W_1 ... W_T, shape (T, n, n).
        U: input weights, shape (n, m), or U_1 ... U_T, shape (T, n, m).
        b: bias of the states, shape (n,).
        s_0: the initial state, shape (n,).
        x: the inputs x_1 ... x_T as rows, shape (T, m).
        by: the weight whose copies are moved, "W" or "U".

    Returns:
        For "W" an array of shape (T, n, n, n), in which entry t - 1, i, j, k is the
        derivative of the i-th unit of s_T by the entry j, k of W_t; for "U" likewise,
        shape (T, n, n, m).
    """
    _check_name(by, "W", "U")
    s, (W, _, _, _, x) = forward(W, U, b, s_0, x), _letters(W, U, b, s_0, x)
    meets = s[:-1] if by == "W" else x  # what stands beside the weight in step t
    n = s.shape[1]
    result = np.empty((len(x), n, n, meets.shape[1]), s.dtype)
    ds_T = np.eye(n)  # ds_T/ds_T
    # overflow is reported below
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for t in range(len(x), 0, -1):
            D_t = np.diag(1 - s[t] ** 2)
            result[t - 1] = np.multiply.outer(ds_T @ D_t, meets[t - 1])
            ds_T = ds_T @ D_t @ W[t - 1]  # ds_T/ds_{t-1}
    return _finite(f"ds_T/d{by}_t", result)


def total(
    W: ArrayLike, U: ArrayLike, b: ArrayLike, s_0: ArrayLike, x: ArrayLike,
    *, by: Literal["W", "U"] = "W",
) -> Array:  # fmt: skip
    """Compute ds_T/dW, the sum of the derivatives by all copies.

    Arguments and errors as for `copy_derivatives`.

    Returns:
        For "W" shape (n, n, n), for "U" shape (n, n, m). Entry i, j, k is the
        derivative of the i-th unit of s_T by the entry j, k of the weight. Zero when T
        = 0.
    """
    derivative: Array = copy_derivatives(W, U, b, s_0, x, by=by).sum(axis=0)
    return derivative


def _letters(
    W: ArrayLike, U: ArrayLike, b: ArrayLike, s_0: ArrayLike, x: ArrayLike
) -> tuple[Array, Array, Array, Array, Array]:
    x, s_0 = _shaped("x", x, "T", "m"), _shaped("s_0", s_0, "n")
    (T, m), n = x.shape, len(s_0)
    W, U = _copies("W", W, T, n, n), _copies("U", U, T, n, m)
    return W, U, _shaped("b", b, "n", n=n), s_0, x


def _copies(name: str, weight: ArrayLike, T: int, *shape: int) -> Array:
    array = numbers(name, weight)
    if array.shape not in {shape, (T, *shape)}:
        one, many = written(shape), written((T, *shape))
        raise ValueError(
            f"{name} has shape {written(array.shape)}; it must be {one} for one weight "
            f"in all steps, or {many} for one in each step."
        )
    return np.broadcast_to(array, (T, *shape))


def _check_name(by: str, *names: str) -> None:
    if by not in names:
        raise ValueError(
            f"by is {by!r}; it must be {' or '.join(map(repr, names))}, the weight "
            "whose copies are moved."
        )


def _finite(name: str, values: Array) -> Array:
    if not np.isfinite(values).all():
        raise OverflowError(
            f"{name} is not finite: numbers became too large; make weights or x "
            "smaller."
        )
    return values
