"""Bind the pages of the built site into one page of HTML, from which the book is printed.

    book = bind(Path("build/html"), Path("build/pdf/book.html"), version="0.1.0")
    book.headings       # ("Title", "1. Notation", "1.1. The network", …): what the outline must say
    book.write({})      # without page numbers; with them, {id: number}, in the table of contents

The articles are taken as they were built, in the order of the table of contents, so that numbers, mathematics and
verdicts are those of the site. What changes is what paper asks for: ids get the name of their page in front and links
lead to them, a link to another chapter says its number, what is folded is unfolded, a mark says its verdict in words
and leads to the ledger, and the ledger has one line for a formula.
"""

from __future__ import annotations

import os
import re
import sys
from functools import partial
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT = ("api",)  # it describes the program, not the subject, and is half as long as all chapters together

ARTICLE = re.compile(r'<article role="main"[^>]*>(.*)</article>', re.DOTALL)
TREE = re.compile(r'<li class="toctree-l1[^"]*"><a [^>]*href="([^"#]*)\.html"')
TAG = re.compile(r"<[a-zA-Z][^<>]*>")
REFERENCE = re.compile(r'(?<=\s)(id|href|src|for|name|aria-labelledby|aria-describedby|xlink:href)="([^"]*)"')
HEADING = re.compile(r"<h(?P<level>[1-4])\b[^>]*>(?P<words>.*?)</h(?P=level)>", re.DOTALL)
SECTION = re.compile(
    r'<section [^>]*?id="([^"]*)"[^>]*>\s*(?:<span id="[^"]*"></span>\s*)*<h([12])\b[^>]*>(.*?)</h\2>', re.DOTALL
)
MARK = re.compile(
    r'<details class="verdict (?P<kind>\w+)"[^>]*><summary[^>]*>(?P<sign>.*?)</summary>.*?'
    r'<a href="(?P<ledger>[^"]*)">this formula in the ledger</a></dd></dl></div></details>',
    re.DOTALL,
)
FORMULA = re.compile(
    r'<span class="katex"><span class="katex-mathml">.*?<annotation encoding="application/x-tex">(?P<tex>.*?)'
    r"</annotation></semantics></math></span>",
    re.DOTALL,
)
SPOKEN = "\N{INVISIBLE SEPARATOR}"  # tells the description of a formula from that of a figure
DROPPED = re.compile(
    r'<a class="headerlink".*?</a>|<script\b.*?</script>|<button\b.*?</button>'
    r'|<summary>\s*<span class="collapsed">.*?</summary>'
    r"|: choose one[^<]*(?=</legend>)",
    re.DOTALL,
)
LINK = re.compile(r'<a class="reference internal" href="#(?P<to>[^"]*)"[^>]*>(?P<words>.*?)</a>', re.DOTALL)
NUMBERED = re.compile(r"^\d+$|\d\.\d")  # the words of a link that need no number besides
LISTS = ("ledger", "solutions")  # where the links stand below the name of their chapter
ROW = re.compile(
    r'<details class="(?P<kind>\w+)"><summary><b>.*?</b> <span>(?P<name>.*?)</span> '
    r"(?P<tex><code>.*?</code>)</summary>"
    r'<p id="(?P<id>[^"]*)">(?P<facts>.*?)<a href="(?P<place>[^"]*)">.*?</p></details>',
    re.DOTALL,
)
FIGURES = ("residual", "misses by", "tightest")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

# Before it is printed, a formula that is wider than the paper is set smaller. The page has the measures of the paper.
FIT = """
for (const box of document.querySelectorAll(".eqbody")) {
  const formula = box.querySelector(".katex");
  if (formula && box.scrollWidth > box.clientWidth + 1)
    formula.style.fontSize = `${1.13 * 0.985 * box.clientWidth / box.scrollWidth}em`;
}
"""


class Page(NamedTuple):
    """A page of the site: its name and its article."""

    name: str
    body: str


class Heading(NamedTuple):
    """A heading as an outline shows it, where it stands, and how deep."""

    words: str
    anchor: str
    level: int


