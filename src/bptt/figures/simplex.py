"""All predictions for three classes as the points of a triangle.

At each of them stands the way that the loss falls fastest.

What one can do with it::

    draw(np.log([2, 1, 5]), [1, 0, 0])     # logits and the right class
    descend(np.log([2, 1, 5]), [1, 0, 0])  # the predictions, step by step

A prediction is a mixture of the three corners, and the corners are the predictions that
are certain. So the gradient by the logits, y_hat - y, is drawn as what it is: the way
from the corner of the right class to the prediction.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import softmax
from bptt.figures.svg import (
    ACCENTS,
    INK,
    INK_SOFT,
    Drawing,
    arrow,
    element,
    line,
    number,
    text,
)

CLASSES = 3

TOP, LEFT, RIGHT = (210.0, 44.0), (40.0, 338.5), (380.0, 338.5)
"""Where the corner of the right class stands, and the two others."""

HEIGHT = 372

OTHERS = (
    (0.1, 0.8, 0.1),
    (0.08, 0.52, 0.4),
    (0.5, 0.44, 0.06),
    (0.08, 0.08, 0.84),
    (0.4, 0.18, 0.42),
    (0.74, 0.18, 0.08),
)
"""Further predictions at which the gradient is drawn; the right class comes first."""

LEVELS = (0.5, 1.0, 2.0)
"""Losses whose lines are drawn, in nats."""

SHARE = 0.4
"""How much of its gradient an arrow shows."""

RATE, STEPS = 0.1, 400
"""Gradient descent on the logits."""


def descend(
    o: ArrayLike, y: ArrayLike, *, rate: float = RATE, steps: int = STEPS
) -> NDArray[np.float64]:
    """Follow gradient descent on the logits.

    Args:
        o: the logits to begin with, shape (q,).
        y: the target, shape (q,).
        rate: how much of the gradient is subtracted in each step.
        steps: how many steps there are.

    Returns:
        The predictions, the first and one after each step, shape (steps + 1, q).

    Raises:
        TypeError: as `bptt.softmax.gradient`.
        ValueError: as `bptt.softmax.gradient`.
    """
    logits = np.asarray(o, dtype=float)
    predictions = [softmax.softmax(logits)]
    for _ in range(steps):
        logits = logits - rate * softmax.gradient(logits, y)
        predictions.append(softmax.softmax(logits))
    return np.array(predictions)


def draw(
    o: ArrayLike, y: ArrayLike, *, decimals: int = 3, alt: str = "", caption: str = ""
) -> Drawing:
    """Draw the triangle of all predictions.

    In it lie a prediction, its gradient, and where descent takes it.

    Args:
        o: the logits of the prediction, shape (3,).
        y: the right class, one-hot, shape (3,).
        decimals: how many decimals the numbers show.
        alt: the description; written from the numbers unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        TypeError: as `bptt.softmax.gradient`.
        ValueError: as `bptt.softmax.gradient`, or there are not three classes, or y is
            not one-hot.
    """
    error, y_hat = softmax.gradient(o, y), softmax.softmax(o)
    right = _right_class(y)
    others = [i for i in range(CLASSES) if i != right]
    corners = np.empty((CLASSES, 2))
    corners[[right, *others]] = TOP, LEFT, RIGHT
    place = y_hat @ corners
    shapes = [
        *_levels(corners, right, others),
        line([*map(tuple, corners), tuple(corners[0])], INK),
    ]
    shapes += [_named(corners[i], i, right) for i in range(CLASSES)]
    for probabilities in OTHERS:
        other = np.empty(CLASSES)
        other[[right, *others]] = probabilities
        shapes += _pull(
            other @ corners, softmax.gradient(np.log(other), y) @ corners, INK_SOFT
        )
    shapes.append(
        line(
            (tuple(point @ corners) for point in descend(o, y)),
            ACCENTS[1],
            stroke_width=2,
            stroke_dasharray="5 4",
        )
    )
    shapes += _pull(place, error @ corners, ACCENTS[0], width=2.5)
    shapes.append(
        text(
            place[0] + 12,
            place[1] + 16,
            "ŷ",
            anchor="start",
            fill=ACCENTS[0],
            size=17,
            bold=True,
        )
    )
    return Drawing(
        shapes,
        alt or _described(y_hat, error, right, decimals),
        height=HEIGHT,
        caption=caption,
    )


def _right_class(y: ArrayLike) -> int:
    y = np.asarray(y, dtype=float)
    if y.shape != (CLASSES,):
        raise ValueError(
            f"y has shape {y.shape}; the triangle has corners for 3 classes."
        )
    if y.max() < 1:
        raise ValueError(
            f"y is {y.tolist()}; it must be one-hot, because its corner is drawn on "
            "top."
        )
    return int(y.argmax())


def _pull(
    place: NDArray[np.float64],
    gradient: NDArray[np.float64],
    colour: str,
    *,
    width: float = 1.5,
) -> list[str]:
    """Draw a prediction and, from there, a share of the negative gradient."""
    tip = place - SHARE * gradient
    return [
        element("circle", cx=place[0], cy=place[1], r=3 + width / 2, fill=colour),
        arrow((place[0], place[1]), (tip[0], tip[1]), colour, width=width),
    ]


def _levels(
    corners: NDArray[np.float64], right: int, others: Sequence[int]
) -> list[str]:
    """Draw the lines on which the loss is the same.

    There the right class has the probability e^{-E}.
    """
    shapes = []
    for level in LEVELS:
        ends = []
        for other in others:
            mixture = np.zeros(CLASSES)
            mixture[right] = np.exp(-level)
            mixture[other] = 1 - mixture[right]
            ends.append(tuple(mixture @ corners))
        shapes.append(line(ends, INK_SOFT, stroke_width=1, stroke_dasharray="1 4"))
        shapes.append(
            text(
                max(x for x, _ in ends) + 8,
                ends[0][1] + 5,
                f"$E$ = {number(level, 1)}",
                anchor="start",
                fill=INK_SOFT,
            )
        )
    return shapes


def _named(corner: NDArray[np.float64], i: int, right: int) -> str:
    x, y = corner
    if i == right:
        return text(x, y - 16, f"class {i + 1}: right", bold=True)
    return text(x, y + 24, f"class {i + 1}", anchor="start" if x < TOP[0] else "end")


def _described(
    y_hat: NDArray[np.float64], error: NDArray[np.float64], right: int, decimals: int
) -> str:
    told, missing = (
        ", ".join(number(value, decimals) for value in values)
        for values in (y_hat, error)
    )
    return (
        "A triangle whose points are the predictions for three classes. Its top is "
        f"class {right + 1}, the right one. Marked is the prediction {told}. From it "
        f"and from {len(OTHERS)} other predictions an arrow runs towards the top, the "
        "longer the farther away it is: the negative gradient; here the gradient is "
        f"{missing}. A dashed curve shows where gradient descent on the logits takes "
        "the prediction: to the top as well, but not straight."
    )
