"""What needs a public address, and what a server needs: links to the repository, robots.txt, a page for dead links.

`repository_url` and `html_baseurl` in conf.py are both empty by default; then the links are left out.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from access import in_words

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

LOST = "404"  # a server sends this page from any depth
COLAB = "https://colab.research.google.com/#fileId="
OWN = re.compile(r'(?<= )(href|src|action|data-content_root)="(?!\w+:|//|#)(?:\./)?([^"]*)"')


def share(app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Let the preview of a shared link say what the page says of itself, its title without pieces of formulas."""
    if page == LOST:
        context.pop("pageurl", None)  # it stands for other addresses, and has none of its own
    if doctree is not None:
        meta = context["meta"] = dict(context["meta"] or {})
        meta["og:title"] = escape(in_words(app.env.titles[page]), quote=False)  # quotes are escaped later
        if "description" in meta:
            meta["og:description"] = escape(meta["description"], quote=False)


def links(app: Sphinx, docname: str, _template: str, context: dict[str, Any], page: nodes.document | None) -> None:
    """Name the addresses that belong to a page: where it is edited, where an error is reported, where it runs."""
    if page is None:
        return
    site, repository = app.config.html_baseurl, app.config.repository_url.rstrip("/")
    if repository:
        title = f"{in_words(app.env.titles[docname])}: "
        file = Path(app.env.doc2path(docname)).relative_to(Path(app.srcdir).parent).as_posix()
        context["edit_url"] = f"{repository}/edit/main/{file}"
        context["report_url"] = f"{repository}/issues/new?title={quote(title)}"
    if site and "notebook" in context:
        context["colab_url"] = COLAB + quote(f"{site}{context['notebook']}", safe=":/")


def rooted(html: str, base: str) -> str:
    """A page whose own links begin at the root of the site, so that they work from any depth.

    >>> rooted('<a href="index.html"> <a href="#top"> <img src="./_static/x.svg">', "/book/")
    '<a href="/book/index.html"> <a href="#top"> <img src="/book/_static/x.svg">'
    """
    return OWN.sub(lambda found: f'{found[1]}="{base}{found[2]}"', html)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write robots.txt, and lead the links of the page for dead links to the root."""
    if exception is not None or app.builder.format != "html":
        return
    site, lost = app.config.html_baseurl, Path(app.outdir, f"{LOST}.html")
    if lost.is_file():
        html = lost.read_text(encoding="utf-8")
        lost.write_text(rooted(html, urlsplit(site).path if site else "/"), encoding="utf-8")
    sitemap = f"Sitemap: {site}sitemap.xml\n" if site else ""
    Path(app.outdir, "robots.txt").write_text(f"User-agent: *\nAllow: /\n{sitemap}", encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the setting, and work on pages when their notebooks are known."""
    app.add_config_value("repository_url", "", "html", str)
    app.connect("html-page-context", share, priority=400)
    app.connect("html-page-context", links, priority=600)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
