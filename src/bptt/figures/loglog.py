"""Axes on which every step multiplies.

A straight line is a power, and its slope is the exponent.

What one can do with it::

    plane = Plane((1, 100), (1, 1e6))
    axes = plane.shapes("T", "multiplications", {1: "1", 10: "10"}, {1: "1"})
    shapes = [*axes, plane.curve(x, y, ACCENTS[0])]
"""

from collections.abc import Iterable, Mapping
from math import log
from typing import Any, NamedTuple

from bptt.figures.svg import INK, INK_SOFT, element, line, text

LEFT, RIGHT, TOP, BOTTOM = 56, 300, 34, 262
"""The room of the curves; names may stand to the right."""

HEIGHT = BOTTOM + 46
"""Of a drawing with such axes."""


class Plane(NamedTuple):
    """The smallest and the largest value on either axis, and where curves have to end.

    All values are positive.
    """

    across: tuple[float, float]
    up: tuple[float, float]
    right: float = RIGHT

    def x(self, value: float) -> float:
        """Where a value stands on the horizontal axis."""
        return LEFT + (self.right - LEFT) * _share(value, self.across)

    def y(self, value: float) -> float:
        """Where a value stands on the vertical axis."""
        return BOTTOM - (BOTTOM - TOP) * _share(value, self.up)

    def shapes(
        self,
        name_across: str,
        name_up: str,
        ticks_across: Mapping[float, str],
        ticks_up: Mapping[float, str],
    ) -> list[str]:
        """Draw both axes.

        Args:
            name_across: stands below the horizontal axis.
            name_up: stands above the vertical axis.
            ticks_across: label by value.
            ticks_up: label by value.

        Returns:
            The lines and words.
        """
        across = {self.x(v): words for v, words in ticks_across.items()}
        up = {self.y(v): words for v, words in ticks_up.items()}
        faint: dict[str, Any] = {"stroke_width": 0.5, "stroke_opacity": 0.35}
        thin: dict[str, Any] = {"stroke": INK_SOFT, "stroke_width": 1}
        small: dict[str, Any] = {"fill": INK_SOFT, "size": 13}
        return [
            *(line([(LEFT, y), (self.right, y)], INK_SOFT, **faint) for y in up),
            *(line([(x, BOTTOM), (x, BOTTOM + 4)], **thin) for x in across),
            line([(LEFT, TOP), (LEFT, BOTTOM), (self.right, BOTTOM)], **thin),
            *(text(x, BOTTOM + 19, words, **small) for x, words in across.items()),
            *(
                text(LEFT - 7, y + 4.5, words, anchor="end", **small)
                for y, words in up.items()
            ),
            text((LEFT + self.right) / 2, BOTTOM + 40, name_across, fill=INK),
            text(8, TOP - 15, name_up, anchor="start", fill=INK),
        ]

    def curve(
        self,
        xs: Iterable[float],
        ys: Iterable[float],
        colour: str,
        **attributes: str | float | None,
    ) -> str:
        """Draw a line through points; attributes as for `bptt.figures.svg.line`."""
        points = [(self.x(x), self.y(y)) for x, y in zip(xs, ys, strict=True)]
        usual: dict[str, str | float | None] = {
            "stroke_width": 2.25,
            "stroke_linejoin": "round",
        }
        return line(points, colour, **usual | attributes)

    def dots(self, xs: Iterable[float], ys: Iterable[float], colour: str) -> list[str]:
        """Draw a dot at every point."""
        return [
            element("circle", cx=self.x(x), cy=self.y(y), r=3.2, fill=colour)
            for x, y in zip(xs, ys, strict=True)
        ]


def power_of_ten(exponent: int) -> str:
    """Write a power of ten: ``power_of_ten(-8)`` is 10⁻⁸."""
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def decades(first: int, last: int, step: int) -> dict[float, str]:
    """Label powers of ten, from one exponent to another."""
    return {
        10.0**exponent: power_of_ten(exponent)
        for exponent in range(first, last + 1, step)
    }


def _share(value: float, ends: tuple[float, float]) -> float:
    return log(value / ends[0]) / log(ends[1] / ends[0])
