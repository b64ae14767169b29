"""Curves over the steps, or over windows, on a logarithmic axis.

Some have the band in which they have to stay.

What one can do with it::

    curve = Curve("gain 2", norms, lowest, highest)
    draw([curve], over="steps", what="norm", alt="One curve …")
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt.figures.svg import ACCENTS, INK, INK_SOFT, Drawing, element, line, text

LEFT, RIGHT, TOP, BOTTOM = 50, 318, 34, 250
"""The frame of the axes."""

MOST_TICKS = 7
ROOM = 19
"""Vertical room that the name of a curve needs."""

DIGITS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Curve(NamedTuple):
    """A curve and its band."""

    name: str
    """What stands at its end, as in `bptt.figures.svg.text`."""

    values: ArrayLike
    """Positive numbers, one for each place on the horizontal axis."""

    lowest: ArrayLike | None = None
    """The lower edge of its band, or None."""

    highest: ArrayLike | None = None
    """The upper edge of its band, or None."""


def draw(
    curves: Sequence[Curve],
    *,
    over: str,
    what: str,
    alt: str,
    first: int = 0,
    between: tuple[float, float] | None = None,
    dots: bool = False,
    caption: str = "",
) -> Drawing:
    """Draw curves on a logarithmic axis.

    Args:
        curves: one to four of them, all of one length.
        over: what the horizontal axis counts.
        what: what the vertical axis measures.
        alt: the description in whole sentences.
        first: the number at the left end of the horizontal axis.
        between: the lowest and highest number of the vertical axis; what lies outside
            is cut off. By default all values of the curves fit, and the bands may be
            cut.
        dots: whether each value is marked with a dot.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: there are no curves or too many, or a value is not positive and
            finite.
    """
    if not 1 <= len(curves) <= len(ACCENTS):
        raise ValueError(
            f"there are {len(curves)} curves; the figure has colours for 1 to "
            f"{len(ACCENTS)}."
        )
    values = [_positive(curve.name, curve.values) for curve in curves]
    if len({len(one) for one in values}) > 1 or len(values[0]) <= 1:
        raise ValueError(
            f"the curves have {[len(one) for one in values]} values; all must have as "
            "many, at least 2."
        )
    low, high = between or (
        min(float(one.min()) for one in values),
        max(float(one.max()) for one in values),
    )
    axes = _Axes(first, first + len(values[0]) - 1, math.log10(low), math.log10(high))
    shapes = axes.shapes(over, what)
    coloured = list(zip(curves, values, ACCENTS, strict=False))
    for curve, _, colour in coloured:
        if curve.lowest is not None and curve.highest is not None:
            edges = [*axes.points(_positive(curve.name, curve.highest))]
            edges += reversed(axes.points(_positive(curve.name, curve.lowest)))
            corners = " ".join(f"{x:.2f},{y:.2f}" for x, y in edges)
            shapes.append(
                element("polygon", points=corners, fill=colour, fill_opacity=0.14)
            )
    for _, one, colour in coloured:
        points = axes.points(one)
        shapes.append(line(points, colour, stroke_width=2.5, stroke_linejoin="round"))
        if dots:
            shapes += [
                element("circle", cx=x, cy=y, r=3.5, fill=colour) for x, y in points
            ]
    ends = [axes.y(float(one[-1])) for one in values]
    shapes += [
        text(RIGHT + 8, y + 5, curve.name, anchor="start", fill=colour)
        for (curve, _, colour), y in zip(coloured, _apart(ends), strict=True)
    ]
    return Drawing(shapes, alt, height=BOTTOM + 44, caption=caption)


class _Axes(NamedTuple):
    """Where a number and the logarithm of another stand.

    The number belongs to the horizontal axis, the logarithm to the vertical one.
    """

    first: int
    last: int
    low: float
    high: float

    def x(self, place: float) -> float:
        return LEFT + (place - self.first) / (self.last - self.first) * (RIGHT - LEFT)

    def y(self, value: float) -> float:
        share = (math.log10(value) - self.low) / ((self.high - self.low) or 1)
        return BOTTOM - min(1, max(0, share)) * (BOTTOM - TOP)

    def points(self, values: NDArray[np.float64]) -> list[tuple[float, float]]:
        return [
            (self.x(self.first + i), self.y(float(value)))
            for i, value in enumerate(values)
        ]

    def shapes(self, over: str, what: str) -> list[str]:
        every = max(1, math.ceil((self.last - self.first) / MOST_TICKS))
        every = next(
            step
            for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, every)
            if step >= every
        )
        across = [t for t in range(self.first, self.last + 1) if t % every == 0]
        jump = max(1, math.ceil((self.high - self.low) / MOST_TICKS))
        up = [
            e
            for e in range(math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9) + 1)
            if e % jump == 0
        ]
        x = {t: self.x(t) for t in across}
        y = {e: self.y(10.0**e) for e in up}
        thin: dict[str, Any] = {"stroke": INK_SOFT, "stroke_width": 1}
        small: dict[str, Any] = {"fill": INK_SOFT, "size": 13}
        levels = [
            line(
                [(LEFT, y[e]), (RIGHT, y[e])],
                INK_SOFT,
                stroke_width=0.75,
                stroke_opacity=0.9 if e == 0 else 0.35,
            )
            for e in up
        ]
        return [
            *levels,
            line([(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], **thin),
            *(line([(x[t], BOTTOM), (x[t], BOTTOM + 4)], **thin) for t in across),
            *(text(x[t], BOTTOM + 19, str(t), **small) for t in across),
            *(text(LEFT - 7, y[e] + 4.5, _power(e), anchor="end", **small) for e in up),
            text((LEFT + RIGHT) / 2, BOTTOM + 38, over, fill=INK),
            text(LEFT - 36, TOP - 16, what, anchor="start", fill=INK),
        ]


def _power(exponent: int) -> str:
    return "1" if exponent == 0 else f"10{str(exponent).translate(DIGITS)}"


def _apart(ends: Sequence[float]) -> list[float]:
    """Move names that would touch away from each other.

    It is done from the top down, and back up from the bottom.
    """
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    placed = list(ends)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + ROOM)
    if order and placed[order[-1]] > BOTTOM - 4:
        placed[order[-1]] = BOTTOM - 4
        for after, before in pairwise(order[::-1]):
            placed[before] = min(placed[before], placed[after] - ROOM)
    return placed


def _positive(name: str, values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, float)
    if array.ndim != 1 or not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(
            f"{name} holds {array}; a logarithmic axis has room for positive, finite "
            "numbers alone."
        )
    return array
