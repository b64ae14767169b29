"""What every page and the folder of a site must have, and what they lack, in words; no browser is needed for it.

Where the pages stand in the book is read from its source, docs/index.md, not from the site.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

DOCS = Path(__file__).parents[2] / "docs"
MADE = {"404.html", "genindex.html", "py-modindex.html", "search.html"}  # neither described nor mapped
TOCTREE = re.compile(r"```\{toctree\}\n(?P<options>.*?)\n\n(?P<pages>.*?)\n```", re.DOTALL)


def order():
    """The pages in the order of the book, the first page before all, and which of them are chapters."""
    trees = [*TOCTREE.finditer((DOCS / "index.md").read_text(encoding="utf-8"))]
    pages = [[f"{page}.html" for page in tree["pages"].split()] for tree in trees]
    numbered = [some for tree, some in zip(trees, pages, strict=True) if ":numbered:" in tree["options"]]
    return ["index.html", *(page for some in pages for page in some)], [page for some in numbered for page in some]


def one(pattern, html):
    """What a pattern finds, or nothing."""
    found = re.search(pattern, html, re.DOTALL)
    return found[1] if found else None


def lacks_of_page(name, html, policy, pages, chapters):
    """What one page lacks. `policy` is what `_headers` says, `pages` and `chapters` are those of `order`."""
    head, _, body = html.partition("</head>")
    lacks = []
    if name not in MADE and not one(r'<meta name="description" content="([^"]{20,})"', head):
        lacks.append("no description")
    if not (one(r'<link rel="[^"]*\bicon" href="([^"]+)"', head) or "").endswith("_static/favicon.svg"):
        lacks.append("no icon")
    if (said := one(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)"', head)) != policy:
        lacks.append(f"its policy is {said}")
    if hint := one(r'(<link\b[^>]*\brel="?[^">]*\b(?:preconnect|dns-prefetch)\b[^>]*>)', html):
        lacks.append(f"turns to a host: {hint}")
    place = pages.index(name) if name in pages else None
    before = pages[place - 1] if place else None
    after = pages[place + 1] if place is not None and place + 1 < len(pages) else None
    for which, wanted in (("prev", before), ("next", after)):
        if (link := one(rf'<a class="{which}-page" href="([^"]*)"', body)) != wanted:
            lacks.append(f"{which} is {link}, not {wanted}")
    bar = one(r'<nav class="page-links" aria-label="This page">(.*?)</nav>', body) or ""
    if name in chapters and f'href="notebooks/{name.removesuffix(".html")}.ipynb"' not in bar:
        lacks.append(f"no notebook below the page: {bar or 'no “This page”'}")
    tree = one(r'<div class="sidebar-tree"[^>]*>(.*?)</aside>', body) or ""
    menu = {urljoin(name, link) for link in re.findall(r'<a class="[^"]*\binternal" href="([^"#]+)"', tree)} | {name}
    if name != "404.html" and (gone := [page for page in pages[1:] if page not in menu]):  # from the root, if any depth
        lacks.append(f"not in its menu: {', '.join(gone)}")
    return [f"{name}: {lack}" for lack in lacks]


def lacks(site):
    """What the pages of a site and its folder lack."""
    pages, chapters = order()
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    htmls = {name: text(site, name) for name in names}
    found = [f"{page}: not there" for page in [*pages, *sorted(MADE)] if page not in htmls]
    headers = text(site, "_headers")
    if not headers.startswith("/*\n") or "\n  X-Content-Type-Options: nosniff\n" not in headers:
        found.append(f"_headers: for all pages, and with nosniff, it is to be, not {headers!r}")
    policy = one(r"\n  Content-Security-Policy: (default-src 'none'; [^\n]*); frame-ancestors 'none'\n", headers)
    for name, html in htmls.items():
        found += lacks_of_page(name, html, policy, pages, chapters)
    return found + lacks_of_map(site, htmls)


def lacks_of_map(site, htmls):
    """What robots.txt and the map of the site lack. Where the site has an address, its pages name it as canonical."""
    address = one(r'<link rel="canonical" href="([^"]*)index\.html"', htmls.get("index.html", ""))
    line = f"Sitemap: {address}sitemap.xml\n" if address else ""
    found = []
    if (robots := text(site, "robots.txt")) != f"User-agent: *\nAllow: /\n{line}":
        found.append(f"robots.txt: {robots!r}")
    mapped = set(re.findall(r"<loc>(.*?)</loc>", text(site, "sitemap.xml")))
    wanted = {f"{address}{name}" for name in htmls if name not in MADE} if address else set()
    return found + [f"sitemap.xml: {page} on one side only" for page in sorted(mapped ^ wanted)]


def text(site, name):
    """A file of the site, or nothing."""
    path = site / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""