class Book(NamedTuple):
    """What is printed: the head and the title page, the headings of the contents, and the chapters."""

    out: Path
    head: str
    title: str
    headings: list[str]
    contents: list[Heading]
    chapters: str

    def write(self, numbers: dict[str, int]) -> None:
        """Write the page, with the numbers of the pages in its table of contents."""
        lines = "".join(
            f'<li class="level-{line.level}"><a href="#{line.anchor}"><span>{escape(line.words)}</span>'
            f'<span class="page-number">{numbers.get(line.anchor, "")}</span></a></li>'
            for line in self.contents
        )
        contents = f'<nav class="book-contents"><h1>Contents</h1><ul>{lines}</ul></nav>'
        body = f'<article id="furo-main-content">{self.title}{contents}{self.chapters}</article><script>{FIT}</script>'
        html = f'<!doctype html><html lang="en"><head>{self.head}</head><body class="book">{body}</body></html>'
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self.out.write_text(html, encoding="utf-8")


def bind(site: Path, out: Path, version: str) -> Book:
    """Bind the pages that the table of contents names, the index first."""
    index = (site / "index.html").read_text(encoding="utf-8")
    pages = read(site, index)
    names = {page.name for page in pages}
    relative = os.path.relpath(site, out.parent).replace(os.sep, "/")
    bodies = {page.name: adapt(page, names, relative) for page in pages}
    running = {page.name: in_words(HEADING.search(bodies[page.name])["words"]) for page in pages}  # type: ignore[index]
    places = dict(place for name, body in bodies.items() for place in numbered(name, body))
    bodies |= {name: LINK.sub(partial(say_where, name, places), bodies[name]) for name in names.difference(LISTS)}
    title, headings, contents = running["index"], ["Contents"], []
    running["index"] = "Before the first chapter"
    chapters = ""
    for page in pages:
        body = bodies[page.name]
        if page.name == "index":
            body = HEADING.sub("<h1>Before the first chapter</h1>", body, count=1)
        found = [(int(one["level"]), in_words(one["words"])) for one in HEADING.finditer(body)]
        headings += [words for _, words in found]
        contents += [Heading(running[page.name], page.name, 1)]
        contents += [
            Heading(in_words(words), anchor, 2) for anchor, level, words in SECTION.findall(body) if level == "2"
        ]
        chapters += f'<section class="chapter" id="{page.name}" data-page="{page.name}">{body}</section>'
    sheets = re.findall(r'<link rel="stylesheet"[^>]*href="([^"]*)"', index)
    links = "".join(f'<link rel="stylesheet" href="{relative}/{sheet}">' for sheet in sheets)
    links += "".join(re.findall(r"<style>.*?</style>", index[: index.index("</head>")], re.DOTALL))
    paper = Path(__file__).with_name("paper.css").read_text(encoding="utf-8") + heads(running)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>{links}<style>{paper}</style>'
    return Book(out, head, title_page(title, version), headings, contents, chapters)


def read(site: Path, index: str) -> list[Page]:
    """Read the index and, in their order, the pages that its table of contents names."""
    tree = index[index.index('class="sidebar-tree"') : index.index("</aside>")]
    names = [name for name in TREE.findall(tree) if name not in LEFT_OUT]
    texts = {"index": index} | {name: (site / f"{name}.html").read_text(encoding="utf-8") for name in names}
    return [Page(name, article(text, name)) for name, text in texts.items()]


def article(html: str, name: str) -> str:
    """Cut the article out of a page."""
    found = ARTICLE.search(html)
    if found is None:
        sys.exit(f"{name}.html has no <article role=main>: build the site again, or mend conf/pdf/bind.py.")
    return found[1]


