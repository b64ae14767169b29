"""Differentiate a program from outside.

Run it at nudged inputs and look at what comes out.

What one can do with it::

    complex_step(f, x)            # derivative of f at x, exact to rounding
    directional(f, x, direction)  # all inputs at once, one run of f
    central_difference(f, x)      # real numbers only; says how far it can be trusted

Nothing here knows what f computes, which is why these answers can testify for or
against a derivation. f takes an array of the shape of x and returns a number or an
array of shape S; the derivative has shape S + x.shape (the output indices first), so a
gradient has the shape of x. f gets a fresh copy of x at every call, and x itself is
never changed.

The complex step needs an f that is analytic: sums, products, quotients, exp, log, tanh.
It refuses an f that drops the imaginary part. It cannot notice an f that bends it
half-way (np.conj, np.abs of one entry among others): where that is possible, compare
with `central_difference`, which needs no analyticity.

Sources: W. Squire, G. Trapp, Using complex variables to estimate derivatives of real
functions, 1998, doi:10.1137/S003614459631241X; J. R. R. A. Martins, P. Sturdza, J. J.
Alonso, The complex-step derivative approximation, 2003, doi:10.1145/838250.838251. Both
give Im f(x + ih) / h, whose error is of order h**2 and which subtracts nothing, so that
h may be as small as numbers get.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

RealArray: TypeAlias = NDArray[np.float64]
Function: TypeAlias = Callable[[NDArray[Any]], ArrayLike]

STEP = 1e-30
"""The default complex step. Its square vanishes beside 1, and h times any usual number
is still a normal number."""


class Estimate(NamedTuple):
    """A derivative and how far it may be off, entry by entry."""

    value: RealArray
    """The derivative, shape S + x.shape."""

    error: RealArray
    """How far the value may be off, same shape. It is ten times what extrapolation
    still moved, rounding included."""


def complex_step(f: Function, x: ArrayLike, step: float = STEP) -> RealArray:
    """Compute the derivative of f at x with one complex run of f for each entry of x.

    Args:
        f: an analytic function of an array of the shape of x; returns a number or an
            array of shape S.
        x: the point, real, any shape.
        step: the length of the imaginary step, in the unit of x; anything between 1e-8
            and 1e-290 gives the same answer.

    Returns:
        The derivative, real, shape S + x.shape.

    Raises:
        TypeError: x is not real.
        ValueError: x is not finite, f drops the imaginary part, returns NaN or infinity
            or changes its shape, or the step is not positive.

    Source: Squire and Trapp 1998, doi:10.1137/S003614459631241X.
    """
    point = _real("x", x)
    columns = [
        directional(f, point, direction, step) for direction in _unit_directions(point)
    ]
    return _stacked(columns, f, point)


def directional(
    f: Function, x: ArrayLike, direction: ArrayLike, step: float = STEP
) -> RealArray:
    """Compute how fast f changes at x in a direction, with one complex run of f.

    Args:
        f: an analytic function of an array of the shape of x; returns a number or an
            array of shape S.
        x: the point, real, any shape.
        direction: what x changes by per unit of the derivative, same shape as x.
        step: the length of the imaginary step, as in `complex_step`.

    Returns:
        The derivative of f(x + r direction) with respect to the number r at r = 0,
        real, shape S.

    Raises:
        TypeError: x or the direction is not real.
        ValueError: as `complex_step`; or the direction has another shape than x.

    Source: Martins, Sturdza and Alonso 2003, doi:10.1145/838250.838251.
    """
    point, towards = _real("x", x), _real("direction", direction)
    if towards.shape != point.shape:
        raise ValueError(
            f"direction has shape {towards.shape}; it must have the shape of x, "
            f"{point.shape}."
        )
    value = np.asarray(f(point + 1j * _positive(step) * towards))
    if not np.iscomplexobj(value):
        raise ValueError(
            "f dropped the imaginary part: it was given complex128 and returned "
            f"{value.dtype}. Keep complex numbers all the way (no float(), abs(), "
            ".real, real output array), or use central_difference. An f that does not "
            "use x has nothing to differentiate."
        )
    return np.asarray(_finite(value).imag / step)


def central_difference(
    f: Function, x: ArrayLike, step: float = 0.05, levels: int = 12
) -> Estimate:
    """Compute the derivative of f at x by central differences.

    They are refined by Richardson extrapolation. The difference quotient (f(x + h) -
    f(x - h)) / 2h is taken for h = step, step/2, step/4 and so on. Its error is a
    series in h**2, so neighbouring quotients are combined until the leading powers
    cancel. Of all combinations the one is kept that moved least, rounding of f
    included; the claimed error is ten times that.

    Args:
        f: a smooth function of a real array of the shape of x; returns a real number or
            real array of shape S.
        x: the point, real, any shape.
        step: the largest h, times the entry of x where that is larger than 1; f must be
            smooth that far.
        levels: how many values of h are tried, at least 2; each costs two runs of f for
            every entry of x.

    Returns:
        The derivative, shape S + x.shape, and an estimate of its error.

    Raises:
        TypeError: x is not real.
        ValueError: x is not finite, f returns complex numbers, NaN or infinity or
            changes its shape, the step is not positive, or there are fewer than two
            levels.

    Source: L. F. Richardson, The approximate arithmetical solution by finite
    differences, 1911, doi:10.1098/rsta.1911.0009; C. J. F. Ridders, Accurate
    computation of F'(x) and F'(x) F''(x), 1982, doi:10.1016/S0141-1195(82)80057-0.
    """
    point = _real("x", x)
    if levels < 2:  # noqa: PLR2004  # one quotient alone cannot say how far it is off
        raise ValueError(
            f"levels is {levels}; it must be at least 2, because the error is judged "
            "from two quotients."
        )
    lengths = np.ldexp(_positive(step), -np.arange(levels))
    pairs = [
        _extrapolated(f, point, direction, lengths)
        for direction in _unit_directions(point)
    ]
    return Estimate(
        _stacked([value for value, _ in pairs], f, point),
        _stacked([error for _, error in pairs], f, point),
    )


def _extrapolated(
    f: Function, x: RealArray, direction: RealArray, lengths: RealArray
) -> tuple[RealArray, RealArray]:
    scale = max(1.0, float(np.abs((x * direction).sum())))
    best, least = np.asarray(0.0), np.asarray(np.inf)
    previous: list[RealArray] = []
    for h in lengths * scale:
        ahead = _real_value(f, x + h * direction)
        behind = _real_value(f, x - h * direction)
        width, largest = 2 * h, np.maximum(np.abs(ahead), np.abs(behind))
        rounding = 16 * np.finfo(float).eps * largest / width
        row = [(ahead - behind) / width]
        for j, coarser in enumerate(previous, start=1):
            row.append(row[-1] + (row[-1] - coarser) / (4.0**j - 1))
            moved = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - coarser))
            moved = moved + rounding
            best = np.where(moved < least, row[-1], best)
            least = np.minimum(moved, least)
        previous = row
    # of many combinations the luckiest was taken; ten allows for that
    return best, 10 * least


def _unit_directions(x: RealArray) -> list[RealArray]:
    return [row.reshape(x.shape) for row in np.eye(x.size)]


def _stacked(columns: list[RealArray], f: Function, x: RealArray) -> RealArray:
    if not columns:
        return np.zeros(np.shape(f(x.copy())) + x.shape)
    if len({column.shape for column in columns}) > 1:
        raise ValueError(
            "f returned arrays of different shapes: "
            f"{sorted({column.shape for column in columns})}."
        )
    return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)


def _real_value(f: Function, x: RealArray) -> RealArray:
    value = np.asarray(f(x))
    if value.dtype.kind not in "iuf":
        raise ValueError(
            f"f was given float64 and returned {value.dtype}; central differences need "
            "real numbers."
        )
    return _finite(value).astype(float)


def _finite(value: NDArray[Any]) -> NDArray[Any]:
    if not np.isfinite(value).all():
        raise ValueError(
            f"f returned NaN or infinity near x: {value!r}; choose another point or a "
            "smaller step."
        )
    return value


def _real(name: str, value: ArrayLike) -> RealArray:
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {array.dtype}; it must hold real numbers.")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds NaN or infinity: {value!r}; every number must be finite."
        )
    return array.astype(float)


def _positive(step: float) -> float:
    if not (np.isfinite(step) and step > 0):
        raise ValueError(f"step is {step}; it must be a positive, finite number.")
    return step
