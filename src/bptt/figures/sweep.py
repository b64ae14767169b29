"""The backward sweep, step by step.

What every loss says to every place, and how the sweep collects it by columns.

What one can do with it::

    draw(slopes, w, rows)  # D_t, w and dE_t/ds_t of a network with one unit

Above stands the network, below the triangle of terms, each in the column of its place.
To choose a step of the sweep lights the two ways that its error comes by, and shows the
columns that have been collected so far. That works by the stylesheet sweep.css alone,
without any script; where that is missing, and in print, everything is shown.
"""

import re
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import triangle
from bptt.figures import svg
from bptt.figures.svg import ACCENTS, INK, INK_SOFT, PAPER, element, line, number, text

MOST_STEPS = 4

FIRST_COLUMN, LAST_COLUMN = 116, 376
"""Where the first and the last place stand."""

LOSSES, STATES, TABLE, ROW = 26, 96, 160, 28
"""How high the losses and the states stand, the first row of the table, and the height
of a row."""

RADIUS = 18

NOW, BEHIND = ACCENTS[0], ACCENTS[1]
"""The colours of what a step hears from its own loss, and from the step behind."""


class Sweep(svg.Drawing):
    """A figure whose steps can be chosen.

    Shown and read out like every `bptt.figures.svg.Drawing`.
    """

    def __init__(
        self, drawn: str, choices: str, alt: str, *, height: float, caption: str = ""
    ) -> None:
        """Put the drawing above its choices; both are HTML."""
        super().__init__([drawn], alt, height=height, caption=caption)
        self._choices = choices

    def _repr_html_(self) -> str:
        drawing = element(
            "svg", *self._shapes, xmlns="http://www.w3.org/2000/svg", role="img",
            aria_label=self.alt, viewBox=f"0 0 {svg.WIDTH} {self._height:g}",
            width=round(svg.WIDTH * svg.ENLARGED),
            height=round(self._height * svg.ENLARGED),
        )  # fmt: skip
        caption = element("figcaption", escape(self._caption)) if self._caption else ""
        return (
            '<figure class="figure paths-figure sweep-figure"><fieldset><legend>'
            "The steps of the sweep, from the last to the first: choose one</legend>"
            f'<div class="paths-stage">{drawing}{self._choices}</div></fieldset>'
            f"{caption}</figure>"
        )


def draw(
    slopes: ArrayLike, w: float, rows: ArrayLike,
    *, chosen: int | None = None, decimals: int = 4, name: str = "sweep",
    alt: str = "", caption: str = "",
) -> Sweep:  # fmt: skip
    """Draw the sweep of a network with one unit.

    Args:
        slopes: D_1 ... D_T, shape (T,), T from 1 to 4.
        w: the recurrent weight, a number.
        rows: dE_1/ds_1 ... dE_T/ds_T, what each loss says to its own state, shape (T,).
        chosen: the step that is lit at first; the last step of the network, where the
            sweep begins, unless given.
        decimals: how many decimals the numbers show.
        name: what the choice is called in the page; two figures of one page need two
            names.
        alt: the description; written from the numbers unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        TypeError: as `bptt.triangle.error_terms`.
        ValueError: as `bptt.triangle.error_terms`, no step or more than four, or a step
            that there is not.
    """
    D, W = np.asarray(slopes)[:, np.newaxis], np.array([[w]])
    own = np.asarray(rows)[:, np.newaxis]
    T = len(D)
    if not 1 <= T <= MOST_STEPS:
        raise ValueError(
            f"slopes has {T} entries; this figure has room for 1 to {MOST_STEPS} steps."
        )
    if chosen is not None and chosen not in range(1, T + 1):
        raise ValueError(
            f"chosen is {chosen!r}; with {T} steps it must be from 1 to {T}."
        )
    terms = triangle.error_terms(D, W, own)[..., 0]
    delta = triangle.sweep(D, W, own)[:, 0]
    carried = np.append(w * delta[1:], 0.0)
    shapes = [*_network(T), *_rows(T)]
    for k in range(1, T + 1):
        shapes += [
            _column(k, T, terms[:, k - 1], delta[k - 1], decimals),
            _now(k, T, own[k - 1, 0], carried[k - 1], decimals),
        ]
    choices = [
        _choice(
            t,
            T,
            D[t - 1, 0],
            own[t - 1, 0],
            carried[t - 1],
            delta[t - 1],
            decimals,
            name=name,
            checked=t == (chosen or T),
        )
        for t in range(T, 0, -1)
    ]
    return Sweep(
        "".join(shapes),
        "".join(choices),
        alt or _described(terms, delta, decimals),
        height=_bottom(T) + 12,
        caption=caption,
    )


def _place(k: int, T: int) -> float:
    return (
        (FIRST_COLUMN + LAST_COLUMN) / 2
        if T == 1
        else FIRST_COLUMN + (k - 1) / (T - 1) * (LAST_COLUMN - FIRST_COLUMN)
    )


def _bottom(T: int) -> float:
    """Find the base line of the sums."""
    return TABLE + T * ROW + 12


