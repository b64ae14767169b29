"""The state of the book: every formula that is typeset, every verdict that was published, and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.domains import Domain
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from recompute.collect import CLAIM
from recompute.extension import problems
from recompute.extension.formulas import Read, formulas_of
from recompute.extension.reader import NOTE
from recompute.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from docutils.nodes import system_message
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from recompute.extension.formulas import Formula, Published
    from recompute.tally import Tally

logger = logging.getLogger(__name__)

UNLABELLED = "This formula has no label, so nothing can check it. Write (a-label) behind the closing $$."
UNCHECKED = "No code cell has judged this formula. Write page.check() in one."
BROKEN = "No code cell has judged this formula, since the cells did not all run. Mend them first."
ANOTHER = (
    "The formula that was checked is not the one on the page: a label stands twice, or a directive changes its text."
)


class Everything(nodes.General, nodes.Element):
    """A place on a page that shows something of the whole book, and is filled when every page has been read."""


@dataclass(frozen=True)
class Page:
    """What is known of a page: its formulas, what its cells came to, and whether it shows the state of the book."""

    formulas: tuple[Formula, ...] = ()
    read: Read = field(default_factory=Read)
    shows_all: bool = False


@dataclass(frozen=True)
class Row:
    """A formula of the book with what became of it."""

    page: str
    formula: Formula
    verdict: Verdict
    reading: Mapping[str, Any] = field(default_factory=dict)
    tally: Tally | None = None

    @property
    def anchor(self) -> str:
        """The id of its row in the ledger."""
        if self.formula.label:
            return nodes.make_id(f"formula-{self.formula.label}")
        return f"claim-{problems.short(self.page, self.formula.tex)}"

    @property
    def place(self) -> str:
        """The id of the formula on its page."""
        return nodes.make_id(f"equation-{self.formula.label}") if self.formula.label else self.anchor


class RecomputeDomain(Domain):
    """Formulas and verdicts by page; forgotten, merged and judged by Sphinx's own hooks."""

    name = "recompute"
    label = "Recomputed formulas"
    initial_data = {"pages": {}}  # noqa: RUF012 - Sphinx prescribes a plain class attribute

    @property
    def pages(self) -> dict[str, Page]:
        """What is known, by page."""
        found: dict[str, Page] = self.data["pages"]
        return found

    def clear_doc(self, docname: str) -> None:
        """Forget a page that is read again or gone."""
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: Any, otherdata: dict[str, Any]) -> None:  # noqa: ANN401 - a set or a list
        """Take over what another process has read."""
        self.data["pages"] |= {name: page for name, page in otherdata["pages"].items() if name in docnames}

    def process_doc(self, env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        """Note the formulas and verdicts of a page."""
        source = env.doc2path(docname).read_text(encoding="utf-8").splitlines()
        read: Read = env.current_document.get(NOTE) or Read()
        made = {record.name: record.line for record in read.records if record.typeset}
        found = [replace(f, line=made.get(f.name, f.line)) for f in formulas_of(document, source)]
        self.pages[docname] = Page(tuple(found), read, next(document.findall(Everything), None) is not None)

    def rows(self, docname: str) -> Iterator[Row]:
        """Every formula of a page with the verdict on exactly the LaTeX that is typeset; the same claim once."""
        page = self.pages.get(docname, Page())
        claims: set[str] = set()
        for formula in page.formulas:
            if formula.kind == "displayed" or (formula.kind == "claim" and formula.tex not in claims):
                tally = page.read.tallies.get(formula.name)
                yield Row(docname, formula, verdict_on(formula, page.read), reading_of(formula, page.read), tally)
            if formula.kind == "claim":
                claims.add(formula.tex)

    def book(self) -> Iterator[Row]:
        """Every formula of the book, in its order."""
        for docname in self.ordered():
            yield from self.rows(docname)

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

    def resolve_any_xref(self, *_: object) -> list[tuple[str, nodes.reference]]:
        """Nothing refers to a verdict."""
        return []

    def check_consistency(self) -> None:
        """Break the build for every formula of the book that does not pass."""
        for docname in self.ordered():
            page = self.pages[docname]
            found = problems.of_page(list(self.rows(docname)), page.formulas, page.read.records)
            for problem in sorted(found, key=lambda problem: problem.line or 0):
                logger.warning("%s", problem.text, location=(docname, problem.line), type="recompute")
        for row, text in problems.twice(self.book()):
            logger.warning("%s", text, location=(row.page, row.formula.line), type="recompute")


def domain_of(env: BuildEnvironment) -> RecomputeDomain:
    """The domain with the formulas."""
    return env.domains["recompute"]  # type: ignore[return-value]


def verdict_on(formula: Formula, read: Read) -> Verdict:
    """The verdict on exactly this LaTeX; of several the last, or the first that does not pass."""
    if formula.kind == "displayed" and formula.label is None:
        return Verdict("unchecked", note=UNLABELLED)
    records = [record for record in read.records if record.name == formula.name]
    if not records:
        return Verdict("unchecked", note=UNCHECKED if read.whole else BROKEN)
    if any(record.tex != formula.tex for record in records):
        return Verdict("unchecked", note=ANOTHER)
    return _worst(records)


def reading_of(formula: Formula, read: Read) -> Mapping[str, Any]:
    """How this LaTeX was read; nothing, if that is not known."""
    mine = (record.reading for record in reversed(read.records) if record.name == formula.name)
    return next(mine, {})


def _worst(records: Sequence[Published]) -> Verdict:
    return next((record.verdict for record in records if not record.verdict.passes), records[-1].verdict)


class Claim(SphinxRole):
    r"""Inline mathematics that is checked: {claim}`s_0 \ne 0`."""

    def run(self) -> tuple[list[nodes.Node], list[system_message]]:
        """A math node that the domain takes for a formula."""
        node = nodes.math(self.text, self.text, claim=True, classes=["claim"])
        self.set_source_info(node)
        return [node], []


def setup(app: Sphinx) -> None:
    """Register the domain and the role."""
    app.add_domain(RecomputeDomain)
    app.add_role(CLAIM, Claim())
