"""A loss that falls while a network learns, in bits per character, with lines for what it has to beat.

What one can do with it::

    draw(losses, {"pairs": 3.44, "fives": 2.27}, held_out=2.3, alt="A curve that falls …")
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from bptt.figures.svg import ACCENTS, INK, INK_SOFT, Drawing, element, line, text

LEFT, RIGHT, TOP, BOTTOM = 40, 288, 34, 262
"""The frame of the axes; names stand to the right."""

POINTS = 100
"""At most so many points are drawn, each the mean of as many steps."""

ROOM = 17
"""Vertical room that a name needs."""


def draw(losses: ArrayLike, levels: Mapping[str, float], *, held_out: float, alt: str) -> Drawing:
    """Draw the losses of training.

    Args:
        losses: one for each step, in bits per character, shape (steps,).
        levels: horizontal lines by name.
        held_out: the loss after training on text that was held out.
        alt: the description in whole sentences.

    Returns:
        The figure.

    Raises:
        ValueError: there are fewer than two losses, or a number is not finite.
    """
    values = np.asarray(losses, float)
    everything = [*values.ravel().tolist(), *levels.values(), held_out]
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(everything).all():  # noqa: PLR2004  # a line has two ends
        raise ValueError(
            f"losses has shape {values.shape}; it must hold at least 2 finite numbers, as must the levels."
        )
    parts = np.array_split(values, min(POINTS, len(values)))
    middles = np.cumsum([len(part) for part in parts]) - [len(part) / 2 for part in parts]
    means = [float(part.mean()) for part in parts]
    drawn = [*means, *levels.values(), held_out]
    low, high = np.floor(min(drawn)), np.ceil(max(drawn))

    def x(step: float) -> float:
        return LEFT + step / len(values) * (RIGHT - LEFT)

    def y(bits: float) -> float:
        return float(BOTTOM - (bits - low) / (high - low) * (BOTTOM - TOP))

    named = {**levels, "held out": held_out}
    places = _apart({name: y(value) for name, value in named.items()})
    colours = dict.fromkeys(levels, INK_SOFT) | {"held out": ACCENTS[1]}
    ends = [0, len(values) // 2, len(values)]
    return Drawing(
        [
            line([(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], INK_SOFT, stroke_width=1),
            *(text(LEFT - 7, y(b) + 4.5, str(b), anchor="end", fill=INK_SOFT, size=13)
              for b in range(int(low), int(high) + 1)),
            *(line([(x(step), BOTTOM), (x(step), BOTTOM + 4)], INK_SOFT, stroke_width=1) for step in ends),
            *(text(x(step), BOTTOM + 19, str(step), fill=INK_SOFT, size=13) for step in ends),
            *(line([(LEFT, y(value)), (RIGHT, y(value))], INK_SOFT, stroke_width=1, stroke_dasharray="4 4")
              for value in levels.values()),
            line([(x(at), y(mean)) for at, mean in zip(middles, means, strict=True)], ACCENTS[0], stroke_width=2,
                 stroke_linejoin="round"),
            element("circle", cx=x(len(values)), cy=y(held_out), r=4, fill=ACCENTS[1]),
            *(text(RIGHT + 8, places[name] + 4.5, f"{name} {value:.2f}", anchor="start", fill=colours[name], size=13)
              for name, value in named.items()),
            text((LEFT + RIGHT) / 2, BOTTOM + 38, "steps of training", fill=INK),
            text(4, TOP - 16, "bits per character", anchor="start", fill=INK),
        ],
        alt,
        height=BOTTOM + 46,
    )  # fmt: skip


def _apart(places: Mapping[str, float]) -> dict[str, float]:
    """Move names that would touch away from each other, from the bottom up."""
    moved: dict[str, float] = {}
    below = float(BOTTOM + ROOM)
    for name, place in sorted(places.items(), key=lambda one: -one[1]):
        below = moved[name] = min(place, below - ROOM)
    return moved