def _network(T: int) -> list[str]:
    """Draw the states and the losses as the forward pass goes through them."""
    shapes = []
    for k in range(1, T + 1):
        x = _place(k, T)
        shapes += [
            svg.arrow((x, STATES - RADIUS), (x, LOSSES + 9), INK_SOFT),
            element(
                "circle",
                cx=x,
                cy=STATES,
                r=RADIUS,
                fill=PAPER,
                stroke=INK,
                stroke_width=1.5,
            ),
            text(x, LOSSES, f"$E_{k}$", size=17),
            text(x, STATES + 5, f"$s_{k}$", size=17),
        ]
        if k < T:
            shapes.append(
                svg.arrow(
                    (x + RADIUS, STATES),
                    (_place(k + 1, T) - RADIUS - 1, STATES),
                    INK_SOFT,
                )
            )
    return shapes


def _rows(T: int) -> list[str]:
    """Write what the rows of the table are, and the line above the sums."""
    rows = [
        text(12, TABLE + (t - 1) * ROW, f"$E_{t}$ says", anchor="start", fill=INK_SOFT)
        for t in range(1, T + 1)
    ]
    y = _bottom(T)
    rule = line([(12, y - 22), (LAST_COLUMN + 38, y - 22)], INK_SOFT, stroke_width=1)
    return [*rows, rule, text(12, y, "sum", anchor="start", bold=True)]


def _column(
    k: int, T: int, terms: NDArray[np.float64], delta: float, decimals: int
) -> str:
    """Write the terms of place k and their sum.

    The style sheet sweep.css hides them as long as the sweep has not come there.
    """
    x = _place(k, T)
    cells = [
        text(x, TABLE + (t - 1) * ROW, number(terms[t - 1], decimals))
        for t in range(k, T + 1)
    ]
    total = text(x, _bottom(T), number(delta, decimals), bold=True)
    return element("g", *cells, total, **{"class": f"sweep-sum-{k}"})


def _now(k: int, T: int, own: float, carried: float, decimals: int) -> str:
    """Draw the two ways by which the error comes to place k.

    The style sheet sweep.css shows them while the sweep is there.
    """
    x, top = _place(k, T), TABLE - 20
    shapes = [
        element(
            "rect",
            x=x - 36,
            y=top,
            width=72,
            height=_bottom(T) + 9 - top,
            rx=6,
            fill="none",
            stroke=NOW,
            stroke_width=2,
        ),
        # over the arrow of the forward pass
        line([(x, LOSSES + 6), (x, STATES - RADIUS)], PAPER, stroke_width=13),
        svg.arrow((x, LOSSES + 7), (x, STATES - RADIUS - 1), NOW, width=3),
        text(
            x - 9,
            (LOSSES + STATES) / 2 - 2,
            number(own, decimals),
            anchor="end",
            fill=NOW,
            size=13,
        ),
        element(
            "circle", cx=x, cy=STATES, r=RADIUS, fill=PAPER, stroke=NOW, stroke_width=3
        ),
        text(x, STATES + 5, f"$s_{k}$", size=17),
    ]
    if k < T:
        start, end = _place(k + 1, T) - RADIUS, x + RADIUS + 2
        shapes += [
            line([(start - 1, STATES), (end, STATES)], PAPER, stroke_width=13),
            svg.arrow((start, STATES), (end, STATES), BEHIND, width=3),
            text(
                (start + end) / 2,
                STATES + 22,
                number(carried, decimals),
                fill=BEHIND,
                size=13,
            ),
        ]
    return element("g", *shapes, visibility="hidden", **{"class": f"sweep-now-{k}"})


def _choice(  # noqa: PLR0917  # the parts of a formula
    t: int, T: int, slope: float, own: float, carried: float, delta: float,
    decimals: int, *, name: str, checked: bool,
) -> str:  # fmt: skip
    """Write the line of step t.

    It has a radio button, the recursion, and the same in numbers.
    """
    said, result = number(own, decimals), number(delta, decimals)
    sign = "+" if carried >= 0 else "\N{MINUS SIGN}"
    inside = f"{said} {sign} {number(abs(carried), decimals)}" if t < T else said
    words = f"δ_{t} = D_{t} (dE_{t}/ds_{t}{f' + w δ_{t + 1}' if t < T else ''})"
    value = f"= {number(slope, decimals)} ({inside}) = {result}"
    return (
        f'<label class="sweep-step-{t}"><input type="radio" name="{escape(name)}" '
        f'value="{t}" aria-label="{escape(f"{words} {value}")}"'
        f"{' checked' if checked else ''}> "
        f'<span class="paths-term">{_formula(words)}</span> '
        f'<span class="paths-value">{value}</span></label>'
    )


def _formula(words: str) -> str:
    """Set a formula in HTML.

    Letters are italic except the sign of the derivative, indices stand below.
    """
    written = re.sub(r"(?<![A-Za-zδ])(d?)([A-Za-zδ])(?:_(\d))?", _letter, words)
    return re.sub(r" ([=+]) ", r"&nbsp;\1 ", written)


def _letter(match: re.Match[str]) -> str:
    d, letter, index = match.groups()
    return f"{d}<i>{letter}</i>{f'<sub>{index}</sub>' if index else ''}"


def _described(
    terms: NDArray[np.float64], delta: NDArray[np.float64], decimals: int
) -> str:
    T = len(delta)
    columns = "; ".join(
        f"place {k}: "
        f"{', '.join(number(terms[t - 1, k - 1], decimals) for t in range(k, T + 1))}, "
        f"together {number(delta[k - 1], decimals)}"
        for k in range(T, 0, -1)
    )
    return (
        f"The states s_1 to s_{T} with the losses above them, and below a triangle of "
        "terms: in row t and column k what loss t says to place k. The sweep collects "
        f"the columns from the last to the first. At {columns}."
    )
