"""The triangle of the terms of a gradient, and what a truncation keeps.

There is one term for each loss and each use of the weight.

What one can do with it::

    tables = [("window 3", kept.sliding(8, 3)), ("chunks of 3", kept.chunked(8, 3))]
    draw(tables, kept.sizes(**letters))

A term that is kept is filled, and one that is left out is a ring; the larger the term,
the larger the disc. The area of a disc follows the size of the term on a logarithmic
scale, since the terms differ by orders of magnitude.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt.figures.svg import ACCENTS, INK, INK_SOFT, WIDTH, Drawing, element, text

MARGIN, GAP, TOP = 32, 34, 44
"""Left of the triangles, between them, and above them."""

MOST_STEPS = 10
SMALLEST = 1e-4
"""A term that is this small, relative to the largest, or smaller, gets the smallest
disc."""


def draw(
    schemes: Sequence[tuple[str, ArrayLike]],
    sizes: ArrayLike,
    *,
    alt: str = "",
    caption: str = "",
) -> Drawing:
    """Draw one triangle for each scheme.

    Args:
        schemes: name and table of each, at most two; a table says which terms are kept,
            shape (T, T).
        sizes: how large the terms are, shape (T, T), T at most 10.
        alt: the description; written from the tables unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: there are more than two schemes, too many steps, or a table of
            another shape.
    """
    size = np.asarray(sizes, float)
    tables = [(name, np.asarray(table, bool)) for name, table in schemes]
    T = len(size)
    if len(tables) not in {1, 2} or T > MOST_STEPS:  # two fit beside each other
        raise ValueError(
            f"there are {len(tables)} schemes of {T} steps; the figure has room for 2 "
            f"of {MOST_STEPS}."
        )
    for name, table in tables:
        if table.shape != size.shape:
            raise ValueError(
                f"the table of {name} has shape {table.shape}; it must be "
                f"{size.shape}, as the sizes."
            )
    cell = (WIDTH - MARGIN - GAP) / (2 * T)
    # 0 to 1 on the scale
    share = np.clip(np.log(size / size.max() + 1e-300) / -np.log(SMALLEST) + 1, 0, 1)
    radius = cell * np.sqrt(0.015 + 0.19 * share)
    shapes = [text(14, TOP + T * cell / 2, "$t$", fill=INK_SOFT)]
    for place, (name, table) in enumerate(tables):
        x = MARGIN + place * (T * cell + GAP)
        shapes += _triangle(x, cell, table, radius)
        shapes += [
            text(x + T * cell / 2, TOP - 22, name),
            text(x + T * cell / 2, TOP + T * cell + 34, "$k$", fill=INK_SOFT),
        ]
    return Drawing(
        shapes, alt or _described(tables), height=TOP + T * cell + 40, caption=caption
    )


def _triangle(
    x: float, cell: float, table: NDArray[np.bool_], radius: NDArray[np.float64]
) -> list[str]:
    T = len(table)
    places = [(x + (t + 0.5) * cell, TOP + (t + 0.5) * cell) for t in range(T)]
    looks = {
        True: {"fill": ACCENTS[0], "stroke": ACCENTS[0]},
        False: {"fill": "none", "stroke": INK},
    }
    return [
        *(
            text(x - 5, y + 4, str(t), anchor="end", fill=INK_SOFT, size=12)
            for t, (_, y) in enumerate(places, 1)
        ),
        *(
            text(x_k, TOP + T * cell + 15, str(k), fill=INK_SOFT, size=12)
            for k, (x_k, _) in enumerate(places, 1)
        ),
        *(
            element(
                "circle",
                cx=places[k][0],
                cy=places[t][1],
                r=float(radius[t, k]),
                **looks[bool(table[t, k])],
            )
            for t in range(T)
            for k in range(t + 1)
        ),
    ]


def _described(tables: Sequence[tuple[str, NDArray[np.bool_]]]) -> str:
    T = len(tables[0][1])
    said = "; ".join(
        f"{name} keeps {int(np.tril(table).sum())} of them" for name, table in tables
    )
    return (
        f"Triangles of discs, a row for each loss t from 1 to {T} and a column for "
        f"each use k of the weight up to t, {T * (T + 1) // 2} terms in all: {said}. "
        "Filled discs are kept, rings are left out."
    )
