r"""Write every page with code cells as a notebook as well: `notebooks/product-rule.ipynb` beside the pages.

Text cells are plain Markdown with the LaTeX as it stands on the page; numbers, citations and values are what the page
shows. Code cells are those of the page, hidden ones included, in their order. A cell before them carries the formulas,
see `recompute.carried`; what it carries and what the text says is compared here, and a difference is a warning.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from docutils import nodes
from mathenv import NUMBERED, proof, solution, summary
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from sphinx import addnodes
from sphinx.util.logging import getLogger
from sphinx_design.dropdown import dropdown_main, dropdown_title
from wheel import FOLDER, name

from recompute.carried import CLAIM, FORMULA, digest, in_text
from recompute.collect import SYNTAX, collect, shared_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from recompute.carried import Data

SPECIAL = re.compile(r"([\\`*_$\[\]])")
SILENT = (nodes.comment, nodes.image, nodes.raw, nodes.substitution_definition, nodes.target)
SILENT += (addnodes.index, addnodes.toctree)
OPEN = "from recompute.carried import open_notebook\n\nopen_notebook({name!r}, {published!r}, {data})"
ABOUT = """\
*This notebook is the page [{title}]({page}) of “{book}”. Its formulas are recomputed by the cells below, as on the
site. It needs Python 3.11 or newer and the book's own packages, which bring all others:*

```
pip install {packages}
```

