"""What three ways to one gradient cost, over the number of steps.

What one can do with it::

    draw()
    measure()  # the same as numbers, with the slope that each way has at the end

Every point is a count: the way was run on numbers that count their multiplications.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from bptt import cost
from bptt.figures.loglog import HEIGHT, RIGHT, Plane, decades
from bptt.figures.svg import ACCENTS, Drawing, number, text

LENGTHS = (2, 4, 8, 16, 32)
"""The numbers of steps."""

SIZES = (3, 2, 4)
"""n, m and q of the network."""

WAYS = {
    "one sweep": cost.sweep,
    "a walk per loss": cost.walk_for_every_loss,
    "all products": cost.products_written_out,
}
"""What is drawn, by the name that stands beside the curve."""


class Growth(NamedTuple):
    """What was counted for one way."""

    counts: list[int]
    """Multiplications for each of `LENGTHS`."""

    slope: float
    """The exponent with which the count grew over the last doubling, 1 if it doubled, 2
    if it became fourfold."""


@cache
def measure() -> dict[str, Growth]:
    """Run every way for every number of steps, and count.

    Returns:
        The counts, by the names of `WAYS`.
    """
    counts = {
        name: [cost.multiplications(way, **_letters(T)) for T in LENGTHS]
        for name, way in WAYS.items()
    }
    return {
        name: Growth(found, float(np.log2(found[-1] / found[-2])))
        for name, found in counts.items()
    }


def draw(*, alt: str = "", caption: str = "") -> Drawing:
    """Draw the counts on axes where a power is a straight line.

    Args:
        alt: the description; written from the counts unless given.
        caption: plain text below the figure.

    Returns:
        The figure.
    """
    found = measure()
    last = LENGTHS[-1]
    most = max(growth.counts[-1] for growth in found.values())
    top = int(np.ceil(np.log10(most)))
    plane = Plane((LENGTHS[0], last), (10.0, 10.0**top))
    shapes = plane.shapes(
        "steps $T$", "multiplications", {T: str(T) for T in LENGTHS}, decades(1, top, 1)
    )
    for (name, growth), colour in zip(found.items(), ACCENTS, strict=False):
        shapes.append(plane.curve(LENGTHS, growth.counts, colour))
        shapes += plane.dots(LENGTHS, growth.counts, colour)
        end = plane.y(growth.counts[-1])
        shapes.append(
            text(RIGHT + 10, end + 1, name, anchor="start", fill=colour, bold=True)
        )
        shapes.append(
            text(
                RIGHT + 10,
                end + 19,
                f"slope {number(growth.slope, 2)}",
                anchor="start",
                fill=colour,
            )
        )
    told = "; ".join(
        f"{name} takes {growth.counts[-1]} at T = {last}, with slope "
        f"{number(growth.slope, 2)} at the end"
        for name, growth in found.items()
    )
    described = (
        alt
        or f"Multiplications over the number of steps T, both axes logarithmic: {told}."
    )
    return Drawing(shapes, described, height=HEIGHT, caption=caption)


def _letters(T: int) -> dict[str, cost.Array]:
    n, m, q = SIZES
    rng = np.random.default_rng(T)
    shapes = {
        "U": (n, m),
        "W": (n, n),
        "V": (q, n),
        "b": (n,),
        "c": (q,),
        "s_0": (n,),
        "x": (T, m),
    }
    letters = {name: rng.uniform(-1, 1, shape) for name, shape in shapes.items()}
    return cost.given(**letters, y=np.eye(q)[rng.integers(q, size=T)])
