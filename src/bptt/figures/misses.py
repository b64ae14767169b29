"""How far formulas miss: a dot for each, on an axis where every step multiplies by ten.

What one can do with it::

    draw([Miss("a product the wrong way round", 0.7), Miss("an index too many", 0.2)])

Such an axis has no zero. A bar would begin at an arbitrary place, and its length would
say nothing. The left edge is the nearest power of ten below all dots.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from bptt.figures.loglog import power_of_ten
from bptt.figures.svg import ACCENTS, INK, INK_SOFT, PAPER, Drawing, element, line, text

LEFT, RIGHT, TOP, ROW = 14, 350, 16, 42
"""The ends of the axis, the top, and the height of a row."""

RADIUS = 5.5
"""Of a dot. Its outline has the colour of the page, so it stands clear of its line."""

MOST_DECADES = 8
"""More would leave no room between the ticks."""


class Miss(NamedTuple):
    """One dot."""

    name: str
    """What stands above it."""

    off: float
    """The relative error, positive and finite."""


def draw(misses: Sequence[Miss], *, alt: str = "", caption: str = "") -> Drawing:
    """Draw a dot for each.

    Args:
        misses: at least one, in the order in which they are drawn.
        alt: the description; written from the numbers unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: there is none, an error is not positive and finite, or they are too
            many powers of ten apart.
    """
    if not misses:
        raise ValueError("misses is empty; without a miss there is nothing to draw.")
    for miss in misses:
        if not 0 < miss.off < math.inf:
            raise ValueError(
                f"“{miss.name}” is off by {miss.off}; "
                "a dot needs an error that is positive and finite."
            )
    first = math.ceil(math.log10(min(miss.off for miss in misses))) - 1
    last = max(first + 1, math.ceil(math.log10(max(miss.off for miss in misses))))
    if last - first > MOST_DECADES:
        raise ValueError(
            f"the errors reach over {last - first} powers of ten; "
            f"there is room for {MOST_DECADES}."
        )

    def place(off: float) -> float:
        return LEFT + (RIGHT - LEFT) * (math.log10(off) - first) / (last - first)

    bottom = TOP + ROW * len(misses)
    ticks = range(first, last + 1)
    shapes = [
        *(line([(place(10.0**tick), TOP - 6), (place(10.0**tick), bottom)], INK_SOFT,
               stroke_width=0.5, stroke_opacity=0.35) for tick in ticks),
        *(text(place(10.0**tick), bottom + 19, power_of_ten(tick),
               fill=INK_SOFT, size=13) for tick in ticks),
        text((LEFT + RIGHT) / 2, bottom + 40, "relative error"),
    ]  # fmt: skip
    for row, miss in enumerate(misses):
        y = TOP + ROW * row
        shapes += [
            text(LEFT, y + 11, miss.name, anchor="start", fill=INK, size=13),
            line([(LEFT, y + 25), (RIGHT, y + 25)], INK_SOFT,
                 stroke_width=1, stroke_opacity=0.5, stroke_dasharray="1 4"),
            element("circle", cx=place(miss.off), cy=y + 25, r=RADIUS,
                    fill=ACCENTS[0], stroke=PAPER, stroke_width=2),
            text(RIGHT + 13, y + 29.5, written_off(miss.off), anchor="start",
                 fill=ACCENTS[0], size=13),
        ]  # fmt: skip
    told = "; ".join(f"{miss.name} {written_off(miss.off)}" for miss in misses)
    described = alt or f"Dots on a logarithmic axis, one for each error: {told}."
    return Drawing(shapes, described, height=bottom + 48, caption=caption)


def written_off(off: float) -> str:
    """Write a relative error with two digits that count: 0.067, 0.74, 3.2, 499."""
    if off >= 10:  # noqa: PLR2004  # from here on whole numbers have two digits
        return f"{off:,.0f}"
    digits = 1 - math.floor(math.log10(off))
    return f"{off:.{digits}f}"
