"""The state of the book as a picture: a cell for every formula, by its verdict, each a link to the formula.

`{state-of-the-book}` puts it on a page with the counts in words beside it; `state.svg` is the same as a file. Who
listens instead of looking, and who has no mouse, gets the words, and finds every formula in the ledger.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from recompute.extension.badge import MEANINGS, SIGNS
from recompute.extension.domain import Everything, domain_of
from recompute.extension.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sphinx.application import Sphinx

    from recompute.extension.domain import Row
    from recompute.outcome import Kind

COLUMNS = 28  # cells of a row; on a narrow screen a cell is 12 pixels wide
STEP = 12  # from cell to cell; a cell is ten wide
DRAWN = {  # the signs of `SIGNS` as strokes
    "✓": "M2.4 5.3 4.3 7.2 7.6 3",
    "≔": "M2.3 3.8h.8M2.3 6.4h.8M4.4 3.8h3.4M4.4 6.4h3.4",
    "✗": "M3 3l4 4M7 3l-4 4",
    "–": "M2.8 5h4.4",
    "!": "M5 2v3.8M5 7.2v.8",
}
LOOKS: dict[
    Kind, tuple[str, str]
] = {  # the colour, and whether the cell is full of it, has an outline, or a broken one
    "holds": ("accent-3", "outline"),
    "exact": ("accent-3", "full"),
    "agrees": ("accent-1", "outline"),
    "measured": ("accent-4", "broken"),
    "refuted": ("accent-2", "outline"),
    "stated": ("ink-soft", "broken"),
    "fails": ("alarm", "full"),
    "vacuous": ("alarm", "full"),
    "unchecked": ("alarm", "full"),
}
assert LOOKS.keys() == SIGNS.keys()
assert {*DRAWN} == {*SIGNS.values()}


class state(Everything):  # noqa: N801 - docutils names nodes in lower case
    """Where the picture goes."""


class State(SphinxDirective):
    """`{state-of-the-book}`: the picture and the counts."""

    def run(self) -> list[nodes.Node]:
        """Leave the place; the verdicts are known only when every page has been read."""
        return [state("")]


def fill(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the picture in."""
    for node in list(document.findall(state)):
        html = figure(list(domain_of(app.env).book()), Places(app, docname))
        node.replace_self([nodes.raw("", html, format="html")] if app.builder.format == "html" else [])


def figure(rows: Sequence[Row], places: Places) -> str:
    """The picture, and in words how many formulas have which verdict."""
    cell = '<svg aria-hidden="true" viewBox="0 0 10 10"><use href="#state-{}"/></svg>'
    lines = (
        f"<li>{cell.format(kind)} <span>{number} {kind}: {MEANINGS[kind]}</span></li>" for kind, number in counts(rows)
    )
    words = f"<p>{len(rows)} formula{'s' * (len(rows) != 1)}:</p><ul>{''.join(lines)}</ul>"
    picture = f'<svg aria-hidden="true" {box(rows)}>{drawing(rows, places)}</svg>'
    name = 'aria-label="State of the book"'  # with a caption, a figure may have no role but its own
    return f'<figure class="state" {name}>{picture}<figcaption>{words}</figcaption></figure>'


def counts(rows: Sequence[Row]) -> list[tuple[Kind, int]]:
    """The verdicts that occur, and how often."""
    found = Counter(row.verdict.kind for row in rows)
    return [(kind, found[kind]) for kind in LOOKS if found[kind]]


def box(rows: Sequence[Row]) -> str:
    """The size of the picture."""
    return f'viewBox="0 0 {COLUMNS * STEP} {max(-(-len(rows) // COLUMNS), 1) * STEP}"'


def drawing(rows: Sequence[Row], places: Places) -> str:
    """What a cell of each verdict looks like, and then the cells; out of the way of the tabulator."""
    looks = "".join(look(kind) for kind, _ in counts(rows))
    return f"<defs>{looks}</defs>{''.join(cell(row, at, places) for at, row in enumerate(rows))}"


def cell(row: Row, at: int, places: Places) -> str:
    """The cell of a formula, at its place in the order of the book."""
    kind, link = row.verdict.kind, escape(places.uri(row.page, row))
    x, y = (1 + STEP * number for number in (at % COLUMNS, at // COLUMNS))
    title = f"<title>{kind}: {places.place(row)}</title>"
    return f'<a href="{link}" tabindex="-1">{title}<use href="#state-{kind}" x="{x}" y="{y}"/></a>'


def look(kind: Kind) -> str:
    """A cell, ten by ten."""
    colour, way = LOOKS[kind]
    ground = f"fill:var(--{colour})" if way == "full" else "fill:var(--paper)"
    sign = "stroke:var(--paper)" if way == "full" else f"stroke:var(--{colour})"
    dashes = ' stroke-dasharray="2 1.4"' if way == "broken" else ""
    return (
        f'<g id="state-{kind}" fill="none" stroke-linecap="round" stroke-linejoin="round">'
        f'<rect x=".5" y=".5" width="9" height="9" rx="1.5" style="{ground};stroke:var(--{colour})"{dashes}/>'
        f'<path d="{DRAWN[SIGNS[kind]]}" stroke-width="1.3" style="{sign}"/></g>'
    )


def standing_alone(rows: Sequence[Row], places: Places) -> str:
    """The picture as a file, with its colours in it and the counts as its description."""
    options = places.env.config.html_theme_options
    light, dark = (options.get(f"{way}_css_variables", {}) for way in ("light", "dark"))
    names = [*dict.fromkeys(["paper", *(colour for colour, _ in LOOKS.values())])]
    colours = [";".join(f"--{name}:{way[name]}" for name in names if name in way) for way in (light, light | dark)]
    style = f"svg{{{colours[0]}}}@media(prefers-color-scheme:dark){{svg{{{colours[1]}}}}}"
    said = ", ".join(f"{number} {kind}" for kind, number in counts(rows))
    size = f'{box(rows)} width="{2 * COLUMNS * STEP}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="said" {size}>'
    title = f'<title id="said">{len(rows)} formulas: {said}</title>'
    return f"{head}{title}<style>{style}</style>{drawing(rows, places)}</svg>\n"


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write `state.svg` beside the pages."""
    if exception is None and app.builder.format == "html":
        rows = list(domain_of(app.env).book())
        svg = standing_alone(rows, Places(app, app.config.root_doc))
        Path(app.outdir, "state.svg").write_text(svg, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> None:
    """Register the directive, the node and the events."""
    app.add_node(state)
    app.add_directive("state-of-the-book", State)
    app.connect("doctree-resolved", fill)
    app.connect("build-finished", publish)
