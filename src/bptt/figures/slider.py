"""Why a state is no constant, by hand.

A slider nudges w, and two networks answer side by side.

What one can do with it::

    draw(**draws.example())

Every answer is computed here, by running the recursion of `bptt.scalar`, and stands in
a table. Without a script some rows of it are shown, and their dots in the drawing. With
slider.js and slider.css the reader chooses a row with a slider; the script shows the
row that the kernel has computed, and moves a dot to the place that the row names.
"""

from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import scalar
from bptt.figures import svg
from bptt.figures.nudge import Experiment, measure, tick, ticks
from bptt.figures.svg import ACCENTS, INK, INK_SOFT, PAPER, element, line, number, text

REACH, STEP = 0.5, 0.025
"""The largest nudge, and how far apart two nudges are."""

STILL = (-0.5, -0.1, 0.0, 0.1, 0.5)
"""The nudges that are shown without a script."""

CHOSEN = 0.25
"""Where the slider begins."""

LEFT, TOP, BOTTOM, PANEL, APART = 52, 40, 208, 160, 196
"""The corner and the size of the first panel, and how far to the right the second
stands."""

MOST_STEPS = 9
"""The subscript of a label has one digit."""


class Slider(svg.Drawing):
    """A figure whose nudge can be chosen.

    Shown and read out like every `bptt.figures.svg.Drawing`.
    """

    def __init__(
        self, drawn: str, below: str, alt: str, *, height: float, caption: str = ""
    ) -> None:
        """Put the drawing above its slider and its table; both are HTML."""
        super().__init__([drawn], alt, height=height, caption=caption)
        self._below = below

    def _repr_html_(self) -> str:
        drawing = element(
            "svg", self._shapes, xmlns="http://www.w3.org/2000/svg", role="img",
            aria_label=self.alt, viewBox=f"0 0 {svg.WIDTH} {self._height:g}",
            width=round(svg.WIDTH * svg.ENLARGED),
            height=round(self._height * svg.ENLARGED),
        )  # fmt: skip
        caption = element("figcaption", escape(self._caption)) if self._caption else ""
        below = f'<div class="slider-below">{self._below}</div>'
        return (
            f'<figure class="figure slider-figure">{drawing}{below}{caption}</figure>'
        )


def draw(
    w: float, u: float, x: ArrayLike, s_0: float, *, alt: str = "", caption: str = ""
) -> Slider:
    """Draw both answers to every nudge.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,), T from 2 to 9.
        s_0: the initial state, a number.
        alt: the description; written from the numbers unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: fewer than two steps, where there is nothing to freeze, or more than
            nine.
    """
    T = np.size(x)
    if T > MOST_STEPS:
        raise ValueError(
            f"x has {T} entries; the labels of this figure have room for at most "
            f"{MOST_STEPS} steps."
        )
    run = measure(w, u, x, s_0, REACH)
    before = np.array(
        [scalar.states(w + epsilon, u, x, s_0)[-2] for epsilon in run.nudge],
        dtype=float,
    )
    rows = [_Row(run, before, i) for i in range(len(run.nudge))]
    slopes = np.concatenate(
        [run.rerun, run.frozen, REACH * np.array([run.rerun_slope, run.frozen_slope])]
    )
    most = float(np.max(np.abs(slopes))) * 1.05
    panels = [
        _panel(f"$s_{T - 1}$ {word}", ACCENTS[i], rows, slope, most, i)
        for i, (word, slope) in enumerate(
            (("re-run", run.rerun_slope), ("frozen", run.frozen_slope))
        )
    ]
    names = [
        *(
            text(
                LEFT - 8,
                _y(v, most) + 4.5,
                tick(v),
                anchor="end",
                fill=INK_SOFT,
                size=13,
            )
            for v in ticks(most)
        ),
        text(LEFT - 44, TOP - 18, f"change of $s_{T}$", anchor="start"),
        text(LEFT + (APART + PANEL) / 2, BOTTOM + 36, "nudge ε of $w$"),
    ]
    return Slider(
        "".join([*names, *panels]),
        _control(rows, T) + _table(rows, T, most),
        alt or _described(run, before, T),
        height=BOTTOM + 44,
        caption=caption,
    )


