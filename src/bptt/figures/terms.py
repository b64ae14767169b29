"""One term, one path.

The unrolled network, a choice of the terms of ds_T/dw, and for each the path that it
is.

What one can do with it::

    draw(**draws.example())              # one path for each use of w
    draw(**draws.example(), by="U")      # the same for u

The network is drawn from the graph of `bptt.paths`: its nodes, its edges, the local
derivative beside every edge, and the paths that the search there finds. To choose a
term, or to point at it or at its path, lights both and shows what every edge of the
path contributes. That works by the stylesheet paths.css alone, without any script. A
reader's pointer on a formula lights the path too, when formula and figure stand in one
container of class ``paths`` and the formula marks its terms with the classes term-1,
term-2 and so on.
"""

from collections.abc import Mapping
from html import escape
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bptt import paths
from bptt.figures import svg
from bptt.figures.svg import ACCENTS, INK, INK_SOFT, PAPER, element, number, text
from bptt.paths import Graph, Node, Path

MOST_STEPS = len(ACCENTS)
"""A path has a colour of its own."""

FIRST_COLUMN, LAST_COLUMN = 24, 340
"""Where s_0 and s_T stand; the loss stands to the right of s_T."""

ROWS = {"source": 20, "use": 84, "s": 172, "x": 252}
"""Where the weight, its uses, the states and the inputs stand."""

LOSS = 401
RADIUS = 18
BADGE = 13
HIT = 22
"""How wide the place is in which the pointer meets an edge."""


class Term(NamedTuple):
    """A path, what its term is called, and the number that it carries."""

    path: Path
    name: str
    value: float


class Terms(svg.Drawing):
    """A figure whose terms can be chosen.

    Shown and read out like every `bptt.figures.svg.Drawing`.
    """

    def __init__(
        self,
        drawn: str,
        choices: str,
        alt: str,
        *,
        height: float,
        legend: str,
        caption: str = "",
    ) -> None:
        """Put the drawing above its choices.

        All arguments but the alt text are HTML.
        """
        super().__init__([drawn], alt, height=height, caption=caption)
        self._choices = choices
        self._legend = legend

    def _repr_html_(self) -> str:
        drawing = _picture(self._shapes, self._height, role="img", aria_label=self.alt)
        stage = f'<div class="paths-stage">{drawing}{self._choices}</div>'
        caption = element("figcaption", escape(self._caption)) if self._caption else ""
        return (
            '<figure class="figure paths-figure">'
            f"<fieldset><legend>{self._legend}</legend>{stage}</fieldset>"
            f"{caption}</figure>"
        )


def draw(
    w: float,
    u: float,
    x: ArrayLike,
    s_0: float,
    *,
    by: Literal["W", "U"] = "W",
    chosen: int = 1,
    decimals: int = 4,
    name: str = "path",
    alt: str = "",
    caption: str = "",
) -> Terms:
    """Draw the network and the terms of the derivative of its last state.

    Args:
        w: the recurrent weight, a number.
        u: the input weight, a number.
        x: the inputs x_1 ... x_T, shape (T,), T from 1 to 4.
        s_0: the initial state, a number.
        by: the weight whose paths are shown, "W" for w or "U" for u.
        chosen: the term that is lit at first, counted from 1.
        decimals: how many decimals the numbers show.
        name: what the choice is called in the page; two figures of one page need two
            names.
        alt: the description; written from the paths unless given.
        caption: plain text below the figure.

    Returns:
        The figure.

    Raises:
        ValueError: no step or more than four, a weight that the network does not have,
            or a term that it does not have.
    """
    T = np.size(x)
    _check(T, by, chosen)
    graph, letters = paths.unrolled(T), paths.letters(w, u, x, s_0)
    found = paths.paths(graph, (by,), ("s", T))
    terms = [
        Term(path, paths.term(graph, path), paths.value(graph, path, letters))
        for path in found
    ]
    network = _Network(graph, by, T)
    lit = [
        _lit(network, k, path, letters, decimals)
        for k, path in enumerate(found, start=1)
    ]
    rows = [
        _choice(
            k,
            term,
            _places(network, k, found),
            decimals,
            name=name,
            checked=k == chosen,
        )
        for k, term in enumerate(terms, start=1)
    ]
    derivative = f"d{_formula(f's_{T}')}/d{_formula(by.lower())}"
    return Terms(
        "".join([*network.shapes(), *lit]),
        "".join([*rows, _sum(derivative, terms, decimals)]),
        alt or _described(by, terms, decimals),
        height=network.height,
        legend=f"The terms of {derivative}: choose one to see its path",
        caption=caption,
    )


