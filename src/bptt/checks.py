"""Checks of a gradient, each of which returns the two numbers that ought to be equal.

What one can do with it::

    central_quotient(f, x, direction, h)  # one difference quotient, with its h
    along(rnn.loss, letters, gradients)   # at once: by the gradient, by complex step
    dot_product(J, J_transposed, v, u)    # do two programs belong together?
    relative_error(found, expected)       # how far off, in a number that is never NaN

None of them decides whether the numbers are close enough: that depends on the method,
and the reader should see by how much. A comparison that could not have failed is
refused: other shapes, nothing to compare, NaN.

Sources: the complex step as in `bptt.oracle`; the dot-product test is the usual one of
programs for linear operators, such as PyLops (pylops.utils.dottest).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import oracle

RealArray: TypeAlias = NDArray[np.float64]
Letters: TypeAlias = Mapping[str, Any]


class Pair(NamedTuple):
    """Two numbers that are equal, but for rounding, if the gradient is right."""

    found: float
    """By the program that is checked."""

    expected: float
    """By the other way."""


def forward_quotient(
    f: Callable[[RealArray], ArrayLike], x: ArrayLike, direction: ArrayLike, h: float
) -> RealArray:
    """Compute (f(x + h direction) - f(x)) / h.

    Args:
        f: a real function of an array of the shape of x; returns a number or an array
            of shape S.
        x: the point, any shape.
        direction: what x changes by, same shape.
        h: the step, positive.

    Returns:
        The quotient, shape S. Its error has a part of order h, and one from rounding of
        order 1/h.

    Raises:
        ValueError: h is not positive and finite, or the direction has another shape
            than x.
    """
    x, direction = _point_and_direction(x, direction, h)
    return (_values(f, x + h * direction) - _values(f, x)) / h


def central_quotient(
    f: Callable[[RealArray], ArrayLike], x: ArrayLike, direction: ArrayLike, h: float
) -> RealArray:
    """Compute (f(x + h direction) - f(x - h direction)) / 2h.

    Args:
        f: a real function of an array of the shape of x; returns a number or an array
            of shape S.
        x: the point, any shape.
        direction: what x changes by, same shape.
        h: the step, positive.

    Returns:
        The quotient, shape S. Its error has a part of order h**2, and one from rounding
        of order 1/h.

    Raises:
        ValueError: h is not positive and finite, or the direction has another shape
            than x.
    """
    x, direction = _point_and_direction(x, direction, h)
    return (_values(f, x + h * direction) - _values(f, x - h * direction)) / (2 * h)


def along(
    f: Callable[..., Any], letters: Letters, gradients: Letters, *, seed: int = 0
) -> Pair:
    """Move all parameters at once in one random direction.

    Compare how fast f changes with what the gradient says. The direction has an entry
    of 1 or -1 for every entry of every parameter. A gradient that is off by a table of
    numbers is off, along such a direction, by the sum of these numbers with random
    signs; that is, in the mean square, by its norm.

    Args:
        f: takes the letters by keyword and returns a number; it has to be analytic, as
            for `bptt.oracle.directional`.
        letters: the arguments of f.
        gradients: for some of the letters, the gradient that is checked, in the shape
            of the letter.
        seed: of the direction.

    Returns:
        The derivative of f along the direction by the gradients, and by one complex run
        of f.

    Raises:
        ValueError: there is no gradient, one has another shape than its letter, belongs
            to no letter, or holds NaN or infinity; or as `bptt.oracle.directional`.
    """
    if not gradients:
        raise ValueError(
            "gradients is empty; without a gradient there is nothing to check."
        )
    found, rng, directions = 0.0, np.random.default_rng(seed), {}
    for name, gradient in gradients.items():
        if name not in letters:
            raise ValueError(
                f"gradients has {name}, which is no argument of f; there are: "
                f"{', '.join(letters)}."
            )
        checked = _finite(f"the gradient by {name}", gradient)
        shape = np.shape(letters[name])
        if checked.shape != shape:
            raise ValueError(
                f"the gradient by {name} has shape {checked.shape}; it must be that of "
                f"{name}, {shape}."
            )
        directions[name] = rng.choice([-1.0, 1.0], shape)
        found += float((checked * directions[name]).sum())

    def moved(r: NDArray[Any]) -> ArrayLike:
        step = {
            name: letters[name] + r[0] * direction
            for name, direction in directions.items()
        }
        return np.asarray(f(**{**letters, **step}))

    return Pair(found, float(oracle.directional(moved, [0.0], [1.0])))


def dot_product(
    J: Callable[[RealArray], ArrayLike],
    J_transposed: Callable[[RealArray], ArrayLike],
    v: ArrayLike,
    u: ArrayLike,
) -> Pair:
    """Compare the dot products of u with J v, and of J^T u with v.

    J is what carries a change forward, J_transposed what carries an error back. Both
    are programs; neither matrix need ever be written down.

    Args:
        J: takes a column of the shape of v and returns one of the shape of u.
        J_transposed: takes a column of the shape of u and returns one of the shape of
            v.
        v: any change of the input.
        u: any error of the output.

    Returns:
        The dot product of J_transposed(u) with v, and that of u with J(v).

    Raises:
        ValueError: a result has the wrong shape, or holds NaN or infinity.
    """
    v, u = _finite("v", v), _finite("u", u)
    forth = _finite("J(v)", J(v.copy()))
    back = _finite("J_transposed(u)", J_transposed(u.copy()))
    for name, value, wanted, like in (
        ("J(v)", forth, u, "u"),
        ("J_transposed(u)", back, v, "v"),
    ):
        if value.shape != wanted.shape:
            raise ValueError(
                f"{name} has shape {value.shape}; it must be that of {like}, "
                f"{wanted.shape}."
            )
    return Pair(float((back * v).sum()), float((u * forth).sum()))


def relative_error(found: ArrayLike, expected: ArrayLike) -> float:
    """Compute the largest difference over the largest expected entry.

    One number for a whole table: an entry that happens to be zero or tiny is measured
    against its neighbours.

    Args:
        found: a number or an array.
        expected: the same shape.

    Returns:
        The error. Where all that is expected is zero it is 0 if that was found, and
        infinity otherwise.

    Raises:
        ValueError: other shapes, nothing to compare, or NaN or infinity.
    """
    found, expected = _finite("found", found), _finite("expected", expected)
    if found.shape != expected.shape:
        raise ValueError(
            f"found has shape {found.shape} and expected {expected.shape}; they must "
            "have one shape."
        )
    if not found.size:
        raise ValueError(
            f"found has shape {found.shape}; with no entry there is nothing to compare."
        )
    difference = float(np.abs(found - expected).max())
    scale = float(np.abs(expected).max())
    if scale:
        return difference / scale
    return float("inf") if difference else 0.0


def _point_and_direction(
    x: ArrayLike, direction: ArrayLike, h: float
) -> tuple[RealArray, RealArray]:
    x, direction = _finite("x", x), _finite("direction", direction)
    if direction.shape != x.shape:
        raise ValueError(
            f"direction has shape {direction.shape}; it must have the shape of x, "
            f"{x.shape}."
        )
    if not (np.isfinite(h) and h > 0):
        raise ValueError(f"h is {h}; it must be a positive, finite number.")
    return x, direction


def _values(f: Callable[[RealArray], ArrayLike], x: RealArray) -> RealArray:
    return _finite("what f returned", f(x))


def _finite(name: str, value: ArrayLike) -> RealArray:
    array = np.asarray(value, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} holds NaN or infinity: {value!r}; with these, a comparison means "
            "nothing."
        )
    return array
