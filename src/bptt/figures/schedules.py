"""Schedules as pictures.

Which step is computed when, and which states lie in store meanwhile.

What one can do with it::

    segments, revolve = checkpoint.segments(16, 4), checkpoint.revolve(16, 3)
    draw([("segments of 4", segments), ("revolve with 3", revolve)], 16)
    trade(1000)  # how often one advances, over how many states are stored

Time runs to the right, by one place for every step that is computed, and the step that
is computed stands at its height. All is read off a run of the schedule itself.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bptt import checkpoint
from bptt.figures.loglog import HEIGHT, Plane
from bptt.figures.svg import (
    ACCENTS,
    INK,
    INK_SOFT,
    WIDTH,
    Drawing,
    element,
    line,
    number,
    text,
)

LEFT, RIGHT = 46, WIDTH - 12
TOP, ROW, GAP = 40, 9, 62
"""Above the first panel, the height of a step, and between two panels."""

STORES = (
    1,
    2,
    3,
    4,
    5,
    7,
    10,
    13,
    17,
    22,
    30,
    37,
    44,
    60,
    100,
    160,
    250,
    400,
    500,
    630,
    800,
    999,
)
"""How many snapshots the curve of `trade` is computed for."""


class Span(NamedTuple):
    """A state in store, from one moment to another.

    A moment is how many steps have been computed.
    """

    t: int
    begin: int
    end: int


class Trace(NamedTuple):
    """What happened while a schedule was run."""

    moves: list[tuple[int, bool]]
    """The number of every step that was computed, in order, and whether it was swept
    back at once."""

    spans: list[Span]
    """Every state that was stored."""


def trace(schedule: checkpoint.Schedule, T: int) -> Trace:
    """Run a schedule and write down what happens.

    Args:
        schedule: what to do.
        T: how many steps there are.

    Returns:
        What happened.

    Raises:
        ValueError: as `bptt.checkpoint.run`.
    """
    moves: list[tuple[int, bool]] = []
    begins: dict[int, int] = {}
    spans: list[Span] = []

    def watched() -> Iterator[tuple[str, int]]:
        for verb, t in schedule:
            yield verb, t  # goes on when the action has been done
            if verb == "store":
                begins.setdefault(t, len(moves))
            elif verb == "back" and t - 1 in begins:
                spans.append(Span(t - 1, begins.pop(t - 1), len(moves)))

    checkpoint.run(
        watched(),
        T,
        None,
        lambda t, _: moves.append((t, False)),
        lambda t, _: moves.append((t, True)),
    )
    return Trace(moves, spans)


def draw(
    schedules: Sequence[tuple[str, checkpoint.Schedule]],
    T: int,
    *,
    alt: str = "",
    caption: str = "",
) -> Drawing:
    """Draw one panel for each schedule, below one another.

    Args:
        schedules: name and schedule of each.
        T: how many steps there are.
        alt: the description; written from the runs unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: as `bptt.checkpoint.run`.
    """
    traces = [(name, trace(schedule, T)) for name, schedule in schedules]
    longest = max(len(found.moves) for _, found in traces)
    shapes, top = [], TOP
    for name, found in traces:
        shapes += _panel(name, found, T, top, (RIGHT - LEFT) / longest)
        top += T * ROW + GAP
    shapes.append(
        text((LEFT + RIGHT) / 2, top - GAP + 36, "steps computed so far", fill=INK)
    )
    told = "; ".join(
        f"{name}: {len(found.moves)} steps are computed and at most {_most(found)} "
        "states are stored"
        for name, found in traces
    )
    described = alt or (
        f"Which of {T} steps is computed when, and which states are stored meanwhile. "
        f"{told}."
    )
    return Drawing(shapes, described, height=top - GAP + 44, caption=caption)


def trade(T: int, *, alt: str = "", caption: str = "") -> Drawing:
    """Draw how often one advances by a step, over how many states are stored.

    There is a curve for each number T of steps.

    Args:
        T: how many steps there are; at least 1000.
        alt: the description; written from the counts unless given.
        caption: plain text below the figure.

    Returns:
        The figure.
    """
    least = [checkpoint.count(checkpoint.revolve(T, K), T) for K in STORES]
    # k and T / k steps cost the same
    lengths = [k for k in range(1, T + 1) if T % k == 0 and k * k <= T]
    equal = [checkpoint.count(checkpoint.segments(T, k), T) for k in lengths]
    plane = Plane((1, T), (0.5, T), right=370)
    shapes = plane.shapes(
        "states stored at a time",
        f"advances, for each of {T} steps",
        {v: str(v) for v in (1, 10, 100, 1000)},
        {v: str(v) for v in (1, 10, 100)},
    )
    shapes.append(
        plane.curve(
            [c.peak for c in least], [c.steps / T - 1 for c in least], ACCENTS[0]
        )
    )
    shapes += plane.dots(
        [c.peak for c in least], [c.steps / T - 1 for c in least], ACCENTS[0]
    )
    shapes += plane.dots(
        [c.peak for c in equal], [c.steps / T - 1 for c in equal], ACCENTS[1]
    )
    shapes += [
        text(
            plane.x(3),
            plane.y(40),
            "revolve",
            anchor="start",
            fill=ACCENTS[0],
            bold=True,
        ),
        text(
            plane.x(110),
            plane.y(3),
            "segments",
            anchor="start",
            fill=ACCENTS[1],
            bold=True,
        ),
    ]
    told = "; ".join(f"with {c.peak} {number(c.steps / T - 1, 2)}" for c in least)
    roots = min(equal, key=lambda c: c.peak)
    described = alt or (
        f"Advances for each of {T} steps over the number of stored states, both axes "
        f"logarithmic. Revolve: {told}. Equal segments store at least {roots.peak} "
        f"states, with {number(roots.steps / T - 1, 2)} advances."
    )
    return Drawing(shapes, described, height=HEIGHT, caption=caption)


def _panel(name: str, found: Trace, T: int, top: float, step: float) -> list[str]:
    def y(t: float) -> float:
        return top + (T - t) * ROW

    def x(moment: float) -> float:
        return LEFT + moment * step

    advances = sum(not back for _, back in found.moves)
    last = x(len(found.moves))
    return [
        text(LEFT, top - 14, name, anchor="start", bold=True),
        text(
            RIGHT,
            top - 14,
            f"{_most(found)} stored, {advances} advances",
            anchor="end",
            fill=INK_SOFT,
        ),
        line([(LEFT, y(T)), (LEFT, y(0)), (last, y(0))], INK_SOFT, stroke_width=1),
        *(
            text(LEFT - 6, y(t) + 4.5, str(t), anchor="end", fill=INK_SOFT, size=12)
            for t in range(0, T + 1, 4)
        ),
        text(12, y(T / 2), "$t$", fill=INK),
        *(
            line([(x(i), y(0)), (x(i), y(0) + 4)], INK_SOFT, stroke_width=1)
            for i in range(0, len(found.moves) + 1, 10)
        ),
        *(
            text(x(i), y(0) + 17, str(i), fill=INK_SOFT, size=12)
            for i in range(0, len(found.moves) + 1, 10)
        ),
        *(
            line(
                [(x(s.begin), y(s.t)), (x(s.end), y(s.t))], ACCENTS[2], stroke_width=1.5
            )
            for s in found.spans
        ),
        *(
            element("circle", cx=x(s.begin), cy=y(s.t), r=3, fill=ACCENTS[2])
            for s in found.spans
        ),
        *(
            line(
                [(x(i), y(t - 1)), (x(i + 1), y(t))],
                ACCENTS[back],
                stroke_width=2.75 if back else 1.75,
            )
            for i, (t, back) in enumerate(found.moves)
        ),
    ]


def _most(found: Trace) -> int:
    """Count the states in store at the fullest moment."""
    begins = [span.begin for span in found.spans]
    return max(
        (
            sum(span.begin <= moment < span.end for span in found.spans)
            for moment in begins
        ),
        default=0,
    )
