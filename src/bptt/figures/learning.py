"""A loss that falls while a network learns, in bits per character.

Lines show what it has to beat.

What one can do with it::

    lines = {"pairs": 3.44, "fives": 2.27}
    draw(losses, lines, held_out=2.3, alt="A curve that falls …")
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bptt.figures.svg import ACCENTS, INK, INK_SOFT, Drawing, element, line, text

LEFT, RIGHT, TOP, BOTTOM = 40, 288, 34, 262
"""The frame of the axes; names stand to the right."""

POINTS = 100
"""At most so many points are drawn, each the mean of as many steps."""

ROOM = 17
"""Vertical room that a name needs."""


def draw(
    losses: ArrayLike, levels: Mapping[str, float], *, held_out: float, alt: str
) -> Drawing:
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
    if values.ndim != 1 or len(values) <= 1 or not np.isfinite(everything).all():
        raise ValueError(
            f"losses has shape {values.shape}; it must hold at least 2 finite numbers, "
            "as must the levels."
        )
    parts = np.array_split(values, min(POINTS, len(values)))
    middles = np.cumsum([len(part) for part in parts]) - [
        len(part) / 2 for part in parts
    ]
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
    thin: dict[str, Any] = {"stroke": INK_SOFT, "stroke_width": 1}
    soft: dict[str, Any] = {"fill": INK_SOFT, "size": 13}
    whole = range(int(low), int(high) + 1)
    curve = [(x(at), y(mean)) for at, mean in zip(middles, means, strict=True)]
    shapes = [
        line([(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], **thin),
        *(text(LEFT - 7, y(b) + 4.5, str(b), anchor="end", **soft) for b in whole),
        *(line([(x(step), BOTTOM), (x(step), BOTTOM + 4)], **thin) for step in ends),
        *(text(x(step), BOTTOM + 19, str(step), **soft) for step in ends),
    ]
    for bits in levels.values():
        ends_of_level = [(LEFT, y(bits)), (RIGHT, y(bits))]
        shapes.append(line(ends_of_level, stroke_dasharray="4 4", **thin))
    shapes.append(line(curve, ACCENTS[0], stroke_width=2, stroke_linejoin="round"))
    end = element("circle", cx=x(len(values)), cy=y(held_out), r=4, fill=ACCENTS[1])
    shapes.append(end)
    for name, bits in named.items():
        told, at = f"{name} {bits:.2f}", places[name] + 4.5
        shapes.append(
            text(RIGHT + 8, at, told, anchor="start", fill=colours[name], size=13)
        )
    shapes += [
        text((LEFT + RIGHT) / 2, BOTTOM + 38, "steps of training", fill=INK),
        text(4, TOP - 16, "bits per character", anchor="start", fill=INK),
    ]
    return Drawing(shapes, alt, height=BOTTOM + 46)


def _apart(places: Mapping[str, float]) -> dict[str, float]:
    """Move names that would touch away from each other, from the bottom up."""
    moved: dict[str, float] = {}
    below = float(BOTTOM + ROOM)
    for name, place in sorted(places.items(), key=lambda one: -one[1]):
        below = moved[name] = min(place, below - ROOM)
    return moved
