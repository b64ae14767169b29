"""One style sheet for every page instead of a dozen, and the two fonts of every formula asked for at once.

A browser shows nothing before all style sheets are there, and every request costs a phone a turn. Fonts that come after
the text let it jump. So the sheets of furo, of the extensions and of the book are one file, in their order, and the
page asks for the upright and the slanted letters of KaTeX before it knows the styles that name them.
"""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from furo import get_pygments_stylesheet
from policy import Files
from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

NAME = "all.css"
FONTS = ("KaTeX_Main-Regular", "KaTeX_Math-Italic")  # every page has formulas, be it in its table of contents
LOCAL = re.compile(r"""url\((?P<mark>["']?)(?!["']|data:|#|/|[a-z]+:)""")
AT_THE_TOP = re.compile(r"@(?:import|charset|namespace)\b")


def joined(sheets: dict[str, str]) -> str:
    r"""The text of several style sheets, by their names below `_static`, as one that lies in `_static` itself.

    >>> joined({"a.css": "a {}", "b/c.css": "c { background: url(d.svg) }"})
    'a {}\nc { background: url(b/d.svg) }\n'
    """
    text = ""
    for name, sheet in sheets.items():
        if found := AT_THE_TOP.search(sheet):
            message = (
                f"{name} says {found[0]}, which holds at the top of a file alone: mend it, or leave it out of sheets.py"
            )
            raise ExtensionError(message)
        folder = PurePosixPath(name).parent
        base = "" if folder == PurePosixPath() else f"{folder}/"
        text += LOCAL.sub(lambda found, base=base: f"url({found['mark']}{base}", sheet).rstrip() + "\n"
    return text


def read(app: Sphinx, name: str) -> str:
    """The text of a style sheet that has been copied to the output, or will be."""
    if name == "pygments.css":  # furo writes its own, for light and dark, when all pages are written
        return get_pygments_stylesheet()
    path = Path(app.outdir, "_static", name)
    if name.startswith("mystnb."):  # MyST-NB copies its own when all pages are written
        path = files("myst_nb.static") / "mystnb.css"  # type: ignore[assignment]
    return path.read_text(encoding="utf-8")


def join(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Replace the style sheets of a page by one, and ask for the fonts."""
    pathto = context["pathto"]
    sheets = sorted(context["css_files"], key=lambda sheet: sheet.priority)
    own = [one for one in sheets if str(one.filename).startswith("_static/") and "media" not in one.attributes]
    text = joined({name: read(app, name) for name in (str(sheet.filename).removeprefix("_static/") for sheet in own)})
    Files(app, pathto).write(NAME, text)
    digest = sha256(text.encode()).hexdigest()[:8]
    context["css_files"] = [f"_static/{NAME}?v={digest}", *(sheet for sheet in sheets if sheet not in own)]
    fonts = [pathto(f"_static/katex/fonts/{name}.woff2", 1) for name in FONTS]
    asked = [f'<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>' for font in fonts]
    context["metatags"] = "".join([context.get("metatags") or "", *asked])


def setup(app: Sphinx) -> ExtensionMetadata:
    """Work on every page, when all extensions have named their styles."""
    app.connect("html-page-context", join, priority=940)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
