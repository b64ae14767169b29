"""Nothing from any other host, and no script that does not lie in a file of its own: said, and kept.

Every page says so in a Content-Security-Policy, and so does the file `_headers` beside the pages for hosts that know
what that is. Furo's style of colours and its script for the theme, which stand in the pages themselves, go into files.
When the site is built, every page, drawing and style is looked through: what a browser would then refuse to load or to
run is a warning with its file, its line and what to do, so that the build is red and the reader never meets the gap.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup
from sphinx.errors import ExtensionError
from sphinx.util.logging import getLogger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

POLICY = (  # the attributes: KaTeX places every sign by its style
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'"
)
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
HEADERS = f"""/*
  Content-Security-Policy: {POLICY}; frame-ancestors 'none'
  X-Content-Type-Options: nosniff
  Referrer-Policy: strict-origin-when-cross-origin
"""

FETCHED = {"src", "srcset", "imagesrcset", "poster", "background", "data", "action", "formaction", "ping", "manifest"}
LISTS = {"srcset", "imagesrcset"}  # addresses with a size behind each, and commas between them
LISTED = r"(?:data:\S+|[^\s,]\S*[^\s,]|[^\s,])(?:\s+[\d.]+[wx])?"
NAMED = {
    "canonical",
    "alternate",
    "author",
    "license",
    "next",
    "prev",
    "up",
    "index",
    "search",
    "help",
    "copyright",
    "me",
}
IMAGES = {"img", "image", "source", "input", "feimage"}
FRAMES = {"iframe", "frame", "object", "embed", "applet", "portal", "fencedframe"}
MEDIA = {"audio", "video", "track"}
DRAWN = {"use", "image", "feimage", "textpath", "pattern", "lineargradient", "radialgradient", "filter", "mpath"}
DATA = {"application/json", "application/ld+json"}  # a <script> that is none

FILES = "put it into a file of conf/static and name that file in html_js_files"
COPY = "put a copy with its licence into conf/static, or make it a link that the reader may follow"
STYLE = "a style stands in the page"
STYLES = "put it into a style sheet of conf/static, or into style attributes"

# The tokens of a page and of a style as a browser cuts them: https://html.spec.whatwg.org/multipage/parsing.html and
# https://www.w3.org/TR/css-syntax-3/. Where it ends a comment, a tag or a string decides what else is a tag.
VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+|(?=>))"""
ATTRIBUTES = rf"""(?:[\s/]++|(?:=[^\s/>=]*+|[^\s/>=]++)(?:\s*+=\s*+{VALUE}|(?!\s*+=)))*+"""
TAG = re.compile(
    rf"""<!--(?:-?>|.*?(?:--!?>|\Z))
    | <(?P<name>[a-z][^\s/>]*+)(?P<attributes>{ATTRIBUTES})>
    | </(?=[a-z][^>]*=)[^\s/>]*+{ATTRIBUTES}>
    | <(?:[!?]|/[^a-z>])[^>]*+
    | <(?P<torn>[a-z])""",
    re.ASCII | re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?""", re.ASCII)
TEXT = ("script", "style", "title", "textarea", "xmp", "noscript", "noembed", "noframes")  # what is between is no tag
END = {name: re.compile(rf"</{name}[\s/>]", re.ASCII | re.IGNORECASE) for name in TEXT}
REFRESH = re.compile(r"""\s*[^\s;,]*\s*[;,]?\s*(?:url\s*=\s*)?["']?(.*)""", re.ASCII | re.IGNORECASE | re.DOTALL)
ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|\n|(.))", re.ASCII | re.IGNORECASE | re.DOTALL)
TOKEN = re.compile(
    r"""/\*.*?(?:\*/|\Z)
    | "(?P<double>(?:[^"\\\n]|\\.)*+)"?
    | '(?P<single>(?:[^'\\\n]|\\.)*+)'?
    | (?P<word>@?(?:[-\w]|[^\0-\x7f]|\\[0-9a-f]{1,6}\s?|\\[^\n])++\(?)
    | [;{}]""",
    re.ASCII | re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
BARE = re.compile(r"""\s*+(?!["'])((?:[^)\\\s]|\\.)*+)(?:[^)\\]|\\.)*+""", re.ASCII | re.DOTALL)
ASKING = {"@import", "@namespace", "url(", "image-set(", "-webkit-image-set("}  # a string behind these is an address
ANIMATED = {"to", "values", "from", "by"}
LONG = 90

logger = getLogger(__name__)


class Breach(NamedTuple):
    """Something that the policy forbids: the line of the file, its words, what they do, and what to do about it."""

    line: int
    quote: str
    what: str
    advice: str


def foreign(address: str) -> bool:
    r"""Whether an address names a host or a protocol, as a browser reads it.

    >>> [foreign(one) for one in ("a.svg", "/a.svg", "#a", "//a.example", "https:a", r"\\a.example", "data:,")]
    [False, False, False, True, True, True, True]
    """
    bare = re.sub(r"[\t\n\r]", "", address.strip("\0- ")).replace("\\", "/")
    return bare.startswith("//") or re.match(r"[a-z][a-z0-9+.-]*:", bare, re.IGNORECASE) is not None


def scripted(address: str) -> bool:
    r"""Whether an address is a program, as a browser reads it.

    >>> scripted("\x01 java\nScript:alert(1)"), scripted("about-javascript:-addresses.html")
    (True, False)
    """
    return (
        re.sub(r"[\t\n\r]", "", address.lstrip("\0\1\2\3\4\5\6\7\b\t\n\v\f\r\x0e\x0f\x1b "))
        .lower()
        .startswith(("javascript:", "vbscript:"))
    )


def plain(css: str) -> str:
    r"""A word or a string of a style without its escapes.

    >>> plain(r"u\72l("), plain(r"\68 ttps\:")
    ('url(', 'https:')
    """
    return ESCAPE.sub(lambda one: chr(min(int(one[1], 16), 0x10FFFF)) if one[1] else one[2] or "", css)


def addresses(css: str) -> Iterator[tuple[int, str]]:
    """Where a style sheet names other files, and which; a namespace is only a name."""
    at, asking = 0, ""
    while token := TOKEN.search(css, at):
        at, word = token.end(), plain(token["word"] or "").lower()
        found = (token["double"] or token["single"]) if asking else None
        if token[0] in ";{}":
            asking = ""
        elif word == "url(" and (bare := BARE.match(css, at)):
            at, found = bare.end(), bare[1]
        elif word in ASKING and asking != "@namespace":
            asking = word
        if found and asking != "@namespace":
            yield token.start(), plain(found)


def in_style(css: str) -> Iterator[tuple[int, str, str]]:
    """What a style fetches that it may not: where, what, and what to do."""
    for start, address in addresses(css):
        if foreign(address) and not address.lower().startswith("data:image/"):
            yield start, f"the style fetches {short(address)}", COPY


def in_tag(name: str, given: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What one tag does that it may not, and what to do."""
    if name == "script" and "src" not in given and given.get("type", "").lower() not in DATA:
        yield "a script stands in the page", FILES
    if name == "style":
        yield STYLE, STYLES
    if name in FRAMES:
        yield f"<{name}> holds another page", "make it a link that the reader may follow"
    if name in MEDIA:
        yield f"<{name}> plays sound or film", "make it a link, or let media-src of conf/extensions/policy.py allow it"
    if name == "base":
        yield "<base> changes where every address of the page leads", "leave it out"
    for key, value in given.items():
        if key.startswith("on"):
            yield f"{key} is a script in an attribute", f"listen to the event: {FILES}"
        elif scripted(value) or (key in ANIMATED and any(map(scripted, value.split(";")))):
            yield f"{key} is a script in an address: {short(value)}", f"use a button and a script: {FILES}"
        else:
            yield from ((what, advice) for _, what, advice in in_style(value if "(" in value else ""))
            yield from fetched(name, key, value, given)


def fetched(name: str, key: str, value: str, given: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What an attribute lets the browser fetch, or send, elsewhere."""
    asked = key in FETCHED or (key in {"href", "xlink:href"} and name in DRAWN)
    if name == "link" and key == "href":
        asked = not set(given.get("rel", "").lower().split()) <= NAMED
    if name == "meta" and key == "content" and given.get("http-equiv", "").lower() == "refresh":
        asked, value = True, REFRESH.sub(r"\1", value, 1)
    if key in ANIMATED and given.get("attributename", "").endswith("href"):
        asked = True
    if not asked:
        return
    for one in re.findall(LISTED, value) if key in LISTS else value.split(";") if key in ANIMATED else [value]:
        address = one.split()[0] if key in LISTS else one
        image = name in IMAGES and address.strip().lower().startswith("data:image/")
        if foreign(address) and not image:
            yield f"{key} of <{name}> leads to {short(address)}", COPY


def tags(html: str) -> Iterator[re.Match[str]]:
    """Every tag that opens an element, and what only begins like one."""
    at = 0
    while tag := TAG.search(html, at):
        at = tag.end()
        yield tag
        name = (tag["name"] or "").lower()
        if end := END.get(name):
            close = end.search(html, at)
            stop = close.start() if close else len(html)
            if name not in {"script", "style"}:
                yield from TAG.finditer(html, at, stop)  # in a drawing, or without scripts, these are tags after all
            at = stop


def in_page(html: str) -> Iterator[Breach]:
    """Everything that the policy forbids in a page or a drawing."""
    fine: set[str] = set()  # most tags of a formula are like one another
    for tag in tags(html):
        if tag[0] in fine or not (tag["name"] or tag["torn"]):
            continue
        if tag["torn"]:
            found = [("a tag does not end, so that nobody knows what it holds", "close it, or write &lt; for the sign")]
        else:
            given: dict[str, str] = {}
            for key, *values in ATTRIBUTE.findall(tag["attributes"]):
                given.setdefault(key.lower(), unescape("".join(values)))  # of two equal names a browser takes the first
            found = list(in_tag(tag["name"].lower(), given))
        fine.add(tag[0])  # and one warning is enough for those that are not
        yield from (Breach(html.count("\n", 0, tag.start()) + 1, tag[0], *one) for one in found)


def in_drawing(svg: str) -> Iterator[Breach]:
    """The same for a drawing: pages show it as an image, so that its style is its own affair."""
    for breach in in_page(svg):
        if breach.what != STYLE:
            yield breach
    for style in re.finditer(r"<style[^>]*>(.*?)</style", svg, re.DOTALL | re.IGNORECASE):
        for start, what, advice in in_style(style[1]):
            yield Breach(svg.count("\n", 0, style.start(1) + start) + 1, style[1][start:], what, advice)


def in_sheet(css: str) -> Iterator[Breach]:
    """Everything that the policy forbids in a style sheet."""
    for start, what, advice in in_style(css):
        line = css.count("\n", 0, start) + 1
        yield Breach(line, css[start:].partition(";")[0], what, advice)


LOOK: dict[str, Callable[[str], Iterator[Breach]]] = {".html": in_page, ".svg": in_drawing, ".css": in_sheet}


def short(text: str) -> str:
    """So much of a text as fits a message."""
    text = " ".join(text.split())
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def source_of(app: Sphinx, path: Path, breach: Breach) -> tuple[str, int | None] | None:
    """The page and the line that a breach comes from, as far as the text of the page tells."""
    name = path.relative_to(app.outdir).with_suffix("").as_posix()
    if path.suffix != ".html" or name not in app.env.found_docs:
        return None
    text = app.env.doc2path(name).read_text(encoding="utf-8")
    at = text.find(breach.quote)
    return name, text.count("\n", 0, at) + 1 if at >= 0 else None


def look(app: Sphinx, exception: Exception | None) -> None:
    """Write `_headers`, and look through everything that was built, in this build or before."""
    if exception is not None or app.builder.name not in {"html", "dirhtml"}:
        return
    out = Path(app.outdir)
    (out / "_headers").write_text(HEADERS, encoding="utf-8")
    for path in sorted(path for path in out.rglob("*") if path.suffix in LOOK):
        for breach in LOOK[path.suffix](path.read_text(encoding="utf-8")):
            place = f"{path.relative_to(out).as_posix()}:{breach.line}"
            message = "%s: %s, which the site's policy forbids; %s.\n    %s"
            words = (place, breach.what, breach.advice, short(breach.quote))
            logger.warning(message, *words, location=source_of(app, path, breach), type="policy")


class Files:
    """Puts what furo writes into every page into files beside the pages."""

    def __init__(self, app: Sphinx, pathto: Callable[..., str]) -> None:
        """Work for one page, from which `pathto` leads to the files."""
        self.folder, self.pathto = Path(app.outdir, "_static"), pathto

    def move(self, html: str, name: str) -> Markup:
        """Put the first style or script of a piece of a page into the file `name`, and a reference in its place."""
        kind = "style" if name.endswith(".css") else "script"
        found = re.search(rf"<{kind}>(.*?)</{kind}>", html, re.DOTALL)
        if found is None:
            message = f"furo has no <{kind}> any more that would go into {name}: mend conf/templates and policy.py"
            raise ExtensionError(message)
        text = re.sub(r"\s*\n\s*", "\n", found[1]).strip() + "\n"
        digest = sha256(text.encode()).hexdigest()[:8]
        self.write(name, text)
        address = f"{self.pathto(f'_static/{name}', 1)}?v={digest}"
        instead = (
            f'<link rel="stylesheet" href="{address}">' if kind == "style" else f'<script src="{address}"></script>'
        )
        return Markup(html[: found.start()] + instead + html[found.end() :])  # noqa: S704 - furo's own HTML

    def write(self, name: str, text: str) -> None:
        """Write a file once; it is the same for every page, or the last page would decide how all look."""
        path = self.folder / name
        if WRITTEN.setdefault(path, text) != text:
            message = f"{name} would be different for different pages: leave it in the page, or make two files of it"
            raise ExtensionError(message)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{name}.{os.getpid()}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)  # other processes may be writing the same


WRITTEN: dict[Path, str] = {}


def begin(app: Sphinx) -> None:
    """Forget what an earlier build in this process has written."""
    for path in [path for path in WRITTEN if path.is_relative_to(app.outdir)]:
        del WRITTEN[path]


def give(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Say the policy at the head of the page, before anything is fetched, and let the templates move what they must."""
    context["metatags"] = META + (context.get("metatags") or "")
    context["into_file"] = Files(app, context["pathto"]).move


def setup(app: Sphinx) -> ExtensionMetadata:
    """Work on every page, also on those without a text, and at the end on all of them."""
    app.connect("builder-inited", begin)
    app.connect("html-page-context", give, priority=950)
    app.connect(
        "build-finished", look, priority=900
    )  # when the others have written; before `stay_red` closes its notes
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
