"""The recursion s_t = tanh(u x_t + w s_{t-1}) with one number per state.

With it stands its derivative with respect to w.

What one can do with it::

    s = states(w, u, x, s_0)  # s_0, s_1 ... s_T
    terms(w, u, x, s_0)       # ds_T/dw as T summands, one for each use of w
    derivative(w, u, x, s_0)  # their sum, by the product rule step after step
    frozen(w, u, x, s_0)      # the wrong answer: as if s_{T-1} did not hang on w

Everything works for complex numbers too, so that an oracle can differentiate these
programs from outside. All numbers are without unit; T is the length of x, and T = 0 is
allowed. Every function raises TypeError for an argument that is not a number (or, for
x, a sequence of numbers) and ValueError for a wrong shape, NaN or infinity.

The slope of tanh is computed from the state, 1 - s_t**2. That loses digits where tanh
is nearly flat: of sixteen, twelve remain where its argument is 5 or -5, and six where
it is 12 or -12. Choose numbers for which the states stay away from -1 and 1.

Source: P. J. Werbos, Backpropagation through time: what it does and how to do it, 1990,
doi:10.1109/5.58337.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]
"""An array of float64, or of complex128 when any argument is complex."""

Number: TypeAlias = float | complex


def states(w: Number, u: Number, x: ArrayLike, s_0: Number) -> Array:
    """Compute all states.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        s_0, s_1 ... s_T, shape (T+1,), so that ``s[t]`` is s_t.
    """
    w, u, s_0 = _number("w", w), _number("u", u), _number("s_0", s_0)
    x = _sequence("x", x)
    s = np.empty(len(x) + 1, dtype=np.result_type(float, w, u, x, s_0))
    s[0] = s_0
    for t in range(1, len(s)):
        s[t] = np.tanh(u * x[t - 1] + w * s[t - 1])
    return s


def slopes(s: ArrayLike) -> Array:
    """Compute the slope of tanh at each state from the state itself.

    It is 1 - s_t**2, in the shape of s, shape (T,).
    """
    return 1 - _sequence("s", s) ** 2


def terms(w: Number, u: Number, x: ArrayLike, s_0: Number) -> Array:
    """Split ds_T/dw into one summand for each use of w.

    The k-th step uses w once, as w s_{k-1}. From there the change travels to s_T
    through the steps k+1 ... T::

        term k = (1 - s_T**2) w ... (1 - s_{k+1}**2) w (1 - s_k**2) s_{k-1}

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        Term k = 1 ... T at position k - 1, shape (T,).
    """
    s = states(w, u, x, s_0)
    slope = slopes(s[1:])
    travelled = np.ones_like(slope)
    for k in range(len(slope) - 1, 0, -1):
        travelled[k - 1] = travelled[k] * slope[k] * w
    return travelled * slope * s[:-1]


def derivative(w: Number, u: Number, x: ArrayLike, s_0: Number) -> Number:
    """Compute ds_T/dw by the product rule, one step after the other.

    The recursion starts with ds_0/dw = 0::

        ds_t/dw = (1 - s_t**2) (s_{t-1} + w ds_{t-1}/dw)

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        ds_T/dw, a number; 0 when T = 0.
    """
    last: Number = derivatives(w, u, x, s_0)[-1].item()
    return last


def derivatives(w: Number, u: Number, x: ArrayLike, s_0: Number) -> Array:
    """Compute ds_t/dw for every step by the recursion of `derivative`.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        ds_0/dw = 0, ds_1/dw ... ds_T/dw, shape (T+1,).
    """
    s = states(w, u, x, s_0)
    slope = slopes(s)
    ds_dw = np.zeros_like(s)
    for t in range(1, len(s)):
        ds_dw[t] = slope[t] * (s[t - 1] + w * ds_dw[t - 1])
    return ds_dw


def frozen(w: Number, u: Number, x: ArrayLike, s_0: Number) -> Number:
    """Compute the derivative that treats s_{T-1} as a constant: (1 - s_T**2) s_{T-1}.

    It is wrong as soon as T > 1.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        The last of the `terms`, a number; 0 when T = 0, where no step uses w.
    """
    s = states(w, u, x, s_0)
    last: Number = ((1 - s[-1] ** 2) * s[-2] if len(s) > 1 else 0 * s[-1]).item()
    return last


def frozen_state(
    w_nudged: Number, w: Number, u: Number, x: ArrayLike, s_0: Number
) -> Number:
    """Compute the last state when only the last step sees the nudged weight.

    The states up to s_{T-1} are those of w. This is the experiment that `frozen`
    describes: its slope at w_nudged = w is `frozen`, while the slope of
    ``states(w_nudged, u, x, s_0)[-1]`` is `derivative`.

    Args:
        w_nudged: the weight of the last step, a number.
        w: the weight of all earlier steps, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        tanh(u x_T + w_nudged s_{T-1}), a number; s_0 when T = 0.
    """
    s = states(w, u, x, s_0)
    if len(s) > 1:
        s = states(w_nudged, u, _sequence("x", x)[-1:], s[-2])
    last: Number = s[-1].item()
    return last


def _number(name: str, value: Number) -> Number:
    number = _checked(name, value)
    if number.ndim:
        raise ValueError(f"{name} has shape {number.shape}; it must be one number.")
    one: Number = number.item()
    return one


def _sequence(name: str, value: ArrayLike) -> Array:
    sequence = _checked(name, value)
    if sequence.ndim != 1:
        raise ValueError(
            f"{name} has shape {sequence.shape}; it must be a sequence of numbers with "
            "shape (T,)."
        )
    return sequence


def _checked(name: str, value: ArrayLike) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "iufc":
        raise TypeError(
            f"{name} has dtype {array.dtype}; it must hold real or complex numbers."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds NaN or infinity: {value!r}; every number must be finite."
        )
    return array.astype(np.result_type(float, array))
