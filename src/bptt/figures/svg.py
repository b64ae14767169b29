"""The little SVG that the figures need.

A figure reaches a page in one way, which stands here too.

What one can do with it::

    dot = element("circle", cx=20, cy=20, r=9, fill=ACCENTS[0])
    words = text(40, 25, "the state $s_2$", anchor="start")
    Drawing([dot, words], "A dot, labelled as the state s_2.", height=40)

Colours are CSS variables with a fallback, so a figure follows the light or dark theme
of its page and can still be read without one. Text takes the font of the page. Nothing
carries an id or a style attribute: figures can stand beside each other, and under a
strict content security policy. The same values give the same bytes.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape

INK = "var(--ink, #1d2125)"
INK_SOFT = "var(--ink-soft, #5a626a)"
PAPER = "var(--paper, #fffffc)"
ACCENTS = (
    "var(--accent-1, #0b5a9d)",  # blue
    "var(--accent-2, #b0440c)",  # vermilion
    "var(--accent-3, #1c7348)",  # green
    "var(--accent-4, #7a3f9d)",  # purple
)

WIDTH = 420
"""Width of every drawing in its own units. Type of size 14 stays readable when the
figure is 350 px wide."""

ENLARGED = 8 / 7
"""CSS pixels per unit where there is room. Type of size 14 is then as large as the text
of the page."""

LETTERS_ENLARGED, SUBSCRIPT = 1.18, 0.72
"""Size of italic letters and subscripts beside words. The letters of KaTeX are small
for their size."""

SHORTEST_ALT = 5
"""A sentence has at least this many words."""


class Drawing:
    """A finished figure.

    As the last value of a notebook cell it is shown; printed, it reads out its
    description.

    Attributes:
        alt: the description, for those who do not see the figure.
    """

    def __init__(
        self, shapes: Iterable[str], alt: str, *, height: float, caption: str = ""
    ) -> None:
        """Put shapes into a figure.

        Args:
            shapes: SVG elements, in the order in which they are painted, in units of a
                drawing 420 wide.
            alt: what the figure shows, as at least one whole sentence.
            height: the height of the drawing in the same units.
            caption: plain text shown below the figure; may be empty.

        Raises:
            ValueError: alt is missing or shorter than a sentence.
        """
        if len(alt.split()) < SHORTEST_ALT or not alt.rstrip().endswith(
            (".", "!", "?")
        ):
            raise ValueError(
                f"alt is {alt!r}; a figure needs its description in words: at least "
                f"one whole sentence of {SHORTEST_ALT} words, closed by a full stop, "
                "that says what is to be seen."
            )
        self.alt = alt
        self._shapes = "".join(shapes)
        self._height = height
        self._caption = caption

    def _repr_html_(self) -> str:
        svg = element(
            "svg",
            self._shapes,
            xmlns="http://www.w3.org/2000/svg",
            role="img",
            aria_label=self.alt,
            viewBox=f"0 0 {WIDTH} {written(self._height)}",
            width=round(WIDTH * ENLARGED),
            height=round(self._height * ENLARGED),
        )
        caption = element("figcaption", escape(self._caption)) if self._caption else ""
        return f'<figure class="figure">{svg}{caption}</figure>'

    def __repr__(self) -> str:
        return f"<Drawing: {self.alt}>"


def element(name: str, *children: str, **attributes: str | float | None) -> str:
    """Write one SVG element.

    Args:
        name: its name, such as ``circle``.
        children: its content, already written as SVG.
        attributes: by name, with _ for -; numbers are rounded to a hundredth, None is
            left out.

    Returns:
        The element as text.
    """
    written_out = "".join(
        f' {key.replace("_", "-")}="{escape(written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written_out}>{''.join(children)}</{name}>"


def written(value: str | float) -> str:
    """Write an attribute's value.

    Text as it is, a number rounded to a hundredth and without needless zeros.
    """
    return value if isinstance(value, str) else f"{round(float(value), 2) + 0.0:.10g}"


def number(value: float, decimals: int) -> str:
    """Write a number for the reader, with a true minus sign.

    For example, ``number(-0.5, 2)`` is −0.50.
    """
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "middle",
    fill: str = INK,
    size: float = 14,
    bold: bool = False,
) -> str:
    """Write a line of text.

    Args:
        x: where the text starts, has its middle, or ends, as anchor says.
        y: the base line.
        words: the text; what stands between two dollar signs is mathematics, in which
            Latin letters are italic and ``_`` sets the next letter or digit as
            subscript.
        anchor: start, middle or end.
        fill: the colour.
        size: the size of the type.
        bold: whether the words are bold.

    Returns:
        A ``text`` element.
    """
    parts = (
        _mathematics(part, size) if i % 2 else element("tspan", escape(part))
        for i, part in enumerate(words.split("$"))
        if part
    )
    weight = "600" if bold else None
    return element(
        "text", *parts, x=x, y=y,
        fill=fill, font_size=size, text_anchor=anchor, font_weight=weight,
    )  # fmt: skip


def line(
    points: Iterable[tuple[float, float]], stroke: str, **attributes: str | float | None
) -> str:
    """Draw straight lines through points.

    Attributes as for `element`, stroke_width 1.5 unless given.
    """
    corners = " ".join(f"{written(x)},{written(y)}" for x, y in points)
    return element(
        "polyline",
        points=corners,
        fill="none",
        stroke=stroke,
        **{"stroke_width": 1.5} | attributes,
    )


def arrow(
    start: tuple[float, float],
    end: tuple[float, float],
    stroke: str,
    *,
    width: float = 1.5,
) -> str:
    """Draw an arrow from start to the tip at end; width is that of its shaft."""
    (x_0, y_0), (x, y) = start, end
    length = ((x - x_0) ** 2 + (y - y_0) ** 2) ** 0.5
    along_x, along_y = (x - x_0) / length, (y - y_0) / length
    deep, wide = 6 + 2 * width, 2 + 1.2 * width
    neck_x, neck_y = x - deep * along_x, y - deep * along_y
    head = [
        (x, y),
        (neck_x - wide * along_y, neck_y + wide * along_x),
        (neck_x + wide * along_y, neck_y - wide * along_x),
    ]
    corners = " ".join(f"{written(a)},{written(b)}" for a, b in head)
    return line([start, (neck_x, neck_y)], stroke, stroke_width=width) + element(
        "polygon", points=corners, fill=stroke
    )


def _mathematics(formula: str, size: float) -> str:
    """Lower a subscript with dy, and raise again whatever follows it.

    Not every browser knows baseline-shift.
    """
    # the last one raises the words that follow
    tokens = [*_tokens(formula), ("\N{ZERO WIDTH SPACE}", False)]
    written_out, was_below = "", False
    for token, below in tokens:
        letter = token.isascii() and token.isalpha()
        enlarged = (
            size * (LETTERS_ENLARGED if letter else 1) * (SUBSCRIPT if below else 1)
        )
        written_out += element(
            "tspan",
            escape(token),
            dy=0.22 * size * (below - was_below) or None,
            font_size=None if enlarged == size else enlarged,
            font_family="KaTeX_Math, Cambria Math, Georgia, serif" if letter else None,
            font_style="italic" if letter else None,
        )
        was_below = below
    return written_out


def _tokens(formula: str) -> Iterator[tuple[str, bool]]:
    for match in re.finditer(r"_(\w)|([A-Za-z])|([^A-Za-z_]+)", formula):
        subscript, letter, rest = match.groups()
        yield (subscript, True) if subscript else (letter or rest, False)
