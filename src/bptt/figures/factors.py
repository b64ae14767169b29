"""A product of a row and matrices as tables of shaded cells.

One sees which sizes meet, and what they hold.

What one can do with it::

    draw([("row", row), ("D", D), ("W", W)], row @ D @ W, "result")

A cell is the darker the larger its number is; positive and negative numbers have
different colours.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt.figures.svg import ACCENTS, INK, INK_SOFT, WIDTH, Drawing, element, text

CELL, GAP, TOP = 20, 22, 34
"""Size of a cell, room between two tables, and where the tables begin."""


def draw(
    factors: Sequence[tuple[str, ArrayLike]],
    product: ArrayLike,
    name: str,
    *,
    alt: str = "",
    caption: str = "",
) -> Drawing:
    """Draw `product = factor · factor · …`.

    Args:
        factors: name and value of each factor; a row has shape (n,), a matrix (n, m).
            Names as in `svg.text`.
        product: what they come to.
        name: how the product is called.
        alt: the description; written from the shapes unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: the factors do not multiply to the product, or the tables do not fit
            beside each other.
    """
    tables = [
        (name, np.atleast_2d(product)),
        *((label, np.atleast_2d(value)) for label, value in factors),
    ]
    value = np.linalg.multi_dot([table for _, table in tables[1:]])
    if not np.allclose(value, tables[0][1], rtol=1e-9, atol=0):
        raise ValueError(
            f"{' · '.join(label for label, _ in tables[1:])} is {value}, not "
            f"{tables[0][1]}."
        )
    width = sum(table.shape[1] * CELL for _, table in tables) + GAP * (len(tables) - 1)
    if width > WIDTH:
        raise ValueError(
            f"the tables need {width} units and have {WIDTH}; draw fewer or smaller "
            "ones."
        )
    x, tallest = (WIDTH - width) / 2, max(table.shape[0] for _, table in tables) * CELL
    shapes = []
    for position, (label, table) in enumerate(tables):
        rows, columns = table.shape
        y = TOP + (tallest - rows * CELL) / 2
        shapes += [
            *_cells(table, x, y),
            text(x + columns * CELL / 2, TOP - 14, label, size=15),
        ]
        shapes.append(
            text(
                x + columns * CELL / 2,
                TOP + tallest + 20,
                f"{rows} × {columns}",
                fill=INK_SOFT,
                size=13,
            )
        )
        x += columns * CELL + GAP
        if position < len(tables) - 1:
            shapes.append(
                text(x - GAP / 2, TOP + tallest / 2 + 5, "=" if position == 0 else "·")
            )
    return Drawing(
        shapes, alt or _described(tables), height=TOP + tallest + 30, caption=caption
    )


def _cells(table: NDArray[np.float64], x: float, y: float) -> list[str]:
    largest = np.abs(table).max() or 1.0
    return [
        element(
            "rect", x=x + j * CELL, y=y + i * CELL, width=CELL, height=CELL,
            stroke=INK, stroke_width=0.75, fill=ACCENTS[0] if entry > 0 else ACCENTS[1],
            fill_opacity=0.85 * abs(entry) / largest,
        )
        for (i, j), entry in np.ndenumerate(table)
    ]  # fmt: skip


def _described(tables: Sequence[tuple[str, NDArray[np.float64]]]) -> str:
    said = [
        f"{label.replace('$', '')} of {table.shape[0]} by {table.shape[1]} cells"
        for label, table in tables
    ]
    return (
        f"Tables of shaded cells: {said[0]} equals the product of "
        f"{', '.join(said[1:-1])} and {said[-1]}."
    )
