"""Mend what Sphinx, docutils and furo write, so that the keyboard and the screen reader get everywhere.

One table: a pattern in the finished body of a page, and what stands there instead.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
PHONE = 36  # characters of code that fit a window of 390 px


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


def in_words(title: nodes.Element) -> str:
    """A title where no mathematics can be set: `s_2` becomes s₂."""
    return "".join(
        part.astext().translate(LOWERED).replace("_", "") if isinstance(part, nodes.math) else part.astext()
        for part in title.children
    )


MENDED: dict[str, Callable[[re.Match[str]], str]] = {
    r"<pre>(?P<text>.*?)</pre>": reachable,
    r'<div class="table-wrapper': table_box,
    r'<p class="(?P<when>collapsed|expanded) admonition-title">(?P<words>.*?)</p>': words_of_fold,
    r'role="doc-biblioentry"': list_item,
}


def name(_app: Sphinx, env: BuildEnvironment) -> None:
    """Call every page by words, in the tab of the browser and among what a search has found."""
    for page, title in env.titles.items():
        env.longtitles[page] = nodes.title("", in_words(title))


def mend(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None) -> None:
    """Apply the table to the body of one page."""
    for pattern, instead in MENDED.items():
        if "body" in context:
            context["body"] = re.sub(pattern, instead, context["body"], flags=re.DOTALL)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Work on the pages when all others are done with them."""
    app.connect("env-updated", name)
    app.connect("html-page-context", mend, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
