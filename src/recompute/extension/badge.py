"""A quiet mark beside every formula: what became of it, unfolding to the figures, with a link to its row in the ledger.

The mark is HTML in `node["mark"]`, which the extension that sets mathematics puts beside the formula.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging

from recompute.extension.domain import domain_of
from recompute.extension.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

    from recompute.extension.domain import Row
    from recompute.outcome import Verdict

SIGNS = {
    "holds": "✓",
    "exact": "✓",
    "agrees": "≔",
    "measured": "✓",
    "refuted": "✗",
    "stated": "–",
    "fails": "!",
    "vacuous": "!",
    "unchecked": "!",
}
MEANINGS = {
    "holds": "both sides were computed and agree",
    "exact": "the difference of the two sides simplifies to zero",
    "agrees": "a definition; it gives what was computed by hand",
    "measured": "compared with what was counted",
    "refuted": "a wrong formula, shown as such",
    "stated": "not recomputed",
    "fails": "this formula is wrong, or cannot be read",
    "vacuous": "the check proves nothing",
    "unchecked": "nothing has checked this formula",
}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LATE = "(%s) unchecked\nThis formula comes onto the page too late for any check. Write it in the text."
logger = logging.getLogger(__name__)


def facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """The figures of a verdict, each with its name."""
    yield "verdict", f"{verdict.kind}: {MEANINGS[verdict.kind]}"
    if verdict.residual is not None and verdict.kind == "refuted":
        yield "misses by", f"{verdict.residual:.0%} of the larger side"
    elif verdict.residual is not None:
        yield "residual", figure(verdict.residual)
    if verdict.allowed is not None and verdict.kind != "agrees":
        yield "allowed", figure(verdict.allowed)
    if verdict.ratio is not None:
        yield "tightest", f"the smaller side reaches {verdict.ratio:.1%} of the larger"
    if verdict.count:
        times, draws = "s" * (verdict.count > 1), "s" * (verdict.draws > 1)
        yield "compared", f"{verdict.count} time{times}, on {verdict.draws} draw{draws} of the letters"
    if verdict.note:
        yield "note", verdict.note


def figure(value: float) -> str:
    """A small number as people write it: 2 · 10⁻¹⁶."""
    if value == 0 or value >= 1e-3:  # noqa: PLR2004 - larger ones are read more easily as they are
        return f"{value:.3g}"
    digits, exponent = f"{value:.0e}".split("e")
    return f"{digits} · 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


def table(pairs: Iterator[tuple[str, str]]) -> str:
    """Names and values as HTML, without the list around them."""
    return "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in pairs)


def mark(row: Row, number: str, ledger: str) -> str:
    """The mark of a displayed formula with its number, or of a claim in a sentence."""
    kind, link = row.verdict.kind, escape(f"{ledger}#{row.anchor}")
    sign, summary = SIGNS[kind], escape(row.verdict.summary())
    if row.formula.kind == "claim":
        name = f"{kind}, see the ledger"
        return f'<a class="verdict {kind}" href="{link}" title="{summary}" aria-label="{name}">{sign}</a>'
    name = f"Verdict on formula {number}: {kind}"
    more = f'<dt>more</dt><dd><a href="{link}">this formula in the ledger</a></dd>'
    return (
        f'<details class="verdict {kind}"><summary aria-label="{name}" title="{kind}">{sign}</summary>'
        f"<div><dl>{table(facts(row.verdict))}{more}</dl></div></details>"
    )


def put_marks(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Give every formula of a page its mark; one that came onto the page after it was read breaks the build."""
    if app.builder.format != "html":
        return
    ledger = app.builder.get_relative_uri(docname, app.config.recompute_ledger)
    number = Places(app, docname).number
    rows = {(row.formula.kind, row.formula.name): row for row in domain_of(app.env).rows(docname)}
    for node in document.findall(nodes.math_block):
        name = node.get("label") or node.astext()
        if row := rows.get(("displayed", name)):
            node["mark"] = mark(row, number(row), ledger)
        elif not node.get("ledger"):
            logger.warning(LATE, name, location=node, type="recompute")
    named = set()
    for claim in document.findall(nodes.math):
        if claim.get("claim") and (row := rows.get(("claim", claim.astext()))):
            claim["mark"] = mark(row, number(row), ledger)
            claim["ids"] += [row.anchor] if row.anchor not in named else []  # the ledger leads to the first of equals
            named.add(row.anchor)


def setup(app: Sphinx) -> None:
    """Mark the formulas when all else on the page is settled."""
    app.connect("doctree-resolved", put_marks)
