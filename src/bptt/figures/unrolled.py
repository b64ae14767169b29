"""The scalar recursion drawn out step by step.

Three steps, one weight used three times, and a loss at the end.

What one can do with it::

    draw()                               # the network
    draw(highlight=2)                    # and the way from the second use of w to s_3

All three steps use the same w; what the figure counts are its uses, from 1 to 3.
"""

from bptt.figures.svg import (
    ACCENTS,
    INK,
    INK_SOFT,
    PAPER,
    Drawing,
    arrow,
    element,
    text,
)

STEPS = 3
COLUMNS = (34, 150, 266, 382)
"""Where s_0 ... s_3 stand."""

LOSS, STATES, INPUTS = 32, 122, 222
"""The rows of the loss, the states and the inputs."""

RADIUS = 20
BADGE = 13


def draw(highlight: int | None = None, *, alt: str = "", caption: str = "") -> Drawing:
    """Draw the network for T = 3.

    Args:
        highlight: light the way of term k, from the k-th use of w to s_3: 1, 2 or 3;
            None lights nothing.
        alt: the description; written to fit unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: highlight is not 1, 2, 3 or None.
    """
    if highlight is not None and highlight not in range(1, STEPS + 1):
        raise ValueError(
            f"highlight is {highlight!r}; w is used {STEPS} times, so it must be 1, 2, "
            "3 or None."
        )
    first_lit = STEPS + 1 if highlight is None else highlight
    shapes = [_state(0, lit=False)]
    for t in range(1, STEPS + 1):
        shapes += [*_input(t), *_use_of_w(t, first_lit), _state(t, lit=t >= first_lit)]
    return Drawing(
        [*shapes, *_loss()],
        alt or _described(highlight),
        height=INPUTS + RADIUS + 10,
        caption=caption,
    )


def _use_of_w(t: int, first_lit: int) -> list[str]:
    """Draw the arrow from s_{t-1} to s_t in two halves.

    A path begins where w comes in, in the middle of the arrow.
    """
    start, end = COLUMNS[t - 1] + RADIUS, COLUMNS[t] - RADIUS
    middle = (start + end) / 2 - 3
    into, out_of = t > first_lit, t >= first_lit
    chosen = t == first_lit
    return [
        arrow(
            (middle, STATES), (end - 1, STATES),
            _colour(lit=out_of), width=_width(lit=out_of),
        ),
        element(
            "line", x1=start, y1=STATES, x2=middle, y2=STATES,
            stroke=_colour(lit=into), stroke_width=_width(lit=into),
        ),
        element(
            "rect", x=middle - BADGE, y=STATES - BADGE,
            width=2 * BADGE, height=2 * BADGE, rx=4,
            fill=ACCENTS[1] if chosen else PAPER, stroke=ACCENTS[1], stroke_width=1.5,
        ),
        text(middle, STATES + 5, "$w$", fill=PAPER if chosen else ACCENTS[1], size=16),
    ]  # fmt: skip


def _input(t: int) -> list[str]:
    x = COLUMNS[t]
    return [
        arrow((x, INPUTS - RADIUS + 4), (x, STATES + RADIUS + 1), INK_SOFT),
        text(
            x + 9,
            (INPUTS + STATES) / 2 + 6,
            "$u$",
            anchor="start",
            fill=INK_SOFT,
            size=16,
        ),
        text(x, INPUTS + 6, f"$x_{t}$", size=17),
    ]


def _state(t: int, *, lit: bool) -> str:
    x = COLUMNS[t]
    stroke = ACCENTS[1] if lit else INK
    ring = element(
        "circle",
        cx=x,
        cy=STATES,
        r=RADIUS,
        fill=PAPER,
        stroke=stroke,
        stroke_width=_width(lit=lit),
    )
    return ring + text(x, STATES + 5, f"$s_{t}$", size=17)


def _loss() -> list[str]:
    x = COLUMNS[-1]
    return [
        arrow((x, STATES - RADIUS - 1), (x, LOSS + 12), INK_SOFT),
        text(x, LOSS, f"$E_{STEPS}$", size=17),
    ]


def _colour(*, lit: bool) -> str:
    return ACCENTS[1] if lit else INK_SOFT


def _width(*, lit: bool) -> float:
    return 3 if lit else 1.5


def _described(highlight: int | None) -> str:
    network = (
        "The network drawn out over three steps: a chain of states from s_0 to s_3. "
        "Every arrow from one state to the next carries the same weight w. The input "
        "x_t enters the state s_t through the weight u, and the loss E_3 stands above "
        "s_3."
    )
    if highlight is None:
        return network
    passed = [f"s_{t}" for t in range(highlight, STEPS)]
    through = f" through {' and '.join(passed)}" if passed else ""
    ordinal = ("first", "second", "third")[highlight - 1]
    return f"{network} Lit is the way from the {ordinal} use of w{through} to s_3."
