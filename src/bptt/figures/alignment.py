"""How well an average of noisy estimates points along the gradient.

It is drawn over the number of estimates in the average.

What one can do with it::

    draw()
    measure()                            # the same as numbers

Every point is computed: estimates of `bptt.uoro` with seeded signs are averaged, and
compared with `bptt.backward`. Beside them stands what a truncated gradient reaches,
which has no noise, and which no averaging improves.
"""

from functools import cache
from math import log2
from typing import Any, NamedTuple

import numpy as np

from bptt import backward, truncated, uoro
from bptt.arguments import Array
from bptt.figures.svg import (
    ACCENTS,
    INK,
    INK_SOFT,
    Drawing,
    element,
    line,
    number,
    text,
)

SIZES = (32, 8, 3, 4)
"""T, n, m and q of the network."""

COUNTS = tuple(2**k for k in range(11))
"""How many estimates are averaged."""

DRAWN = 4096
"""How many estimates there are; a point is the mean over all groups of its size."""

WINDOW = 1
"""How many steps the truncated gradient looks back."""

LEFT, RIGHT, TOP, BOTTOM = 44, 396, 34, 250
"""The frame of the axes."""


class Alignment(NamedTuple):
    """Cosines of the angle to the gradient by W."""

    balanced: list[float]
    """Of averages of estimates, for each of `COUNTS`."""

    unbalanced: list[float]
    """The same where eta and chi are 1."""

    window: float
    """Of the gradient that looks back `WINDOW` steps."""


@cache
def measure() -> Alignment:
    """Draw the estimates, average them, and compare.

    Returns:
        The cosines.
    """
    letters, (T, n, _, _) = network(), SIZES
    right = backward.backward(**letters).W.ravel()
    signs = np.random.default_rng(1).choice([-1.0, 1.0], (DRAWN, T + 1, n))
    both = [
        uoro.estimate(signs, balanced=balanced, **letters).W.reshape(DRAWN, -1)
        for balanced in (True, False)
    ]
    balanced, unbalanced = (
        [
            float(_cosine(found.reshape(-1, count, n * n).mean(axis=1), right).mean())
            for count in COUNTS
        ]
        for found in both
    )
    cut = truncated.sliding(**letters, window=WINDOW).W.ravel()
    return Alignment(balanced, unbalanced, float(_cosine(cut, right)))


def network() -> dict[str, Array]:
    """Draw the letters of a network that neither forgets at once nor explodes.

    The spectral radius of W is one.
    """
    T, n, m, q = SIZES
    rng = np.random.default_rng(0)
    W = rng.uniform(-1, 1, (n, n))
    shapes = {"U": (n, m), "V": (q, n), "b": (n,), "c": (q,), "s_0": (n,), "x": (T, m)}
    letters = {name: rng.uniform(-1, 1, shape) / 2 for name, shape in shapes.items()}
    W /= np.abs(np.linalg.eigvals(W)).max()
    return letters | {"W": W, "y": np.eye(q)[rng.integers(q, size=T)]}


def draw(*, alt: str = "", caption: str = "") -> Drawing:
    """Draw the cosines.

    Args:
        alt: the description; written from the cosines unless given.
        caption: plain text below the figure.

    Returns:
        The figure.
    """
    found = measure()
    shapes = _axes()
    words: dict[str, Any] = {"anchor": "start", "fill": ACCENTS[2]}
    level = _y(found.window)
    ends = [(LEFT, level), (RIGHT, level)]
    shapes.append(line(ends, ACCENTS[2], stroke_width=2, stroke_dasharray="6 4"))
    shapes.append(text(LEFT + 8, level - 8, f"window of {WINDOW}", **words))
    curves = ((found.balanced, ACCENTS[0]), (found.unbalanced, ACCENTS[1]))
    for cosines, colour in curves:
        points = [
            (_x(count), _y(cosine))
            for count, cosine in zip(COUNTS, cosines, strict=True)
        ]
        shapes.append(line(points, colour, stroke_width=2.5, stroke_linejoin="round"))
        shapes += [element("circle", cx=x, cy=y, r=3.2, fill=colour) for x, y in points]
    middle = len(COUNTS) // 2 - 2
    x, above, below = _x(COUNTS[middle]), found.balanced, found.unbalanced
    shapes += [
        text(x - 10, _y(above[middle]) - 4, "balanced", anchor="end", fill=ACCENTS[0]),
        text(
            x + 12,
            _y(below[middle]) + 14,
            "not balanced",
            anchor="start",
            fill=ACCENTS[1],
        ),
    ]
    first, last = COUNTS[0], COUNTS[-1]
    described = alt or (
        "Two rising curves: the cosine to the true gradient over the number of "
        f"estimates averaged, from {first} to {last}. Balanced it rises from "
        f"{number(found.balanced[0], 2)} to {number(found.balanced[-1], 2)}, not "
        f"balanced from {number(found.unbalanced[0], 2)} to "
        f"{number(found.unbalanced[-1], 2)}. A level line at {number(found.window, 2)} "
        f"is the gradient truncated to a window of {WINDOW}."
    )
    return Drawing(shapes, described, height=BOTTOM + 44, caption=caption)


def _axes() -> list[str]:
    heights, marked = (0.0, 0.25, 0.5, 0.75, 1.0), COUNTS[::2]
    return [
        *(
            line(
                [(LEFT, _y(v)), (RIGHT, _y(v))],
                INK_SOFT,
                stroke_width=0.75,
                stroke_opacity=0.35,
            )
            for v in heights
        ),
        line([(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], INK_SOFT, stroke_width=1),
        *(
            line(
                [(_x(count), BOTTOM), (_x(count), BOTTOM + 4)], INK_SOFT, stroke_width=1
            )
            for count in marked
        ),
        *(
            text(_x(count), BOTTOM + 19, str(count), fill=INK_SOFT, size=13)
            for count in marked
        ),
        *(
            text(LEFT - 7, _y(v) + 4.5, f"{v:g}", anchor="end", fill=INK_SOFT, size=13)
            for v in heights
        ),
        text((LEFT + RIGHT) / 2, BOTTOM + 38, "estimates averaged", fill=INK),
        text(8, TOP - 15, "cosine to the gradient", anchor="start", fill=INK),
    ]


def _x(count: int) -> float:
    return LEFT + (RIGHT - LEFT) * log2(count) / log2(COUNTS[-1])


def _y(cosine: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * cosine


def _cosine(found: Array, right: Array) -> Array:
    result: Array = (
        found @ right / np.linalg.norm(found, axis=-1) / np.linalg.norm(right)
    )
    return result
