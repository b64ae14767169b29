"""How the machine read the formulas of a page: `readings/PAGE.html`, to which the rows of the ledger lead.

The ledger of a whole book would be too heavy with all that can be said of each formula. So every page of the book has a
page of its own for that, which is written anew whenever the page itself is.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from recompute.extension.badge import facts, table
from recompute.extension.domain import domain_of
from recompute.extension.places import Places
from recompute.extension.reading import unfolded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

    from recompute.extension.domain import Row

FOLDER = "readings"


def address(page: str) -> str:
    """The name of the page that says how the formulas of `page` were read."""
    return f"{FOLDER}/{page}"


class Readings(Places):
    """Everything that is known of the formulas of one page."""

    def body(self, page: str, rows: list[Row]) -> str:
        """The whole text, as HTML."""
        title = escape(self.env.longtitles[page].astext())
        link = f'<a href="{escape(self.uri(page))}">{title}</a>'
        text = nodes.container("", *(part for row in rows for part in self.row(row)))
        html = self.builder.render_partial(text)["fragment"]  # type: ignore[attr-defined]
        return f"<section><h1>How the formulas of “{title}” were read</h1><p>They stand in {link}.</p>{html}</section>"

    def row(self, row: Row) -> Iterator[nodes.Node]:
        """A formula, its figures, and how it was read."""
        label = escape(row.formula.label or "")
        place = f'<a href="{escape(self.uri(row.page, row))}">{self.number(row)}</a>'
        source = f"<code>{escape(' '.join(row.formula.tex.split()))}</code>"
        head = f'<section class="reading" id="{row.anchor}"><h2>{place} {label}</h2><p>{source}</p>'
        tried = f"<dt>misprints</dt><dd>{row.tally.summary()}</dd>" if row.tally else ""
        yield nodes.raw("", f"{head}<dl>{table(facts(row.verdict))}{tried}<dt>read as</dt><dd>", format="html")
        tex = row.reading["tex"]
        yield nodes.math_block(tex, tex, nowrap=False, number=None, ledger=True, mathml=True)
        yield nodes.raw("", f"</dd>{unfolded(row.reading)}</dl></section>", format="html")


def read(app: Sphinx) -> dict[str, list[Row]]:
    """The formulas whose reading is known, by page."""
    domain = domain_of(app.env)
    found = {page: [row for row in domain.rows(page) if row.reading] for page in domain.ordered()}
    return {page: rows for page, rows in found.items() if rows}


def collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Write the pages whose page of the book was written after them, and delete those that belong to none any more."""
    pages = read(app)
    outputs = {page: output(app, address(page)) for page in pages}
    for stale in set(Path(app.outdir, FOLDER).rglob("*.html")) - set(outputs.values()):
        stale.unlink()
    for page, rows in pages.items():
        if newer(outputs[page], output(app, page)):
            continue
        title = f"How the formulas of “{app.env.longtitles[page].astext()}” were read"
        meta = {"description": f"{title}: shapes, numbers and sides of {len(rows)} formulas."}
        body = Readings(app, address(page)).body(page, rows)
        yield address(page), {"title": escape(title), "body": body, "meta": meta}, "page.html"


def output(app: Sphinx, name: str) -> Path:
    """The file that a page is written to."""
    return Path(app.builder.get_outfilename(name))  # type: ignore[attr-defined]


def newer(this: Path, that: Path) -> bool:
    """Whether the file `this` was written after `that`."""
    return this.is_file() and this.stat().st_mtime_ns >= that.stat().st_mtime_ns


def setup(app: Sphinx) -> None:
    """Write the pages when those of the book are written."""
    app.connect("html-collect-pages", collect)