class _Network(NamedTuple):
    """The graph, and where its nodes stand."""

    graph: Graph
    by: str
    T: int

    @property
    def height(self) -> float:
        return ROWS["x"] + 18

    def column(self, t: float) -> float:
        return FIRST_COLUMN + t / self.T * (LAST_COLUMN - FIRST_COLUMN)

    def nodes(self) -> list[Node]:
        """List the nodes that are drawn: not those of the other weight."""
        return [node for node in self.graph if node[0] in {self.by, "s", "x", "E"}]

    def edges(self) -> list[tuple[Node, Node]]:
        shown = self.nodes()
        return [
            (start, end) for start in shown for end in self.graph[start] if end in shown
        ]

    def place(self, node: Node) -> tuple[float, float]:
        if node == (self.by,):
            return self.column((self.T + 1) / 2), ROWS["source"]
        kind, t = node[0], int(node[1])
        if kind == "E":
            return LOSS, ROWS["s"]
        return self.column(t), ROWS["use" if kind == self.by else str(kind)]

    def shapes(self) -> list[str]:
        """Draw everything as it looks when no path is lit."""
        return [
            *(self.arrow(start, end, INK_SOFT, 1.5) for start, end in self.edges()),
            *(self.label(start, end) for start, end in self.edges()),
            *(self.node(node, INK, 1.5) for node in self.nodes()),
        ]

    def ends(
        self, start: Node, end: Node
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        """Find where an edge leaves its first node and where its tip is.

        The tip stands 1 before the second node.
        """
        (x_0, y_0), (x, y) = self.place(start), self.place(end)
        length = float(np.hypot(x - x_0, y - y_0))
        along_x, along_y = (x - x_0) / length, (y - y_0) / length

        def reach(node: Node) -> float:
            if self.is_weight(node):
                return BADGE / max(abs(along_x), abs(along_y))
            return RADIUS if node[0] == "s" else BADGE

        near, far = reach(start), length - reach(end) - 1
        return (x_0 + near * along_x, y_0 + near * along_y), (
            x_0 + far * along_x,
            y_0 + far * along_y,
        )

    def is_weight(self, node: Node) -> bool:
        return node[0] == self.by

    def arrow(self, start: Node, end: Node, colour: str, width: float) -> str:
        """Draw an edge.

        From the weight to its uses runs a line without a tip, for it is the same
        number.
        """
        ends = self.ends(start, end)
        if self.is_weight(end):
            return svg.line(ends, colour, stroke_width=width)
        return svg.arrow(*ends, colour, width=width)

    def label(self, start: Node, end: Node) -> str:
        """Write the local derivative of an edge beside it."""
        factors = paths.local(self.graph, start, end)
        if not factors or end[0] == "E":
            return ""
        x, y, anchor = self.beside(start, end)
        return text(
            x,
            y,
            f"${' '.join(factors)}$",
            anchor=anchor,
            fill=INK if self.on_a_path(start, end) else INK_SOFT,
        )

    def beside(self, start: Node, end: Node) -> tuple[float, float, str]:
        """Find the place of a label.

        Above a horizontal edge, to the right of an upright one.
        """
        (x_0, y_0), (x, y) = self.ends(start, end)
        return (
            ((x_0 + x) / 2 - 3, y - 9, "middle")
            if y_0 == y
            else (x + 9, (y_0 + y) / 2 - 1, "start")
        )

    def on_a_path(self, start: Node, end: Node) -> bool:
        return start != ("s", 0) and start[0] != "x" and end[0] != "E"

    def node(self, node: Node, colour: str, width: float) -> str:
        x, y = self.place(node)
        if self.is_weight(node):
            box = element(
                "rect", x=x - BADGE, y=y - BADGE, width=2 * BADGE, height=2 * BADGE,
                rx=4, fill=PAPER, stroke=colour, stroke_width=width,
            )  # fmt: skip
            return box + text(x, y + 5, f"${self.by.lower()}$", fill=colour, size=16)
        letter = text(x, y + 5, f"${node[0]}_{node[1]}$", size=17)
        if node[0] != "s":
            return letter
        return (
            element(
                "circle",
                cx=x,
                cy=y,
                r=RADIUS,
                fill=PAPER,
                stroke=colour,
                stroke_width=width,
            )
            + letter
        )

    def hit(self, *nodes: Node, classes: str) -> str:
        """Draw the invisible place where the pointer meets a node, or an edge."""
        if len(nodes) == 1:
            x, y = self.place(nodes[0])
            return element(
                "circle",
                cx=x,
                cy=y,
                r=RADIUS,
                fill="none",
                pointer_events="all",
                **{"class": classes},
            )
        (x_0, y_0), (x, y) = self.ends(nodes[0], nodes[1])
        return element(
            "line", x1=x_0, y1=y_0, x2=x, y2=y,
            stroke="none", stroke_width=HIT, pointer_events="stroke",
            **{"class": classes},
        )  # fmt: skip


def _lit(
    network: _Network,
    k: int,
    path: Path,
    letters: Mapping[str, ArrayLike],
    decimals: int,
) -> str:
    """Draw path k as it looks when it is lit.

    It has the number of every local derivative; paths.css shows and hides it.
    """
    colour = ACCENTS[k - 1]
    shapes = [network.arrow(start, end, colour, 3) for start, end in pairwise(path)]
    for start, end in pairwise(path):
        if paths.local(network.graph, start, end):
            (x, y, anchor) = network.beside(start, end)
            below = 19 if start[0] != "s" else 26
            factor = number(paths.value(network.graph, (start, end), letters), decimals)
            shapes.append(
                text(x, y + below, factor, anchor=anchor, fill=colour, size=13)
            )
    shapes += [network.node(node, colour, 3) for node in path]
    return element("g", *shapes, visibility="hidden", **{"class": f"path-{k}"})


def _places(network: _Network, k: int, found: list[Path]) -> str:
    """Draw, invisible, the places where the pointer meets path k.

    A place that several paths share belongs to the longest of them, which comes first,
    and lights them all.
    """
    parts = [{*pairwise(path), *((node,) for node in path)} for path in found]
    hits = []
    for part in [*pairwise(found[k - 1]), *((node,) for node in found[k - 1])]:
        through = [i for i, others in enumerate(parts, start=1) if part in others]
        if through[0] == k:
            hits.append(
                network.hit(*part, classes=" ".join(f"via-{i}" for i in through))
            )
    return _picture(
        "".join(hits), network.height, aria_hidden="true", **{"class": "paths-places"}
    )


def _choice(
    k: int, term: Term, places: str, decimals: int, *, name: str, checked: bool
) -> str:
    """Write the line of term k.

    It has a radio button, the term, its number, and the places of its path in the
    drawing.
    """
    told = number(term.value, decimals)
    read_out = escape(f"{term.name} = {told}, {_way(k, term.path)}")
    return (
        f'<label class="term-{k}"><input type="radio" name="{escape(name)}" '
        f'value="{k}" aria-label="{read_out}"{" checked" if checked else ""}> '
        f'<span class="paths-term">{_formula(term.name)}</span> '
        f'<span class="paths-value">= {told}</span>{places}</label>'
    )


def _sum(derivative: str, terms: list[Term], decimals: int) -> str:
    """Write the last line: all terms together."""
    total = number(sum(term.value for term in terms), decimals)
    together = "their sum: " if len(terms) > 1 else ""
    term = f'<span class="paths-term">{derivative}</span>'
    return f'<p class="paths-sum">{together}{term} = {total}</p>'


def _picture(shapes: str, height: float, **attributes: str) -> str:
    return element(
        "svg", shapes, xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {svg.WIDTH} {height:g}", width=round(svg.WIDTH * svg.ENLARGED),
        height=round(height * svg.ENLARGED), **attributes,
    )  # fmt: skip


def _formula(words: str) -> str:
    """Set a product of names in HTML: italic letters, their index below."""
    letters = (factor.partition("_") for factor in words.split())
    return " ".join(
        f"<i>{letter}</i>{f'<sub>{index}</sub>' if index else ''}"
        for letter, _, index in letters
    )


def _way(k: int, path: Path) -> str:
    """Say in words where a path goes: from the second use of w through s_2 to s_3."""
    (by, *_), *_, (_, T) = path
    ordinal = ("first", "second", "third", "fourth")[k - 1]
    passed = [f"s_{node[1]}" for node in path if node[0] == "s"][:-1]
    through = f" through {', '.join(passed)}" if passed else ""
    return f"from the {ordinal} use of {str(by).lower()}{through} to s_{T}"


def _described(by: str, terms: list[Term], decimals: int) -> str:
    T, w = len(terms), by.lower()
    told = "; ".join(
        f"{_way(k, term.path)}, {term.name} = {number(term.value, decimals)}"
        for k, term in enumerate(terms, start=1)
    )
    ways = "one way leads" if T == 1 else f"{('two', 'three', 'four')[T - 2]} ways lead"
    return (
        f"The network drawn out over {T} step{'s' if T > 1 else ''}, from s_0 to "
        f"s_{T}. At the top stands {w}, joined to its use in every step, and each use "
        f"enters the state of its step. From {w} {ways} to s_{T}: {told}."
    )


def _check(T: int, by: str, chosen: int) -> None:
    if not 1 <= T <= MOST_STEPS:
        raise ValueError(
            f"x has {T} entries; this figure has room for 1 to {MOST_STEPS} steps."
        )
    if by not in {"W", "U"}:
        raise ValueError(f"by is {by!r}; the network has the weights 'W' and 'U'.")
    if chosen not in range(1, T + 1):
        raise ValueError(
            f"chosen is {chosen!r}; with {T} steps it must be from 1 to {T}."
        )
