"""The state of the book: every formula that is typeset, every verdict that was published, and what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.domains import Domain
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from recompute.collect import CLAIM
from recompute.errors import mark
from recompute.extension import reader
from recompute.extension.renderer import verdict
from recompute.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docutils.nodes import system_message
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

CLAIMS = re.compile(r"=|<|>|\\(le|ge|ne|leq|geq|neq|approx|sim|equiv|propto|in|subset|ll|gg|simeq|cong|to)(?![a-zA-Z])|[≤≥≠≈∈≡]")
NOT_CLAIMS = re.compile(r"[_^]\{[^{}]*\}|\\(text|mathrm)\{[^{}]*\}")  # the = of a sum's bound claims nothing


@dataclass(frozen=True)
class Row:
    """A formula of the book with what became of it."""

    page: str
    line: int | None
    label: str | None
    tex: str
    inline: bool
    verdict: Verdict

    @property
    def name(self) -> str:
        """What cells call it."""
        return self.label or self.tex


class RecomputeDomain(Domain):
    """Formulas and verdicts by page; forgotten, merged and judged by Sphinx's own hooks."""

    name = "recompute"
    label = "Recomputed formulas"
    initial_data = {"pages": {}}  # noqa: RUF012 - Sphinx prescribes a plain class attribute

    @property
    def pages(self) -> dict[str, dict[str, Any]]:
        """By page: `formulas`, `records`, `inline` (mathematics that claims and is not checked) and the cache `key`."""
        found: dict[str, dict[str, Any]] = self.data["pages"]
        return found

    def clear_doc(self, docname: str) -> None:
        """Forget a page that is read again or gone."""
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: Any, otherdata: dict[str, Any]) -> None:  # noqa: ANN401 - a set or a list
        """Take over what another process has read."""
        self.data["pages"] |= {name: page for name, page in otherdata["pages"].items() if name in docnames}

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        """Note the formulas and verdicts of a page."""
        formulas, inline = [], []
        for node in document.findall(lambda n: isinstance(n, nodes.math_block | nodes.math)):
            tex = node.astext()
            if isinstance(node, nodes.math_block):
                formulas.append({"label": node.get("label"), "tex": tex, "line": _line(node), "inline": False})
            elif node.get("claim"):
                formulas.append({"label": None, "tex": tex, "line": _line(node), "inline": True})
            elif CLAIMS.search(NOT_CLAIMS.sub("", tex)):
                inline.append({"tex": tex, "line": _line(node)})
        records = [{**node["record"], "line": node.line} for node in document.findall(verdict)]
        key = reader.key_of(Path(env.doc2path(docname)).read_text(encoding="utf-8"))
        self.pages[docname] = {"formulas": formulas, "records": records, "inline": inline, "key": key}

    def row(self, docname: str, name: str) -> Row | None:
        """The formula that cells of the page call `name`."""
        return next((row for row in self.rows(docname) if row.name == name), None)

    def rows(self, docname: str) -> Iterator[Row]:
        """Every formula of a page with the verdict on exactly the LaTeX that is typeset."""
        page = self.pages.get(docname, {"formulas": [], "records": []})
        records = {record["name"]: record for record in page["records"]}
        for formula in page["formulas"]:
            record = records.get(formula["label"] or formula["tex"])
            yield Row(docname, formula["line"], formula["label"], formula["tex"], formula["inline"], _judged(formula, record))

    def ordered(self) -> list[str]:
        """The pages in the order of the table of contents."""
        found: list[str] = []

        def walk(docname: str) -> None:
            if docname not in found:
                found.append(docname)
                for child in self.env.toctree_includes.get(docname, []):
                    walk(child)

        walk(self.env.config.root_doc)
        return [name for name in [*found, *sorted(self.pages.keys() - set(found))] if name in self.pages]

    def check_consistency(self) -> None:
        """Break the build for every formula of the book that does not pass."""
        for docname in self.ordered():
            for problem, line in self.problems(docname):
                logger.warning("%s", problem, location=(docname, line), type="recompute")

    def problems(self, docname: str) -> Iterator[tuple[str, int | None]]:
        """What is wrong on a page, with the line."""
        page = self.pages[docname]
        for row in self.rows(docname):
            if not row.verdict.passes:
                yield f"({row.name}) {row.verdict.kind}\n{row.verdict.report(row.tex)}", row.line
        for one in page["inline"]:
            yield f"this mathematics claims something, and nothing checks it:\n{mark(one['tex'], None)}\nWrite {{claim}}`{one['tex']}`, and page.check() in a cell.", one["line"]
        for record in page["records"]:
            if not record["known"]:
                yield f"a check names no formula\n{record['verdict'].get('note', '')}", record["line"]


def _line(node: nodes.Node) -> int | None:
    while node is not None and node.line is None:
        node = node.parent
    return node.line if node is not None else None


def _judged(formula: dict[str, Any], record: dict[str, Any] | None) -> Verdict:
    if formula["label"] is None and not formula["inline"]:
        return Verdict("unchecked", note="This formula has no label, so nothing can check it. Write (a-label) behind the closing $$.")
    if record is None:
        return Verdict("unchecked", note="No code cell has judged this formula. Write page.check() in one.")
    if record["tex"] != formula["tex"]:
        return Verdict("unchecked", note="The formula that was checked is not the one on the page: a label stands twice, or a directive changes its text.")
    found = dict(record["verdict"])
    found["place"] = tuple(found["place"]) if found.get("place") else None
    return Verdict(**found)


class Claim(SphinxRole):
    """Inline mathematics that is checked: {claim}`s_0 \\ne 0`."""

    def run(self) -> tuple[list[nodes.Node], Sequence[system_message]]:  # type: ignore[override]
        """A math node that the domain takes for a formula."""
        node = nodes.math(self.text, self.text, claim=True, classes=["claim"])
        self.set_source_info(node)
        return [node], []


def setup(app: Sphinx) -> None:
    """Register the domain, the role and the node."""
    app.add_domain(RecomputeDomain)
    app.add_role(CLAIM, Claim())
    skip = (lambda self, node: None, lambda self, node: None)
    app.add_node(verdict, html=skip, latex=skip, text=skip)
