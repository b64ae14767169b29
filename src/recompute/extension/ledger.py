"""The ledger: a page with a row for every formula of the book, and the same as `ledger.json` beside it."""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from recompute.extension.badge import MEANINGS, SIGNS, facts, table
from recompute.extension.domain import domain_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from recompute.extension.domain import Row


class ledger(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """Where the rows go."""


class Ledger(SphinxDirective):
    """`{ledger}`: the formulas of the whole book."""

    def run(self) -> list[nodes.Node]:
        """Leave the place; the rows are known only when every page has been read."""
        return [ledger("")]


class Fill:
    """The rows of the ledger as they stand on one page."""

    def __init__(self, app: Sphinx, docname: str) -> None:
        self.builder, self.env, self.docname = app.builder, app.env, docname

    def parts(self) -> Iterator[nodes.Node]:
        """The counts, and then for every page its name and its rows."""
        rows = list(domain_of(self.env).book())
        yield nodes.raw("", counts(rows), format="html")
        for page, mine in groupby(rows, lambda row: row.page):
            title = self.env.titles[page].astext()
            yield nodes.rubric("", "", nodes.reference("", title, internal=True, refuri=self.uri(page)))
            for row in mine:
                yield from self.row(row)

    def row(self, row: Row) -> Iterator[nodes.Node]:
        """Sign, number and source of a formula; unfolded, the formula as it is set, its figures and its place."""
        kind, name = row.verdict.kind, self.number(row)
        sign = f'<span class="verdict {kind}" aria-hidden="true">{SIGNS[kind]}</span>'
        spoken = f'<span class="visually-hidden">{kind}:</span> <span class="ledger-name">{name}</span>'
        source = f"<code>{escape(' '.join(row.formula.tex.split()))}</code>"
        head = f'<details class="ledger-row {kind}" id="{row.anchor}"><summary>{sign} {spoken} {source}</summary><div>'
        place = f'<dt>place</dt><dd><a href="{escape(self.uri(row.page, row))}">{self.place(row)}</a></dd>'
        label = f"<dt>label</dt><dd>{escape(row.formula.label)}</dd>" if row.formula.label else ""
        yield nodes.raw("", head, format="html")
        yield nodes.math_block(row.formula.tex, row.formula.tex, nowrap=False, number=None, ledger=True)
        yield nodes.raw("", f"<dl>{table(facts(row.verdict))}{label}{place}</dl></div></details>", format="html")

    def number(self, row: Row) -> str:
        """What the reader of the page sees beside the formula."""
        if row.formula.kind == "claim":
            return "in the text"
        known = self.env.toc_fignumbers.get(row.page, {}).get("displaymath", {})
        number = known.get(nodes.make_id(f"equation-{row.formula.label}"), ())
        return f"({'.'.join(map(str, number))})" if number else escape(row.formula.label or "no label")

    def place(self, row: Row) -> str:
        """The link's words, which say where it goes."""
        title = escape(self.env.titles[row.page].astext())
        return title if row.formula.kind == "claim" else f"{self.number(row)} in {title}"

    def uri(self, page: str, row: Row | None = None) -> str:
        """The address of a page, or of a formula on it."""
        uri = self.builder.get_relative_uri(self.docname, page)
        if row is None:
            return uri
        return f"{uri}#{nodes.make_id(f'equation-{row.formula.label}') if row.formula.label else row.anchor}"


def fill(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the rows in."""
    for node in list(document.findall(ledger)):
        node.replace_self(list(Fill(app, docname).parts()) if app.builder.format == "html" else [])


def counts(rows: list[Row]) -> str:
    """How many formulas there are, and how many of each verdict."""
    found: Counter[str] = Counter(row.verdict.kind for row in rows)
    parts = [
        f'<li><span class="verdict {kind}" aria-hidden="true">{sign}</span> {found[kind]} {kind}: {MEANINGS[kind]}</li>'
        for kind, sign in SIGNS.items()
        if found[kind]
    ]
    return f'<p>{len(rows)} formula{"s" * (len(rows) != 1)}:</p><ul class="ledger-counts">{"".join(parts)}</ul>'


def refresh(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Make the ledger anew when it says something else than before; `ledger.json` is written last, and tells."""
    page, path = app.config.recompute_ledger, Path(app.outdir, "ledger.json")
    same = path.is_file() and path.read_bytes() == as_text(env).encode()
    return [] if same or page not in env.found_docs else [page]


def as_text(env: BuildEnvironment) -> str:
    """The ledger as JSON: every formula with its place and verdict, and the versions that computed it."""
    rows = [entry(row) for row in domain_of(env).book()]
    data = {"versions": {name: version(name) for name in ("numpy", "lark")}, "formulas": rows}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def entry(row: Row) -> dict[str, Any]:
    """A row as data."""
    formula, verdict = row.formula, row.verdict
    place = {"page": row.page, "label": formula.label, "tex": formula.tex, "inline": formula.kind == "claim"}
    return {**place, **verdict.as_dict(), "passes": verdict.passes}


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write `ledger.json` beside the pages, whole or not at all."""
    if exception is None and app.builder.format == "html":
        path = Path(app.outdir, "ledger.json")
        part = path.with_suffix(".part")
        part.write_bytes(as_text(app.env).encode())
        part.replace(path)


def setup(app: Sphinx) -> None:
    """Register the directive, the node and the events."""
    app.add_node(ledger)
    app.add_directive("ledger", Ledger)
    app.connect("doctree-resolved", fill)
    app.connect("env-get-updated", refresh)
    app.connect("build-finished", publish)
