"""The ledger: a page with a row for every formula of the book, and the same as `ledger.json` beside it.

A row is short: what else is known of a formula stands on a page of `readings`.
"""

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

from recompute.extension.badge import MEANINGS, SIGNS, facts
from recompute.extension.domain import Everything, domain_of
from recompute.extension.places import Places
from recompute.extension.readings import address
from recompute.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from recompute.extension.domain import Row


class ledger(Everything):  # noqa: N801 - docutils names nodes in lower case
    """Where the rows go."""


class Ledger(SphinxDirective):
    """`{ledger}`: the formulas of the whole book."""

    def run(self) -> list[nodes.Node]:
        """Leave the place; the rows are known only when every page has been read."""
        return [ledger("")]


class Fill(Places):
    """The rows of the ledger as they stand on one page."""

    def parts(self) -> Iterator[nodes.Node]:
        """The counts, and then for every page its name and its rows."""
        rows = list(domain_of(self.env).book())
        yield nodes.raw("", counts(rows), format="html")
        for page, mine in groupby(rows, lambda row: row.page):
            title = self.env.titles[page].deepcopy().children  # with its formulas, as in "Why s_2 is not a constant"
            yield nodes.rubric("", "", nodes.reference("", "", *title, internal=True, refuri=self.uri(page)))
            yield nodes.raw("", f'<div class="ledger-rows">\n{"".join(map(self.row, mine))}</div>', format="html")

    def row(self, row: Row) -> str:
        """Sign, number and source of a formula; unfolded, its figures, and links to its place and to its reading.

        There may be a thousand of them, so every byte counts here. The id is inside: a link to it unfolds the row.
        """
        kind = row.verdict.kind
        sign = f"<b>{SIGNS[kind]}<i>{kind}</i></b>"  # the word is for those who do not see the sign
        source = f"<code>{escape(' '.join(row.formula.tex.split()))}</code>"
        figures = [f"{name} {escape(value)}" for name, value in facts(row.verdict) if name != "verdict"]
        tried = [row.tally.summary()] if row.tally else []
        place = f'<a href="{escape(self.uri(row.page, row))}">{escape(row.formula.label or "in the text")}</a>'
        reading = f"{self.uri(address(row.page))}#{row.anchor}"
        link = [f'<a href="{escape(reading)}">how it was read</a>'] if row.reading and self.apart else []
        line = f"<summary>{sign} <span>{self.number(row)}</span> {source}</summary>"
        unfolded = f'<p id="{row.anchor}">{"<br>".join([*figures, *tried, " · ".join([place, *link])])}</p>'
        return f'<details class="{kind}">{line}{unfolded}</details>\n'

    @property
    def apart(self) -> bool:
        """Whether there are pages besides those of the book."""
        return self.builder.name != "singlehtml"


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
    total = f"{len(rows)} formula{'s' * (len(rows) != 1)}"
    return f'<p>{total}:</p><ul class="ledger-counts">{"".join(parts)}</ul><p>{tried(rows)}</p>'


def tried(rows: list[Row]) -> str:
    """What became of all misprints together."""
    tallies = [row.tally for row in rows if row.tally]
    if not tallies:
        return (
            "What the checks would have noticed was not tried in this build; <code>nox -s misprints</code> does that."
        )
    total, rest = sum(tallies, Tally()), len(rows) - len(tallies)
    left_out = f" Formulas without such a trial: {rest}." if rest else ""
    return (
        f"To see what the checks are worth, {total.tried:,} misprints of one symbol were made on these formulas, and "
        f"checked in the same way. {total.noticed:,} were noticed: {total.numbers:,} because the numbers differ, "
        f"{total.shape:,} by the shapes alone, {total.refused:,} because something had no value. Of the others, "
        f"{total.equal:,} are as true as the formula itself, and {len(total.missed):,} were missed.{left_out}"
    )


def refresh(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the pages anew that show the whole book, when that says something else than before.

    `ledger.json` is written last, and tells.
    """
    path = Path(app.outdir, "ledger.json")
    same = path.is_file() and path.read_bytes() == as_text(env).encode()
    return [] if same else [name for name, page in domain_of(env).pages.items() if page.shows_all]


def as_text(env: BuildEnvironment) -> str:
    """The ledger as JSON: every formula with its place and verdict, and the versions that computed it."""
    rows = [entry(row) for row in domain_of(env).book()]
    data = {"versions": {name: version(name) for name in ("numpy", "lark")}, "formulas": rows}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def entry(row: Row) -> dict[str, Any]:
    """A row as data."""
    formula, verdict = row.formula, row.verdict
    place = {"page": row.page, "label": formula.label, "tex": formula.tex, "inline": formula.kind == "claim"}
    misprints = {"misprints": row.tally.as_dict()} if row.tally else {}
    return {**place, **verdict.as_dict(), "passes": verdict.passes, "reading": row.reading, **misprints}


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
