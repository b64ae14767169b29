"""How wrong a difference quotient is, over its step h.

The step is too long, or too short, or it is the complex one.

What one can do with it::

    draw(**draws.example())
    measure(**draws.example())           # the same as numbers

The derivative that all are compared with is computed with 50 digits, by running the
recursion in decimal numbers.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import checks, oracle, scalar
from bptt.figures.loglog import HEIGHT, Plane, decades, power_of_ten
from bptt.figures.svg import ACCENTS, Drawing, text

EXPONENTS = np.arange(-64, 1) / 4
"""h is 10 to the power of these, from 1e-16 to 1."""

LEAST, MOST = 1e-17, 10.0
"""The ends of the vertical axis. An error below it is drawn on it."""


class Errors(NamedTuple):
    """Relative errors of three estimates of ds_T/dw, for every h."""

    h: NDArray[np.float64]
    """The steps, shape (65,)."""

    forward: NDArray[np.float64]
    """Of the forward difference, shape (65,)."""

    central: NDArray[np.float64]
    """Of the central difference, shape (65,)."""

    complex_step: NDArray[np.float64]
    """Of the complex step, shape (65,)."""


def measure(w: float, u: float, x: ArrayLike, s_0: float) -> Errors:
    """Estimate the derivative of the last state by w with every h.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        The relative errors.
    """
    exact = derivative(w, u, x, s_0)

    def last_state(weight: NDArray[Any]) -> ArrayLike:
        return np.asarray(scalar.states(weight.item(), u, x, s_0)[-1])

    def errors(estimate: Callable[..., Any]) -> NDArray[np.float64]:
        values = [float(estimate(h)) for h in 10.0**EXPONENTS]
        return np.array([float(abs(Decimal(value) / exact - 1)) for value in values])

    return Errors(
        10.0**EXPONENTS,
        errors(lambda h: checks.forward_quotient(last_state, w, 1.0, h)),
        errors(lambda h: checks.central_quotient(last_state, w, 1.0, h)),
        errors(lambda h: oracle.directional(last_state, w, 1.0, h)),
    )


def derivative(w: float, u: float, x: ArrayLike, s_0: float) -> Decimal:
    """Compute ds_T/dw with about 50 digits.

    It is a central difference in decimal numbers with 90.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        The derivative.
    """
    with localcontext() as context:
        context.prec = 90
        h = Decimal("1e-27")

        def last_state(weight: Decimal) -> Decimal:
            s = Decimal(s_0)
            for x_t in np.asarray(x).tolist():
                e = (2 * (Decimal(u) * Decimal(x_t) + weight * s)).exp()
                s = (e - 1) / (e + 1)
            return s

        return (last_state(Decimal(w) + h) - last_state(Decimal(w) - h)) / (2 * h)


def draw(
    w: float, u: float, x: ArrayLike, s_0: float, *, alt: str = "", caption: str = ""
) -> Drawing:
    """Draw the three errors over h, on axes where a power is a straight line.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.
        alt: the description; written from the numbers unless given.
        caption: plain text below the figure.

    Returns:
        The figure.
    """
    found = measure(w, u, x, s_0)
    plane = Plane((float(found.h[0]), float(found.h[-1])), (LEAST, MOST), right=402)
    shapes = plane.shapes(
        "step $h$", "relative error", decades(-16, 0, 4), decades(-16, 0, 4)
    )
    told = []
    for (name, errors, h, error, anchor), colour in zip(
        (
            ("forward", found.forward, 2e-6, 3e-5, "end"),
            ("central", found.central, 3e-5, 1e-11, "start"),
            ("complex step", found.complex_step, 1e-14, 3e-15, "start"),
        ),
        ACCENTS,
        strict=False,
    ):
        shapes.append(
            plane.curve(found.h, np.clip(errors, LEAST, MOST), colour, stroke_width=2)
        )
        shapes.append(
            text(
                plane.x(h), plane.y(error), name, anchor=anchor, fill=colour, bold=True
            )
        )
        best = int(np.argmin(errors))
        near = f" near h = {_rounded(found.h[best])}" if name != "complex step" else ""
        told.append(f"The {name} comes to {_rounded(errors[best])} at its best{near}.")
    described = alt or (
        "Relative error over the step h, both axes logarithmic. The forward and the "
        "central difference are V-shaped: their error falls with h, and rises again "
        "when h is too small. That of the complex step falls and stays. "
        f"{' '.join(told)}"
    )
    return Drawing(shapes, described, height=HEIGHT, caption=caption)


def _rounded(value: float) -> str:
    return power_of_ten(round(float(np.log10(value))))