class _Row:
    """One nudge, and what both networks answer.

    An answer is s_{T-1}, the change of s_T, and that change divided by the nudge.
    """

    def __init__(self, run: Experiment, before: NDArray[np.float64], i: int) -> None:
        self.nudge = round(float(run.nudge[i]), 3) + 0.0
        self.before = (float(before[i]), float(before[len(before) // 2]))
        self.change = (float(run.rerun[i]), float(run.frozen[i]))
        slopes = (run.rerun_slope, run.frozen_slope)
        self.ratio = (
            (self.change[0] / self.nudge, self.change[1] / self.nudge)
            if self.nudge
            else slopes
        )

    @property
    def still(self) -> bool:
        return self.nudge in STILL

    def words(self, T: int) -> str:
        """Tell the row to somebody who does not see it."""
        answers = (
            f"{name}: s_{T - 1} is {number(before, 4)}, s_{T} changes by "
            f"{number(change, 4)}"
            for name, before, change in zip(
                ("re-run", "frozen"), self.before, self.change, strict=True
            )
        )
        return f"{number(self.nudge, 3)}; {'; '.join(answers)}"


def _x(nudge: float) -> float:
    return LEFT + (nudge / REACH + 1) * PANEL / 2


def _y(change: float, most: float) -> float:
    return (TOP + BOTTOM) / 2 - change / most * (BOTTOM - TOP) / 2


def _panel(  # noqa: PLR0917  # the parts of a panel
    name: str, colour: str, rows: list[_Row], slope: float, most: float, i: int
) -> str:
    """Draw one network's answers.

    They are the curve, its tangent, the dots of the still, and the dot that the slider
    moves.
    """
    middle, zero = _x(0), _y(0, most)
    points = [(_x(row.nudge), _y(row.change[i], most)) for row in rows]
    start = next(
        point for point, row in zip(points, rows, strict=True) if row.nudge == CHOSEN
    )
    shapes = [
        line(
            [(LEFT, zero), (LEFT + PANEL, zero)],
            INK_SOFT,
            stroke_width=0.75,
            stroke_opacity=0.6,
        ),
        line(
            [(middle, TOP), (middle, BOTTOM)],
            INK_SOFT,
            stroke_width=0.75,
            stroke_opacity=0.6,
        ),
        line(
            [(LEFT, TOP), (LEFT, BOTTOM), (LEFT + PANEL, BOTTOM)],
            INK_SOFT,
            stroke_width=1,
        ),
        *(
            line(
                [(LEFT - 4, _y(v, most)), (LEFT, _y(v, most))], INK_SOFT, stroke_width=1
            )
            for v in ticks(most)
        ),
        *(
            line([(_x(v), BOTTOM), (_x(v), BOTTOM + 4)], INK_SOFT, stroke_width=1)
            for v in (-REACH, 0, REACH)
        ),
        *(
            text(_x(v), BOTTOM + 18, tick(v), fill=INK_SOFT, size=13)
            for v in (-REACH, 0, REACH)
        ),
        text(LEFT + 8, TOP + 12, name, anchor="start", fill=colour, bold=True),
        line(
            [(_x(e), _y(slope * e, most)) for e in (-REACH, REACH)],
            colour,
            stroke_dasharray="5 4",
        ),
        line(points, colour, stroke_width=2.75, stroke_linejoin="round"),
        text(
            LEFT + PANEL - 4,
            BOTTOM - 10,
            f"slope {number(slope, 4)}",
            anchor="end",
            fill=colour,
        ),
    ]
    still = [
        element("circle", cx=x, cy=y, r=4, fill=PAPER, stroke=colour, stroke_width=2)
        for (x, y), row in zip(points, rows, strict=True)
        if row.still
    ]
    x, y = start
    moved = [
        element("line", x1=x, y1=zero, x2=x, y2=y, stroke=INK, stroke_width=2),
        element("circle", cx=x, cy=y, r=6.5, fill=colour, stroke=PAPER, stroke_width=2),
    ]
    return element(
        "g",
        *shapes,
        element("g", *still, **{"class": "slider-still"}),
        element("g", *moved, visibility="hidden", **{"class": "slider-dot"}),
        transform=f"translate({i * APART} 0)",
    )


def _control(rows: list[_Row], T: int) -> str:
    """Write the slider, hidden as long as no script listens to it.

    Its value is the number of a row.
    """
    chosen = next(i for i, row in enumerate(rows) if row.nudge == CHOSEN)
    return (
        '<label class="slider-control" hidden=""><span>nudge ε of <i>w</i></span>'
        f'<input type="range" min="0" max="{len(rows) - 1}" value="{chosen}" '
        f'autocomplete="off" aria-valuetext="{escape(rows[chosen].words(T))}"></label>'
    )


def _table(rows: list[_Row], T: int, most: float) -> str:
    """Write all rows; those between the still ones are hidden.

    Each says where its dots stand in the drawing.
    """
    before = f"<i>s</i><sub>{T - 1}</sub>"
    ratio = f"change of <i>s</i><sub>{T}</sub> per ε"
    columns = f'<th scope="col">{before}</th><th scope="col">{ratio}</th>'
    head = (
        "<tr><td></td>"
        f'<th scope="colgroup" colspan="2" class="slider-1">{before} re-run</th>'
        f'<th scope="colgroup" colspan="2" class="slider-2">{before} frozen</th></tr>'
        f'<tr><th scope="col">ε</th>{columns * 2}</tr>'
    )
    body = "".join(_line(row, T, most) for row in rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _line(row: _Row, T: int, most: float) -> str:
    places = " ".join(
        svg.written(at)
        for at in (_x(row.nudge), *(_y(change, most) for change in row.change))
    )
    cells = "".join(
        f"<td>{number(value, 4)}</td>"
        for pair in zip(row.before, row.ratio, strict=True)
        for value in pair
    )
    kind = (' hidden=""' if not row.still else "") + (
        ' class="slider-nought"' if not row.nudge else ""
    )
    head = f'<th scope="row">{number(row.nudge, 3)}</th>'
    words = escape(row.words(T))
    return f'<tr{kind} data-places="{places}" data-words="{words}">{head}{cells}</tr>'


def _described(run: Experiment, before: NDArray[np.float64], T: int) -> str:
    first, last = number(float(before[0]), 4), number(float(before[-1]), 4)
    return (
        f"Two curves side by side over the nudge of w from {number(-REACH, 1)} to "
        f"{number(REACH, 1)}: the change of s_{T}. In the network that is run again, "
        f"s_{T - 1} goes from {first} to {last}, and the curve has slope "
        f"{number(run.rerun_slope, 4)} at 0. With s_{T - 1} frozen it has slope "
        f"{number(run.frozen_slope, 4)}. Dashed tangents touch both curves at 0. The "
        "table below has the numbers."
    )
