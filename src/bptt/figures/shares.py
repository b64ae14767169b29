"""The copies of one weight, each nudged alone.

How far the last state moves for each, and how far for all at once.

What one can do with it::

    draw(**draws.example())
    measure(**draws.example())  # as numbers: one for each copy, one for the whole

The numbers come from running the network again with a nudged weight, not from a formula
for a derivative.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import copies, scalar
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

NUDGE = 1e-4
"""By how much a weight is nudged up and down."""

LEFT, RIGHT, TOP, ROW = 92, 346, 26, 42
"""Where the bars begin, how far they may reach, and the height of a row."""


class Answers(NamedTuple):
    """How far s_T moves, per unit of the nudge."""

    alone: NDArray[np.float64]
    """When the copy of step t = 1 ... T is nudged alone, shape (T,)."""

    shared: float
    """When the one shared weight is nudged."""


def measure(w: float, u: float, x: ArrayLike, s_0: float) -> Answers:
    """Run the network with each copy nudged alone, and with the shared weight nudged.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,).
        s_0: the initial state, a number.

    Returns:
        Both answers, by central differences.
    """
    T = len(np.asarray(x))

    def moved(step: int, sign: int) -> float:
        slots = copies.spread(w, T)
        slots[step] += sign * NUDGE
        return float(copies.states(slots, u, x, s_0)[-1])

    alone = np.array([(moved(t, 1) - moved(t, -1)) / (2 * NUDGE) for t in range(T)])
    ends = [float(scalar.states(w + sign * NUDGE, u, x, s_0)[-1]) for sign in (1, -1)]
    return Answers(alone, (ends[0] - ends[1]) / (2 * NUDGE))


def draw(
    w: float,
    u: float,
    x: ArrayLike,
    s_0: float,
    *,
    decimals: int = 4,
    alt: str = "",
    caption: str = "",
) -> Drawing:
    """Draw a bar for each copy, end to end, and one for the shared weight below.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,), T from 1 to 4.
        s_0: the initial state, a number.
        decimals: how many decimals the numbers show.
        alt: the description; written from the numbers unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: there are more than four steps, or none.
    """
    alone, shared = measure(w, u, x, s_0)
    if not 1 <= len(alone) <= len(ACCENTS):
        raise ValueError(
            f"x has {len(alone)} steps; the figure has room for 1 to {len(ACCENTS)} "
            "copies."
        )
    ends = np.concatenate([[0.0], np.cumsum(alone)])
    low, high = min(ends.min(), shared), max(ends.max(), shared)

    def place(value: float) -> float:
        return LEFT + float((value - low) / (high - low)) * (RIGHT - LEFT)

    shapes = [
        line(
            [(place(0), TOP - 12), (place(0), TOP + ROW * (len(alone) + 1) - 8)],
            INK_SOFT,
            stroke_width=1,
        )
    ]
    rows = [*zip(ends[:-1], ends[1:], ACCENTS, strict=False), (0.0, shared, INK)]
    names = [*(f"$w_{t}$ alone" for t in range(1, len(alone) + 1)), "$w$, all at once"]
    for row, ((start, end, colour), name) in enumerate(zip(rows, names, strict=True)):
        y, (x_0, x_1) = TOP + row * ROW, sorted((place(start), place(end)))
        shapes += [
            element(
                "rect",
                x=x_0,
                y=y - 10,
                width=max(x_1 - x_0, 1),
                height=20,
                fill=colour,
                fill_opacity=0.75,
            ),
            text(LEFT - 10, y + 5, name, anchor="end", fill=colour),
            text(
                x_1 + 8,
                y + 5,
                number(end - start, decimals),
                anchor="start",
                fill=colour,
            ),
        ]
        if row < len(alone):
            shapes.append(
                line(
                    [(place(end), y + 10), (place(end), y + ROW - 10)],
                    INK_SOFT,
                    stroke_width=1,
                )
            )
    return Drawing(
        shapes,
        alt or _described(alone, shared, decimals),
        height=TOP + ROW * len(rows),
        caption=caption,
    )


def _described(alone: NDArray[np.float64], shared: float, decimals: int) -> str:
    parts = ", ".join(
        f"w_{t} alone moves it by {number(value, decimals)}"
        for t, value in enumerate(alone, 1)
    )
    return (
        f"Bars, end to end, for how far the last state moves per nudge: {parts}; "
        f"all copies at once move it by {number(shared, decimals)}, which is their sum."
    )
