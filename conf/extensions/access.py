"""Mend what Sphinx, docutils and furo write, so that the keyboard and the screen reader get everywhere.

One table: a pattern in the finished body of a page and in its menus, and what stands there instead.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from markupsafe import Markup
from sphinx.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
PHONE = 36  # characters of code that fit a window of 390 px
HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
SIGN = r"\u3000-\u303f\uff00-\uffef"  # full-width punctuation
FINISHED = ("body", "toc", "furo_navigation_tree")  # what a template gets as finished HTML


def reachable(code: re.Match[str]) -> str:
    """Let the keyboard scroll a piece of code whose lines are too long for a phone."""
    longest = max(map(len, unescape(re.sub(r"<[^>]*>", "", code["text"])).split("\n")))
    return code[0].replace("<pre", '<pre tabindex="0"', 1) if longest > PHONE else code[0]


def table_box(_found: re.Match[str]) -> str:
    """Let the keyboard scroll a table that is too wide for its window."""
    return f'<div tabindex="0" role="group" aria-label="{_("Table")}" class="table-wrapper'


def list_item(_found: re.Match[str]) -> str:
    """Give an entry of the bibliography the role that its list asks for; its own was withdrawn from the standard."""
    return 'role="listitem"'


def words_of_fold(found: re.Match[str]) -> str:
    """Take the paragraphs out of the line that folds a cell's code: only phrases may stand there."""
    return f'<span class="{found["when"]}">{found["words"]}</span>'


def lowered(tex: str) -> str:
    """A formula where no mathematics can be set: `s_2` becomes s₂."""
    return tex.translate(LOWERED).replace("_", "")


def in_words(title: nodes.Element) -> str:
    """A title where no mathematics can be set."""
    return "".join(lowered(part.astext()) if isinstance(part, nodes.math) else part.astext() for part in title.children)


def with_names(html: str) -> str:
    """Name the formulas of a heading or a link: browsers leave <math> out of the names of what it stands in."""
    return re.sub(
        r'<math\b(?P<rest>[^>]*>(?:(?!</math>).)*?<annotation encoding="application/x-tex">(?P<tex>[^<]*)<)',
        lambda math: f'<math aria-label="{escape(lowered(unescape(math["tex"])))}"{math["rest"]}',
        html,
        flags=re.DOTALL,
    )


def named(found: re.Match[str]) -> str:
    """Name the formulas of one heading or link."""
    return with_names(found[0])


def in_chinese(found: re.Match[str]) -> str:
    """Say the language of Chinese words, for their voice and their font; tags and what is no prose stay as they are."""
    return f'<span lang="zh-Hans">{found[0]}</span>' if found["han"] else found[0]


def silent(html: str) -> Markup:
    """Let furo's icons say nothing: what they stand beside says it, and browsers read the titles of hidden ones too."""
    html = re.sub(r"(<symbol\b[^>]*>\s*)<title>[^<]*</title>", r"\1", str(html))  # of Markup, parts would be escaped
    return Markup(re.sub(r'<svg\b(?=[^>]*><use href="#svg-)', '<svg aria-hidden="true"', html))  # noqa: S704 (our own)


MENDED: dict[str, Callable[[re.Match[str]], str]] = {
    r"<pre>(?P<text>.*?)</pre>": reachable,
    r'<div class="table-wrapper': table_box,
    r'<p class="(?P<when>collapsed|expanded) admonition-title">(?P<words>.*?)</p>': words_of_fold,
    r'role="doc-biblioentry"': list_item,
    # What folds a cell says what it does in words; a name beside them would be another one.
    r'(?<=<summary) aria-label="Toggle hidden content"': lambda _name: "",
    r"<(?P<tag>h[1-6]|a)\b[^>]*>.*?</(?P=tag)>": named,
    rf"<(?P<left>svg|math|code|pre|script|style|option)\b.*?</(?P=left)>|<[^>]*>"
    rf"|(?P<han>“?[{HAN}{SIGN}](?:[{HAN}{SIGN}“”\s-]*[{HAN}{SIGN}])?”?)": in_chinese,
}


def name(_app: Sphinx, env: BuildEnvironment) -> None:
    """Call every page by words, in the tab of the browser and among what a search has found."""
    for page, title in env.titles.items():
        env.longtitles[page] = nodes.title("", in_words(title))


def mend(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None) -> None:
    """Apply the table to the body of one page and to its menus, and name the formulas of its neighbours' titles."""
    for part in FINISHED:
        for pattern, instead in MENDED.items():
            if context.get(part):
                context[part] = re.sub(pattern, instead, context[part], flags=re.DOTALL)
    context["silent"] = silent  # for page.html
    for neighbour in ("prev", "next"):
        if context.get(neighbour):
            context[neighbour] = {**context[neighbour], "title": with_names(context[neighbour]["title"])}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Work on the pages when all others are done with them."""
    app.connect("env-updated", name)
    app.connect("html-page-context", mend, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
