"""Why a state is no constant, as a picture.

Nudge w, and compare the network re-run with one whose state is frozen.

What one can do with it::

    draw(**draws.example())

Both curves are computed by running the recursion of `bptt.scalar`; their tangents at 0
have as slopes the two derivatives, the right one and the one that forgets that the
state before depends on w.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import scalar
from bptt.figures.svg import ACCENTS, INK, INK_SOFT, Drawing, line, number, text

LEFT, RIGHT, TOP, BOTTOM = 46, 296, 34, 250
"""The room of the curves; their names stand to the right."""

POINTS = 41
"""How many points a curve has."""


class Experiment(NamedTuple):
    """The change of the last state over the nudge of w, and its slope at 0."""

    nudge: NDArray[np.float64]
    """The nudges, from -reach to reach, shape (41,)."""

    rerun: NDArray[np.float64]
    """Change of s_T when the whole network sees the nudged w, shape (41,)."""

    frozen: NDArray[np.float64]
    """Change of s_T when only the last step sees it and the state before is kept, shape
    (41,)."""

    rerun_slope: float
    """The derivative of s_T with respect to w."""

    frozen_slope: float
    """The derivative that takes the state before for a constant."""


def measure(
    w: float, u: float, x: ArrayLike, s_0: float, reach: float = 0.5
) -> Experiment:
    """Run the recursion with nudged weights.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,), T at least 2.
        s_0: the initial state, a number.
        reach: the largest nudge, positive.

    Returns:
        Both curves and both slopes.

    Raises:
        ValueError: fewer than two steps, or a reach that is not positive.
    """
    T = np.size(x)
    if T < 2:  # noqa: PLR2004  # with one step the two curves are one
        raise ValueError(
            f"x has {T} entries; it must have at least 2, for with one step there is "
            "nothing to freeze."
        )
    if not 0 < reach < np.inf:
        raise ValueError(f"reach is {reach}; it must be a positive, finite number.")
    nudge = np.linspace(-reach, reach, POINTS)
    unmoved = scalar.states(w, u, x, s_0)[-1]
    rerun = [scalar.states(w + epsilon, u, x, s_0)[-1] - unmoved for epsilon in nudge]
    frozen = [
        scalar.frozen_state(w + epsilon, w, u, x, s_0) - unmoved for epsilon in nudge
    ]
    return Experiment(
        nudge,
        np.array(rerun, dtype=float),
        np.array(frozen, dtype=float),
        float(np.real(scalar.derivative(w, u, x, s_0))),
        float(np.real(scalar.frozen(w, u, x, s_0))),
    )


def draw(
    w: float,
    u: float,
    x: ArrayLike,
    s_0: float,
    reach: float = 0.5,
    *,
    alt: str = "",
    caption: str = "",
) -> Drawing:
    """Draw the two curves and their tangents.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,), T from 2 to 9.
        s_0: the initial state, a number.
        reach: the largest nudge, positive.
        alt: the description; written from the numbers unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: as `measure`, or more than nine steps, whose labels would not fit.
    """
    T = np.size(x)
    if T > 9:  # noqa: PLR2004  # the subscript of a label has one digit
        raise ValueError(
            f"x has {T} entries; the labels of this figure have room for at most 9 "
            "steps."
        )
    run = measure(w, u, x, s_0, reach)
    values = np.concatenate(
        [
            run.rerun,
            run.frozen,
            run.rerun_slope * run.nudge,
            run.frozen_slope * run.nudge,
        ]
    )
    axes = _Axes(reach, float(np.max(np.abs(values))) * 1.03)
    curves = [
        *_curve_and_tangent(axes, run.nudge, run.frozen, run.frozen_slope, ACCENTS[1]),
        *_curve_and_tangent(axes, run.nudge, run.rerun, run.rerun_slope, ACCENTS[0]),
    ]
    ends = [axes.y(float(curve[-1])) for curve in (run.rerun, run.frozen)]
    names = _names(
        ends, (run.rerun_slope, run.frozen_slope), ("re-run", f"$s_{T - 1}$ frozen")
    )
    described = alt or (
        f"Two curves over the nudge of w from {number(-reach, 2)} to "
        f"{number(reach, 2)}. The change of s_{T} in the network that is run again has "
        f"slope {number(run.rerun_slope, 4)} at 0; with s_{T - 1} frozen it has slope "
        f"{number(run.frozen_slope, 4)}. A dashed tangent touches each curve at 0, "
        "where both curves cross."
    )
    return Drawing(
        [*axes.shapes(T), *curves, *names],
        described,
        height=BOTTOM + 44,
        caption=caption,
    )


class _Axes(NamedTuple):
    """Both axes run from minus to plus their largest value."""

    x_most: float
    y_most: float

    def x(self, value: float) -> float:
        return (LEFT + RIGHT) / 2 + value / self.x_most * (RIGHT - LEFT) / 2

    def y(self, value: float) -> float:
        return (TOP + BOTTOM) / 2 - value / self.y_most * (BOTTOM - TOP) / 2

    def shapes(self, T: int) -> list[str]:
        horizontal, vertical = ticks(self.x_most), ticks(self.y_most)
        return [
            *(
                line(
                    [(self.x(v), BOTTOM), (self.x(v), BOTTOM + 4)],
                    INK_SOFT,
                    stroke_width=1,
                )
                for v in horizontal
            ),
            *(
                line(
                    [(LEFT - 4, self.y(v)), (LEFT, self.y(v))], INK_SOFT, stroke_width=1
                )
                for v in vertical
            ),
            line(
                [(LEFT, self.y(0)), (RIGHT, self.y(0))],
                INK_SOFT,
                stroke_width=0.75,
                stroke_opacity=0.6,
            ),
            line(
                [(self.x(0), TOP), (self.x(0), BOTTOM)],
                INK_SOFT,
                stroke_width=0.75,
                stroke_opacity=0.6,
            ),
            line(
                [(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], INK_SOFT, stroke_width=1
            ),
            *(
                text(self.x(v), BOTTOM + 19, tick(v), fill=INK_SOFT, size=13)
                for v in horizontal
            ),
            *(
                text(
                    LEFT - 8,
                    self.y(v) + 4.5,
                    tick(v),
                    anchor="end",
                    fill=INK_SOFT,
                    size=13,
                )
                for v in vertical
            ),
            text((LEFT + RIGHT) / 2, BOTTOM + 38, "nudge ε of $w$", fill=INK),
            text(LEFT - 38, TOP - 16, f"change of $s_{T}$", anchor="start", fill=INK),
        ]


def _curve_and_tangent(
    axes: _Axes,
    nudge: NDArray[np.float64],
    change: NDArray[np.float64],
    slope: float,
    colour: str,
) -> list[str]:
    curve = [
        (axes.x(e), axes.y(y))
        for e, y in zip(nudge.tolist(), change.tolist(), strict=True)
    ]
    tangent = [(axes.x(e), axes.y(slope * e)) for e in (-axes.x_most, axes.x_most)]
    return [
        line(tangent, colour, stroke_width=1.5, stroke_dasharray="5 4"),
        line(curve, colour, stroke_width=2.75, stroke_linejoin="round"),
    ]


def _names(
    ends: list[float], slopes: tuple[float, float], names: tuple[str, str]
) -> list[str]:
    """Write each name beside the end of its curve.

    The two are moved apart where they would touch.
    """
    first, second = ends
    too_close = max(0.0, 52 - abs(first - second)) / 2
    towards = 1 if first < second else -1
    places = (first - towards * too_close, second + towards * too_close)
    free = max(
        (BOTTOM - 22, sum(places) / 2, TOP + 6),
        key=lambda y: min(abs(y - place) for place in places),
    )
    named = [
        text(RIGHT + 10, place + offset, words, anchor="start", fill=colour, bold=bold)
        for place, slope, name, colour in zip(
            places, slopes, names, ACCENTS, strict=False
        )
        for offset, words, bold in (
            (-3, name, True),
            (16, f"slope {number(slope, 4)}", False),
        )
    ]
    dashed = [
        text(RIGHT + 10, free + offset, words, anchor="start", fill=INK_SOFT, size=13)
        for offset, words in ((0, "dashed:"), (17, "tangents at 0"))
    ]
    return named + dashed


def ticks(most: float) -> list[float]:
    """Choose round numbers, 0 among them, at most seven between -most and most."""
    step = 10.0 ** np.floor(np.log10(most))
    side = 4  # below it lie 3 numbers on either side of 0
    step *= next(
        factor for factor in (0.2, 0.5, 1, 2, 5) if most / (factor * step) < side
    )
    count = int(most / step + 1e-9)
    return [float(step * i) for i in range(-count, count + 1)]


def tick(value: float) -> str:
    """Write a round number beside its tick, with a true minus sign."""
    return f"{round(value, 10) + 0.0:g}".replace("-", "\N{MINUS SIGN}")
