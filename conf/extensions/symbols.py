r"""The index of symbols: a row for every letter and meaning; where each occurs is read off the formulas.

    ```{symbols}
    W | recurrent weights | $n \times n$ | preactivation
    h | a small change of a number | above zero | product-rule, gradient-checks
    ```

The last field is the label of the formula that defines the letter for the whole book, or a claim in a sentence that
does; or the pages on which the letter means this. A row of the second kind goes before one of the first. Several forms
of one letter stand in one row: `o_t, o`. With an index a letter is another one than without: $E_t$ and $E$.

A letter of a formula that has no row for its page is a warning, and so is a row whose letter occurs nowhere, or two
rows for one letter on one page.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from access import in_words
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.logging import getLogger

from recompute.errors import FormulaError
from recompute.extension.domain import Everything, domain_of
from recompute.extension.places import Places
from recompute.parse import parse
from recompute.syntax import Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from recompute.extension.domain import Row

GREEK = "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon"
ORDER = {name: f"zz{place:02}" for place, name in enumerate(f"{GREEK} phi varphi chi psi omega".split())}
FEW = 3  # pages that are named by their titles; more of them are listed by their numbers

FORM = "a row of the index is: letter | what it stands for | shape or range | label of a formula, or pages. This is %s"
NO_ROW = "the letter %s on the page “%s”, in formula (%s), has no row in the index of symbols"
NOWHERE = "the letter %s occurs in no formula of %s: take it out of its row"
TWICE = "the letter %s has two rows for the page “%s”"
NO_HOME = "“%s” is neither the label of a formula nor a page"

logger = getLogger(__name__)


class Letter(NamedTuple):
    """A letter as formulas are read: $E_t$ and $E$ are two."""

    name: str
    indexed: bool


def letters(tex: str) -> set[Letter]:
    r"""The letters of a formula.

    >>> sorted(letters(r"E = \\sum_{t=1}^{T} E_t"))[:2]
    [Letter(name='E', indexed=False), Letter(name='E', indexed=True)]
    """
    return {Letter(node.name, bool(node.subscripts)) for node in parse(tex).walk() if isinstance(node, Symbol)}


def letter(tex: str) -> Letter:
    """One letter of a row; its indices are not counted.

    Raises:
        FormulaError: this is no letter.
    """
    left = parse(f"{tex} = 0").relations[0].left
    if not isinstance(left, Symbol):
        raise FormulaError(f"“{tex}” is no letter", "Write one letter, with or without indices.", tex=tex)
    return Letter(left.name, bool(left.subscripts))


class where(Everything):  # noqa: N801 - docutils names nodes in lower case
    """The last cell of a row: what its letters are, and the label or the pages that it names."""


class Symbols(SphinxDirective):
    """`{symbols}`: the table."""

    has_content = True
    HEADS: ClassVar = ("symbol", "stands for", "shape or range", "where")

    def run(self) -> list[nodes.Node]:
        """Build the table, sorted; the last cells are known only when every page has been read."""
        rows = sorted(self.rows(), key=lambda found: found[0])
        heads = nodes.row("", *(nodes.entry("", nodes.paragraph("", head)) for head in self.HEADS))
        widths = [nodes.colspec(colwidth=width) for width in (12, 40, 18, 30)]
        body = nodes.tbody("", *(row for _, row in rows))
        group = nodes.tgroup("", *widths, nodes.thead("", heads), body, cols=len(widths))
        return [nodes.table("", group, classes=["symbols"])]

    def rows(self) -> Iterator[tuple[tuple[str, ...], nodes.row]]:
        """Every row with what it is sorted by."""
        for text, place in zip(self.content, self.content.items, strict=True):
            line = place[1] + 1
            if not text.strip():
                continue
            try:
                forms, meaning, shape, home = (part.strip() for part in text.split(" | "))
                found = [letter(form) for form in forms.split(", ")]
            except ValueError as error:  # too few fields, or LaTeX that is no letter
                said = getattr(error, "problem", "it has other fields")
                logger.warning(FORM, f"“{text}”: {said}", location=(self.env.docname, line), type="symbols")
                continue
            last = where("", letters=found, home=[part.strip() for part in home.split(",")], line_of_row=line)
            symbols = self.parse_inline(", ".join(f"${form}$" for form in forms.split(", ")), lineno=line)[0]
            words = [self.parse_inline(part, lineno=line)[0] for part in (meaning, shape)]
            cells = [nodes.paragraph("", "", *part) for part in (symbols, *words)]
            yield sorting(found[0], home), nodes.row("", *(nodes.entry("", cell) for cell in (*cells, last)))


def sorting(first: Letter, home: str) -> tuple[str, ...]:
    """Latin before Greek, a before A; a hat, a tilde or a Δ behind the plain letter."""
    plain, _, accent = first.name.partition("_")
    change = plain.startswith("Δ")
    plain = plain.removeprefix("Δ")
    key = ORDER.get(plain, plain.lower())
    return (key, plain.swapcase(), "~Δ" if change else accent, str(first.indexed), home)


class Index:
    """The letters of the book by page, and which row is about which of them."""

    def __init__(self, rows: Sequence[Row], cells: Sequence[where], titles: Mapping[str, str]) -> None:
        self.cells, self.titles = cells, titles
        self.order = list(dict.fromkeys(row.page for row in rows))
        self.rows: dict[str, Row] = {}  # by label, or by the LaTeX of a claim in a sentence
        self.first: dict[Letter, dict[str, Row]] = defaultdict(dict)  # page by page, the first formula with the letter
        for row in rows:
            self.rows.setdefault(row.formula.name, row)
            try:
                found = letters(row.formula.tex)
            except FormulaError:  # the formula itself is reported
                continue
            for name in found:
                self.first[name].setdefault(row.page, row)

    def pages(self, cell: where) -> dict[str, Row]:
        """The pages on which the row of a cell holds, with the first formula of each that has one of its letters."""
        found: dict[str, Row] = {}
        for page, name in product(self.order, cell["letters"]):
            if page in self.first[name] and self.cell(name, page) is cell:
                found.setdefault(page, self.first[name][page])
        return found

    def cell(self, name: Letter, page: str) -> where | None:
        """The row that is about a letter on a page: one that names the page, else one for the whole book."""
        mine = [cell for cell in self.cells if name in cell["letters"]]
        whole = (cell for cell in mine if cell["home"][0] in self.rows)
        return next((cell for cell in mine if page in cell["home"]), next(whole, None))

    def faults(self) -> Iterator[tuple[int | None, str]]:
        """What is missing, too much, or double: the line of a row, and the message."""
        for name, pages in self.first.items():
            for page, row in pages.items():
                if self.cell(name, page) is None:
                    yield None, NO_ROW % (said(name), page, row.formula.name)
        for cell in self.cells:
            for fault in self.faults_of(cell, cell["home"]):
                yield cell["line_of_row"], fault

    def faults_of(self, cell: where, home: Sequence[str]) -> Iterator[str]:
        """What is wrong with one row."""
        if home[0] in self.rows:
            for name in cell["letters"]:
                if not any(self.cell(name, page) is cell for page in self.first[name]):
                    yield NOWHERE % (said(name), "the book")
            return
        yield from (NO_HOME % page for page in home if page not in self.titles)
        for name, page in product(cell["letters"], (page for page in home if page in self.titles)):
            if page not in self.first[name]:
                yield NOWHERE % (said(name), f"the page “{page}”")
            if self.cell(name, page) is not cell:
                yield TWICE % (said(name), page)


def said(name: Letter) -> str:
    """A letter in a message."""
    return name.name + (" with an index" if name.indexed else "")


def fill(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the places in, and warn of what the index lacks."""
    if cells := list(document.findall(where)):
        titles = {name: in_words(title) for name, title in app.env.titles.items()}
        index = Index(list(domain_of(app.env).book()), cells, titles)
        for line, fault in index.faults():
            logger.warning("%s", fault, location=(docname, line), type="symbols")
        for cell in cells:
            cell.replace_self(nodes.paragraph("", "", *places(Places(app, docname), index, cell)))


def places(seen: Places, index: Index, cell: where) -> Iterator[nodes.Node]:
    """The formula that defines the letters, and a link to the first formula with one of them on each page."""
    pages = {page: row for page, row in index.pages(cell).items() if page != seen.env.config.root_doc}
    if (row := index.rows.get(cell["home"][0])) and row.formula.label:
        yield nodes.reference("", seen.number(row), internal=True, refuri=seen.uri(row.page, row))
        yield nodes.Text("; ")
    if len(pages) > FEW:
        yield nodes.Text("chapters ")
    for place, (page, row) in enumerate(pages.items()):
        title = index.titles[page]
        chapter = ".".join(map(str, seen.env.toc_secnumbers.get(page, {}).get("") or ()))
        words = chapter if len(pages) > FEW and chapter else title
        yield nodes.Text(", " * bool(place))
        yield nodes.reference("", words, internal=True, refuri=seen.uri(page, row), reftitle=title)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive and its node."""
    app.add_node(where)
    app.add_directive("symbols", Symbols)
    app.connect("doctree-resolved", fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