*Then run all cells. Change a formula, save, and run all cells again: its check turns red. On Colab, or when this file
has another name, the first code cell prints NOT seen: then change the formula there, in the folded lines of that cell,
and run all cells.*{beside}"""
BESIDE = " *The file `{wheel}` lies beside this notebook on the site.*"
ODD = "the notebook cannot hold <%s>: teach conf/extensions/notebooks.py to write it"
DIFFERENT = "the notebook's text and data do not agree on %s"

logger = getLogger(__name__)


class Writer:
    """Writes the text of one page, once all is known that it shows of others."""

    def __init__(self, app: Sphinx, docname: str) -> None:
        self.app, self.docname = app, docname
        self.site = app.config.html_baseurl

    def pieces(self, section: nodes.Element, depth: int = 0) -> Iterator[str | int]:
        """Pieces of text, and for every cell that the page shows its place among the cells."""
        for child in section.children:
            if isinstance(child, nodes.section):
                yield from self.pieces(child, depth + 1)
            elif isinstance(child, nodes.title):
                yield f"{'#' * depth} {self.inline(child)}"
            elif isinstance(child, nodes.container) and child.get("nb_element") == "cell_code":
                yield child["cell_index"]
            elif text := self.block(child):
                yield text

    def block(self, node: nodes.Node) -> str:  # noqa: C901, PLR0911, PLR0912 - a case for each kind of block
        """A block of text."""
        match node:
            case nodes.paragraph() | nodes.caption():
                return self.inline(node)
            case nodes.math_block():
                number = self.number(node, "displaymath")
                return FORMULA.format(
                    label=node.get("label") or "", tex=node.astext(), number=f" \\tag{{{number}}}" if number else ""
                )
            case nodes.bullet_list() | nodes.enumerated_list():
                sign = "* " if isinstance(node, nodes.bullet_list) else "1. "
                return "\n".join(hanging(self.blocks(item), sign) for item in node.children)
            case nodes.definition_list():
                return "\n".join(hanging(self.definition(item), "* ") for item in node.children)
            case nodes.block_quote():
                return textwrap.indent(self.blocks(node), "> ", lambda _: True)
            case nodes.literal_block():
                return f"```{node.get('language', '')}\n{node.astext()}\n```"
            case nodes.table():
                return self.table(node)
            case solution():
                line = next(node.findall(summary))
                return f"<details>\n<summary>{self.inline(line)}</summary>\n\n{self.blocks(node)}\n\n</details>"
            case nodes.Admonition() if isinstance(node[0], nodes.title):
                return f"**{self.heading(node)}**\n\n{self.blocks(node)}"
            case dropdown_title():
                return f"**{self.inline(node)}**"
            case nodes.container() | nodes.compound() | nodes.figure() | nodes.legend() | dropdown_main():
                return self.blocks(node)
            case summary() | nodes.title() | nodes.system_message():
                return ""
            case _ if isinstance(node, SILENT):
                return ""
        logger.warning(ODD, type(node).__name__, location=node, type="notebook")
        return ""

    def blocks(self, node: nodes.Element) -> str:
        """All that a block holds."""
        return "\n\n".join(filter(None, map(self.block, node.children)))

    def definition(self, item: nodes.Element) -> str:
        """A term in bold and what is said of it."""
        terms = ", ".join(self.inline(term) for term in item.findall(nodes.term))
        return f"**{terms}**\n\n" + "\n\n".join(self.blocks(part) for part in item.findall(nodes.definition))

    def heading(self, node: nodes.Element) -> str:
        """The first line of a theorem, an exercise or a note."""
        title = self.inline(node[0])
        kind = next((name for name, made in NUMBERED.items() if isinstance(node, made)), None)
        if kind is None:
            return title if not isinstance(node, proof) else title.replace("Proof", "Proof ", 1).strip() + "."
        number = self.app.config.numfig_format[kind] % (self.number(node, kind) or "")
        return f"{number.strip()}. {title}".rstrip()

    def number(self, node: nodes.Element, kind: str) -> str:
        """The number of a formula or a theorem, as the page shows it."""
        numbers = self.app.env.toc_fignumbers.get(self.docname, {}).get(kind, {})
        return next((".".join(map(str, numbers[one])) for one in node["ids"] if one in numbers), "")

    def table(self, node: nodes.table) -> str:
        """A table with a row of heads."""
        rows = [[self.cell(entry) for entry in row.findall(nodes.entry)] for row in node.findall(nodes.row)]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([lines[0], "|" + "--|" * len(rows[0]), *lines[1:]])

    def cell(self, entry: nodes.entry) -> str:
        """A cell of a table, on one line; a bar would end it."""
        return self.blocks(entry).replace("\n\n", "<br>").replace("\n", " ").replace("|", "\\|")

    def inline(self, node: nodes.Node) -> str:
        """Words with what stands between them."""
        return "".join(map(self.phrase, node.children))

    def phrase(self, node: nodes.Node) -> str:  # noqa: PLR0911 - a case for each kind of phrase
        """One piece of a sentence."""
        match node:
            case nodes.Text():
                return SPECIAL.sub(r"\\\1", node.astext()).replace("<", "&lt;")
            case nodes.math():
                tex = " ".join(node.astext().split()) if not node.get("claim") else node.astext()
                return CLAIM.format(tex=tex) if node.get("claim") else f"${tex}$"
            case nodes.emphasis() | nodes.strong():
                mark = "*" if isinstance(node, nodes.emphasis) else "**"
                return f"{mark}{self.inline(node)}{mark}"
            case nodes.literal():
                fence = "``" if "`" in node.astext() else "`"
                return f"{fence}{node.astext()}{fence}"
            case nodes.reference():
                return self.link(node, self.inline(node))
            case nodes.raw():  # a verdict, quoted
                return re.sub(r"<[^>]*>", "", node.astext())
            case nodes.target() | addnodes.index():
                return ""
            case nodes.inline() | nodes.title_reference() | addnodes.pending_xref():
                return self.inline(node)
        logger.warning(ODD, type(node).__name__, location=node, type="notebook")
        return ""

    def link(self, node: nodes.reference, words: str) -> str:
        """A link, if there is something that it can lead to: another site, this one, or a formula of the notebook."""
        uri = node.get("refuri", "")
        if "refid" in node:
            return f"[{words}](#{node['refid']})" if node["refid"].startswith("equation-") else words
        if re.match(r"\w+:", uri):
            return f"[{words}]({uri})"
        return f"[{words}]({self.site}{uri})" if self.site and uri else words


def hanging(text: str, sign: str) -> str:
    """A text behind a sign, its further lines below its first."""
    return sign + textwrap.indent(text, " " * len(sign)).removeprefix(" " * len(sign))


def raw(value: object, indent: str = "    ") -> str:
    """Data as Python that people can read and change: LaTeX without doubled backslashes, a formula a line."""
    deeper = indent + "    "
    if isinstance(value, dict) and value:
        rows = "".join(f"{indent}{key!r}: {raw(one, deeper)},\n" for key, one in value.items())
        return f"{{\n{rows}{indent[4:]}}}"
    if isinstance(value, list | tuple) and value:
        rows = "".join(f"{indent}{raw(one, deeper)},\n" for one in value)
        return f"[\n{rows}{indent[4:]}]"
    if isinstance(value, str) and "\\" in value and '"' not in value and not value.endswith("\\"):
        return f'r"""{value}"""' if "\n" in value else f'r"{value}"'
    return repr(list(value) if isinstance(value, tuple) else value)


def cells(app: Sphinx, docname: str, document: nodes.document, data: Data) -> Iterator[tuple[str, str]]:
    """The kind and the source of every cell: what it is, the formulas, and the page."""
    source = Path(app.env.doc2path(docname)).read_text(encoding="utf-8")
    read = read_myst_markdown_notebook(source, MdParserConfig(enable_extensions=set(SYNTAX)))
    codes = {place: cell.source for place, cell in enumerate(read.cells) if cell.cell_type == "code"}
    site, writer = app.config.html_baseurl, Writer(app, docname)
    yield (
        "markdown",
        ABOUT.format(
            title=writer.inline(app.env.titles[docname]),
            page=f"{site or '../'}{app.builder.get_target_uri(docname)}",
            book=app.config.project,
            packages=f"{site}{FOLDER}/{name()}" if site else name(),
            beside="" if site else BESIDE.format(wheel=name()),
        ),
    )
    yield "code", OPEN.format(name=f"{docname}.ipynb", published=digest(data), data=raw(data))
    text: list[str] = []
    for piece in [*writer.pieces(document), len(read.cells)]:
        if isinstance(piece, str):
            text.append(piece)
            continue
        if text:
            yield "markdown", "\n\n".join(text)
        text = []
        for place in [place for place in codes if place <= piece]:  # those that the page does not show go first
            yield "code", codes.pop(place)


def data_of(app: Sphinx, docname: str) -> Data:
    """What the cells of a page are given."""
    pages = [docname, *app.config.recompute_shared]
    paths = [Path(app.env.doc2path(page)) for page in pages]
    page, *shared = (collect(path.read_text(encoding="utf-8")) for path in paths if path.is_file())
    found: Data = json.loads(page.data(shared_of(shared)))
    return found


def write(app: Sphinx, docname: str, _template: str, context: dict[str, Any], document: nodes.document | None) -> None:
    """Write the notebook of a page that has code cells, and tell the template where it is."""
    if document is None or docname == app.config.root_doc or app.builder.format != "html":
        return
    if not any(node.get("nb_element") == "cell_code" for node in document.findall(nodes.container)):
        return
    try:
        data = data_of(app, docname)
    except (KeyError, ValueError):  # the page's head has a fault, which its cells have reported
        return
    made = [*cells(app, docname, document, data)]
    compare(data, in_text(text for kind, text in made if kind == "markdown"), docname)
    new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    listed = [new[kind](text, id=f"cell-{place}") for place, (kind, text) in enumerate(made)]
    listed[1].metadata["jupyter"] = {"source_hidden": True}
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = Path(app.outdir, FOLDER, f"{docname}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=listed, metadata=about)) + "\n", encoding="utf-8")
    context["notebook"] = f"{FOLDER}/{docname}.ipynb"
    context["packages"] = f"{FOLDER}/{name()}"


def compare(data: Data, text: Data, docname: str) -> None:
    """Warn of a formula that the text lost or changed."""
    for label in data["formulas"] | text["formulas"]:
        if data["formulas"].get(label) != text["formulas"].get(label):
            logger.warning(DIFFERENT, f"({label})", location=docname, type="notebook")
    for claim in set(data["claims"]) ^ set(text["claims"]):
        logger.warning(DIFFERENT, claim, location=docname, type="notebook")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write a notebook whenever its page is written."""
    app.connect("html-page-context", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
