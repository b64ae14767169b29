"""The product rule as a rectangle.

Its sides grow a little, and its area grows by two strips and a corner.

What one can do with it::

    draw(u=1.2, v=0.9, du=0.35, dv=0.25)

Sides and areas are to scale, and each area carries its number.
"""

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

LEFT, TOP, ROOM = 88, 32, (230, 210)
"""Where the room of the outer rectangle begins, and how wide and high it is; the labels
stand around it."""

SLIMMEST = 4
"""How many times longer one side of the outer rectangle may be than the other. The
labels need their room."""

TWO_LABELS = 190
"""How wide two labels are beside each other."""


def draw(
    u: float,
    v: float,
    du: float,
    dv: float,
    *,
    decimals: int = 4,
    alt: str = "",
    caption: str = "",
) -> Drawing:
    """Draw a rectangle with sides u and v that grow by du and dv.

    Args:
        u: the horizontal side, positive.
        v: the vertical side, positive, in the unit of u.
        du: what u grows by (Δu), positive.
        dv: what v grows by (Δv), positive.
        decimals: how many decimals the numbers show.
        alt: the description; written from the numbers unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: a side or an increment is not positive and finite, or the rectangle
            is too slim for its labels.
    """
    _check(u, v, du, dv)
    scale = min(ROOM[0] / (u + du), ROOM[1] / (v + dv))
    x_0 = LEFT + (ROOM[0] - (u + du) * scale) / 2
    x_u, x_end = x_0 + u * scale, x_0 + (u + du) * scale
    y_end, y_v, y_0 = TOP, TOP + dv * scale, TOP + (v + dv) * scale

    def said(value: float) -> str:
        return number(value, decimals)

    areas = [
        _area((x_0, x_u), (y_v, y_0), INK_SOFT, 0.14),
        _area((x_u, x_end), (y_v, y_0), ACCENTS[0], 0.34),
        _area((x_0, x_u), (y_end, y_v), ACCENTS[1], 0.34),
        _area((x_u, x_end), (y_end, y_v), ACCENTS[3], 0.6),
    ]
    middle_x, middle_y = (x_0 + x_u) / 2, (y_v + y_0) / 2
    ahead, beside = x_0 - 12, x_end + 12
    # two lines of text and a gap above the labels of v
    upper_y = min((y_end + y_v) / 2, middle_y - 40)
    lower_y = y_0 + (22 if x_end - x_0 > TWO_LABELS else 41)
    labels = [
        text(middle_x, middle_y - 4, "$u$ · $v$"),
        text(middle_x, middle_y + 15, said(u * v)),
        text(beside, middle_y - 4, "Δ$u$ · $v$", anchor="start", fill=ACCENTS[0]),
        text(beside, middle_y + 15, said(du * v), anchor="start", fill=ACCENTS[0]),
        text(middle_x, y_end - 10, f"$u$ · Δ$v$ = {said(u * dv)}", fill=ACCENTS[1]),
        text(beside, upper_y - 4, "Δ$u$ · Δ$v$", anchor="start", fill=ACCENTS[3]),
        text(beside, upper_y + 15, said(du * dv), anchor="start", fill=ACCENTS[3]),
    ]
    sides = [
        _measure(x_0, y_0 + 5, x_u - 1, y_0 + 5),
        _measure(x_u + 1, y_0 + 5, x_end, y_0 + 5),
        _measure(x_0 - 5, y_v + 1, x_0 - 5, y_0),
        _measure(x_0 - 5, y_end, x_0 - 5, y_v - 1),
        text(middle_x, y_0 + 22, f"$u$ = {said(u)}"),
        text((x_u + x_end) / 2, lower_y, f"Δ$u$ = {said(du)}"),
        text(ahead, middle_y - 4, "$v$", anchor="end"),
        text(ahead, middle_y + 15, said(v), anchor="end"),
        text(ahead, upper_y - 4, "Δ$v$", anchor="end"),
        text(ahead, upper_y + 15, said(dv), anchor="end"),
    ]
    described = alt or (
        f"A rectangle with sides u = {said(u)} and v = {said(v)} and area "
        f"{said(u * v)}. When u grows by {said(du)} and v by {said(dv)}, the area "
        f"grows by a strip Δu·v = {said(du * v)} at its side, a strip u·Δv = "
        f"{said(u * dv)} on top, and a corner Δu·Δv = {said(du * dv)}."
    )
    return Drawing(
        [*areas, *labels, *sides], described, height=lower_y + 10, caption=caption
    )


def _check(u: float, v: float, du: float, dv: float) -> None:
    for name, value in {"u": u, "v": v, "du": du, "dv": dv}.items():
        if not 0 < value < float("inf"):
            raise ValueError(
                f"{name} is {value}; the sides of a rectangle and what they grow by "
                "must be positive."
            )
    ratio = (u + du) / (v + dv)
    if not 1 / SLIMMEST <= ratio <= SLIMMEST:
        raise ValueError(
            f"the sides {u + du:g} and {v + dv:g} make a rectangle too slim to be "
            "labelled; choose values whose sides differ by a factor of at most "
            f"{SLIMMEST}."
        )


def _area(
    across: tuple[float, float], down: tuple[float, float], colour: str, opacity: float
) -> str:
    (x, x_end), (y, y_end) = across, down
    return element(
        "rect",
        x=x,
        y=y,
        width=x_end - x,
        height=y_end - y,
        fill=colour,
        fill_opacity=opacity,
        stroke=colour,
    )


def _measure(x_0: float, y_0: float, x: float, y: float) -> str:
    return line([(x_0, y_0), (x, y)], INK, stroke_width=1)