def adapt(page: Page, names: set[str], site: str) -> str:
    """Make an article part of the book."""
    body = DROPPED.sub("", page.body)
    body = MARK.sub(r'<a class="verdict \g<kind>" href="\g<ledger>">\g<sign> \g<kind></a>', body)
    if page.name == "ledger":
        body = ROW.sub(row, body)
        if "<details" in body:
            sys.exit("A row of the ledger looks otherwise than conf/pdf/bind.py expects: mend ROW there.")
    lead_on = partial(lead, page.name, names, site)
    body = TAG.sub(lambda tag: REFERENCE.sub(partial(lead_on, tag[0]), tag[0]), body)
    body = FORMULA.sub(rf'<span class="katex" role="img" aria-label="{SPOKEN}\g<tex>">', body)
    body = body.replace('<span class="katex-html" aria-hidden="true">', '<span class="katex-html">')
    body = body.replace('<span aria-hidden="true" class="katex-html">', '<span class="katex-html">')
    body = re.sub(r"<details\b", "<div", body).replace("</details>", "</div>")
    return re.sub(r"<summary\b", '<div data-summary=""', body).replace("</summary>", "</div>")


def lead(page: str, names: set[str], site: str, tag: str, reference: re.Match[str]) -> str:
    """Lead an id, or what refers to one, to its place in the book; a link to what is not in it loses its target."""
    attribute, value = reference.groups()
    if attribute == "src":
        return f'src="{value}"' if ":" in value else f'src="{site}/{value}"'
    if attribute == "name":
        return f'name="{page}--{value}"' if tag.startswith("<input") else f'name="{value}"'
    if attribute not in {"href", "xlink:href"}:
        return f'{attribute}="{" ".join(f"{page}--{one}" for one in value.split())}"'
    if re.match(r"[a-z]+:", value):
        return f'{attribute}="{value}"'
    to, _, fragment = value.partition("#")
    name = to.removesuffix(".html") or page
    if name in names:
        return f'{attribute}="#{name}--{fragment}"' if fragment else f'{attribute}="#{name}"'
    return "data-elsewhere"


def numbered(page: str, body: str) -> Iterator[tuple[str, str]]:
    """Yield the ids of the page and of its sections, each with the number that a reader of paper can look for."""
    for section in SECTION.finditer(body):
        number = re.match(r"[\d.]*\d", in_words(section[3]))
        if number:
            kind = "chapter" if section[2] == "1" else "section"
            ids = re.findall(r'<(?:section|span) [^>]*?id="([^"]*)"', section[0][: section.start(3) - section.start()])
            yield from ((one, f"{kind} {number[0]}") for one in ([page] if section[2] == "1" else []) + ids)


def say_where(page: str, places: dict[str, str], link: re.Match[str]) -> str:
    """Put behind a link to another chapter its number, unless the words of the link have one."""
    to, words = link["to"], in_words(link["words"])
    chapter = to.partition("--")[0]
    where = places.get(to, places.get(chapter))
    if chapter == page or where is None or NUMBERED.search(words):
        return link[0]
    return f'{link[0]} <span class="where">({where})</span>'


def row(found: re.Match[str]) -> str:
    """One line of the ledger: the verdict, where the formula stands, and how far its sides are apart."""
    figures = "; ".join(fact for fact in found["facts"].split("<br>") if fact.startswith(FIGURES))
    tex = found["tex"] if "text" in found["name"] else ""
    return (
        f'<p class="ledger-line" id="{found["id"]}"><span class="verdict {found["kind"]}">{found["kind"]}</span> '
        f'<a href="{found["place"]}">{found["name"]}</a> {tex} <span>{figures}</span></p>'
    )


def in_words(html: str) -> str:
    """A heading as text: s_2 becomes s₂."""
    html = re.sub(
        rf'<span class="katex" role="img" aria-label="{SPOKEN}(.*?)">.*?&#8288;</span>',
        lambda tex: tex[1].translate(LOWERED).replace("_", ""),
        html,
        flags=re.DOTALL,
    )
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def heads(running: dict[str, str]) -> str:
    """Name a kind of page for every chapter, with its title at the head."""
    return "".join(
        f'[data-page="{name}"] {{ page: {name}; }} @page {name} {{ @top-center {{ content: "{words}"; }} }}\n'
        for name, words in running.items()
    )


def title_page(title: str, version: str) -> str:
    """The first page."""
    return (
        f'<div class="title-page"><p class="book-title">{escape(title)}</p>'
        f"<p>Every displayed formula of this book was computed when its site was built.</p>"
        f"<p>Version {escape(version)}</p><p>Text: CC BY 4.0. Code: MIT.</p></div>"
    )
