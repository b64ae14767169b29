"""A tape of numbers, a row for each line with its value and its adjoint.

An arc leads to every line that uses it.

What one can do with it::

    draw(tape, {0: "w", 1: "s_0"})  # inputs by name; adjoints of the last line

What stands in the figure is read from the tape. The arcs show what the sweep backwards
follows, from below upwards.
"""

from collections.abc import Mapping

from bptt.autodiff import Line, Tape
from bptt.figures.svg import (
    ACCENTS,
    INK_SOFT,
    PAPER,
    WIDTH,
    Drawing,
    element,
    number,
    text,
)

ROW, TOP = 38, 58
"""The height of a line, and the middle of the first."""

DOTS, WORDS, VALUES, ADJOINTS = 104, 124, 322, WIDTH - 8
"""Where the dots stand, where the words begin, and where the two columns of numbers
end."""

MOST_LINES = 9
"""A line is named by its number, which has one digit."""

OPERATORS = {"+": " + ", "-": " \N{MINUS SIGN} ", "*": " ", "/": " / "}


def draw(
    tape: Tape, names: Mapping[int, str], *, alt: str = "", caption: str = ""
) -> Drawing:
    """Draw a tape and the adjoints of its last line.

    Args:
        tape: at most 9 lines, each a number, in the operations + - * / and those of one
            argument.
        names: what the inputs are called, by their place on the tape.
        alt: the description; written from the tape unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: the tape is empty or too long, or a line of it is no number.
    """
    if not 1 <= len(tape.lines) <= MOST_LINES or any(
        line.value.ndim for line in tape.lines
    ):
        shapes = ", ".join(str(line.value.shape) for line in tape.lines)
        raise ValueError(
            f"the lines have shapes {shapes}; there must be 1 to {MOST_LINES} lines, "
            "all of shape ()."
        )
    adjoints = [float(g) for g in tape.backward(tape.lines[-1])]
    shapes_drawn = [
        text(WORDS, 22, "line of the program", anchor="start", fill=INK_SOFT, size=13),
        text(VALUES, 22, "value", anchor="end", fill=INK_SOFT, size=13),
        text(ADJOINTS, 22, "adjoint", anchor="end", fill=ACCENTS[1], size=13),
    ]
    for line in tape.lines:
        shapes_drawn += [
            _arc(parent, line.index) for parent in sorted(set(line.parents))
        ]
    for line, adjoint in zip(tape.lines, adjoints, strict=True):
        y = _height(line.index)
        shapes_drawn += [
            element(
                "circle",
                cx=DOTS,
                cy=y,
                r=6,
                fill=PAPER,
                stroke=ACCENTS[0],
                stroke_width=2,
            ),
            text(
                WORDS,
                y + 5,
                f"$v_{line.index + 1}$ = {_made(line, names)}",
                anchor="start",
            ),
            text(
                VALUES, y + 5, number(float(line.value), 4), anchor="end", fill=INK_SOFT
            ),
            text(
                ADJOINTS,
                y + 5,
                number(adjoint, 4),
                anchor="end",
                fill=ACCENTS[1],
                bold=True,
            ),
        ]
    height = _height(len(tape.lines) - 1) + 24
    return Drawing(
        shapes_drawn,
        alt or _described(tape, names, adjoints),
        height=height,
        caption=caption,
    )


def _height(index: int) -> float:
    return TOP + ROW * index


def _arc(parent: int, child: int) -> str:
    """Draw an arc on the left; the further the lines are apart, the wider it swings."""
    above, below = _height(parent), _height(child)
    swing = DOTS - 20 - 24 * (child - parent) ** 0.7
    curve = (
        f"M {DOTS - 7} {above} C {swing:.0f} {above}, {swing:.0f} {below}, "
        f"{DOTS - 14} {below}"
    )
    head = f"{DOTS - 7},{below} {DOTS - 16},{below - 4} {DOTS - 16},{below + 4}"
    return element(
        "path", d=curve, fill="none", stroke=ACCENTS[0], stroke_width=1.5
    ) + element("polygon", points=head, fill=ACCENTS[0])


def _made(line: Line, names: Mapping[int, str]) -> str:
    """Write the right side of an assignment."""
    if not line.parents:
        return (
            f"${names[line.index]}$"
            if line.index in names
            else number(float(line.value), 4)
        )
    used = [f"$v_{parent + 1}$" for parent in line.parents]
    return (
        OPERATORS[line.op].join(used)
        if line.op in OPERATORS
        else f"{line.op} {' '.join(used)}"
    )


def _described(tape: Tape, names: Mapping[int, str], adjoints: list[float]) -> str:
    rows = "; ".join(
        f"v_{line.index + 1} = {_made(line, names).replace('$', '')}, value "
        f"{number(float(line.value), 4)}, adjoint {number(adjoint, 4)}"
        for line, adjoint in zip(tape.lines, adjoints, strict=True)
    )
    return (
        f"A program of {len(tape.lines)} lines, with an arc from each line to every "
        f"line that uses it. {rows}."
    )
