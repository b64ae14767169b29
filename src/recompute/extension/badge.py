"""A quiet mark beside every formula: what became of it, unfolding to the figures, with a link to its row in the ledger.

The mark is HTML in `node["mark"]`, which the extension that sets mathematics puts beside the formula.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

    from recompute.extension.domain import RecomputeDomain, Row
    from recompute.verdict import Verdict

SIGNS = {"holds": "✓", "exact": "✓", "agrees": "≔", "measured": "✓", "refuted": "✗", "stated": "–", "fails": "!", "vacuous": "!", "unchecked": "!"}
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


def facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """The figures of a verdict, each with its name."""
    yield "verdict", f"{verdict.kind}: {MEANINGS[verdict.kind]}"
    if verdict.residual is not None:
        yield ("misses by", f"{verdict.residual:.0%} of the larger side") if verdict.kind == "refuted" else ("residual", figure(verdict.residual))
    if verdict.allowed is not None and verdict.kind != "agrees":
        yield "allowed", figure(verdict.allowed)
    if verdict.ratio is not None:
        yield "tightest", f"the smaller side reaches {verdict.ratio:.1%} of the larger"
    if verdict.count:
        yield "compared", f"{verdict.count} times, on {verdict.draws} draw{'s' * (verdict.draws > 1)} of the letters"
    if verdict.note:
        yield "note", verdict.note


def figure(value: float) -> str:
    """A small number as people write it: 2 · 10⁻¹⁶."""
    if value == 0:
        return "0"
    if value >= 1e-3:  # noqa: PLR2004 - larger ones are read more easily as they are
        return f"{value:.3g}"
    digits, exponent = f"{value:.0e}".split("e")
    return f"{digits} · 10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def anchor(row: Row) -> str:
    """The id of a formula's row in the ledger."""
    return nodes.make_id(f"formula-{row.label}") if row.label else nodes.make_id(f"claim-{row.page}-{abs(hash_of(row.tex))}")


def hash_of(text: str) -> int:
    """A number that stands for a text, the same in every process."""
    return int.from_bytes(text.encode()[:4], "big") * 1_000_003 + sum(byte * (position + 1) for position, byte in enumerate(text.encode()))


def mark(row: Row, ledger: str) -> str:
    """The mark of a displayed formula, or of a claim in a sentence."""
    verdict = row.verdict
    link = f"{ledger}#{anchor(row)}"
    if row.inline:
        return f'<a class="verdict {verdict.kind}" href="{escape(link)}" title="{escape(verdict.summary())}" aria-label="{verdict.kind}, see the ledger">{SIGNS[verdict.kind]}</a>'
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts(verdict))
    more = f'<dt>more</dt><dd><a href="{escape(link)}">this formula in the ledger</a></dd>'
    label = f"Verdict on formula {escape(row.name)}: {verdict.kind}"
    return f'<details class="verdict {verdict.kind}"><summary aria-label="{label}" title="{verdict.kind}">{SIGNS[verdict.kind]}</summary><div><dl>{rows}{more}</dl></div></details>'


class Marks(SphinxPostTransform):
    """Gives every formula of a page its mark."""

    default_priority = 50

    def run(self, **_: object) -> None:
        """Do so."""
        if self.app.builder.format != "html":
            return
        domain: RecomputeDomain = self.env.domains["recompute"]  # type: ignore[assignment]
        docname = self.env.current_document.docname
        ledger = self.app.builder.get_relative_uri(docname, self.config.recompute_ledger)
        rows = {row.name: row for row in domain.rows(docname)}
        for node in self.document.findall(lambda n: isinstance(n, nodes.math | nodes.math_block)):
            name = node.get("label") or (node.astext() if node.get("claim") else None)
            if name in rows:
                node["mark"] = mark(rows[name], ledger)


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(Marks)
