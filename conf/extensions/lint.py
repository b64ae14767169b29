"""Look over every page that was read: words for each picture, a picture for each caption, one h1, code that fits.

Findings are warnings with file and line, which `-W` makes errors.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.logging import getLogger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

SAY = "say in one sentence what the reader should see in it"
COLUMN = 88  # characters of code that the column of a laptop holds, at the size of type that book.css sets

logger = getLogger(__name__)


def fault_of_alt(alt: str, uri: str) -> str | None:
    """Tell why an alternative text is none: it is empty or only names the file."""
    path = PurePosixPath(uri)
    if not alt.strip():
        return "has no alternative text"
    if alt.strip() in {uri, path.name, path.stem}:
        return f"has only its file name as alternative text ({alt.strip()})"
    return None


class Markup(HTMLParser):
    """Collects the faults of the pictures, and the headings, in the raw HTML of a page.

    Markdown hands over raw HTML in pieces, often tag by tag; `piece` is the one that is being read.
    """

    def __init__(self, pieces: Iterable[nodes.raw]) -> None:
        """Read all pieces of a page."""
        super().__init__()
        self.faults: list[tuple[nodes.Node, str]] = []
        self.headings: list[nodes.Node] = []
        self.depth = 0  # of drawings in drawings
        for self.piece in pieces:
            if "html" in self.piece.get("format", "").split():
                self.feed(self.piece.astext())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge a picture; a drawing inside another one is part of that one."""
        given = {name: value or "" for name, value in attrs}
        hidden = given.get("aria-hidden") == "true"
        if tag == "h1":
            self.headings.append(self.piece)
        if tag == "img" and not hidden and (fault := fault_of_alt(given.get("alt", ""), given.get("src", ""))):
            self.faults.append((self.piece, f'<img src="{given.get("src", "")}"> {fault}: {SAY}, in alt="…"'))
        if tag == "svg":
            named = given.get("role") == "img" and given.get("aria-label", "").strip()
            if not (self.depth or named or hidden):
                advice = f'{SAY}, in role="img" aria-label="…"; aria-hidden="true" if it only decorates'
                self.faults.append((self.piece, f"<svg> has no words: {advice}"))
            self.depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge `<img … />` and the empty `<svg … />` alike."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a drawing."""
        self.depth -= tag == "svg" and self.depth > 0


def lint_pictures(page: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """Find pictures without words: (where, what is wrong and what to write)."""
    for image in page.findall(nodes.image):
        if fault := fault_of_alt(image.get("alt", ""), image["uri"]):
            yield image, f"the image {image['uri']} {fault}: {SAY}, as in ![words]({image['uri']})"
    yield from Markup(page.findall(nodes.raw)).faults


def lint_title(page: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """Find a page whose heading of the first level is missing or has company."""
    titles = [section[0] for section in page.children if isinstance(section, nodes.section)]
    headings = titles + Markup(page.findall(nodes.raw)).headings
    if not headings:
        yield page, "the page has no heading of the first level: open it with one line '# …'"
    for heading in headings[1:]:
        yield heading, "the page has a second heading of the first level: write '## …', or make it a page of its own"


def kind_of(code: nodes.literal_block) -> str | None:
    """Name the code for a message: what a cell holds, what it prints, or a block; None where no reader scrolls."""
    node = code
    while node is not None:
        if isinstance(node, nodes.table) or "citation-text" in node["classes"]:
            return None  # there lines wrap
        if node.get("nb_element") == "mime_bundle" and len(node.children) > 1:
            return None  # beside a picture, these are the words for a terminal
        if "traceback" in node["classes"]:
            return None  # which is told by itself
        if node.get("nb_element") == "cell_code_source":
            return "the code of a cell"
        if node.get("nb_element") == "cell_code_output":
            return "what a cell prints"
        node = node.parent
    return "a literal block"


def lint_column(page: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """Find code with a line that is wider than the column."""
    for code in page.findall(nodes.literal_block):
        longest = max(code.astext().split("\n"), key=len)
        if len(longest) > COLUMN and (kind := kind_of(code)):
            given = f"a line in {kind} has {len(longest)} characters, and begins with {longest.strip()[:40]!r}"
            limit = f"at most {COLUMN} fit into the column of a laptop, and a reader should not have to scroll"
            yield code, f"{given}: {limit}; break the line"


def drawn(node: nodes.Node) -> bool:
    """Whether a node is a figure."""
    return isinstance(node, nodes.image) or (isinstance(node, nodes.raw) and "<svg" in node.astext())


def lint_caption(page: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """Find a caption without a figure: a cell shows one only when its last line is the figure."""
    for words in page.findall(nodes.paragraph):
        if "caption" in words["classes"]:
            place = words.parent.index(words)
            if not (place and any(words.parent[place - 1].findall(drawn))):
                advice = "let the cell above end in the figure, or take the caption away"
                yield words, f"no figure stands above the caption {words.astext()[:40]!r}: {advice}"


FINDERS = {"picture": lint_pictures, "caption": lint_caption, "title": lint_title, "column": lint_column}


def place_of(node: nodes.Node | None, docname: str) -> nodes.Node | str:
    """Find the nearest node around this one that knows its line, or else the page."""
    while node is not None and not node.line:
        node = node.parent
    return node or docname


def lint(app: Sphinx, page: nodes.document) -> None:
    """Warn of everything that was found on a page."""
    for subtype, find in FINDERS.items():
        for where, fault in find(page):
            logger.warning("%s", fault, location=place_of(where, app.env.docname), type="lint", subtype=subtype)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at each page after all extensions have had their turn with it."""
    app.connect("doctree-read", lint, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
