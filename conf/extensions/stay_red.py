"""Keep a red build red: a page that gave a warning is read again, until it gives none.

Sphinx reads and writes only the pages that changed. A page with an error is written all the same, so the next build
would not look at it, find nothing and end green. This extension notes where warnings came from, in one file beside
the doctrees, at the moment they appear, so that an interrupted build forgets nothing either.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util.logging import NAMESPACE, is_suppressed_warning

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

EVERY_PAGE = "*"  # stands for a warning that belongs to no page, such as one from a docstring


class Notebook(logging.Handler):
    """Writes down the page of every warning, and reads the pages of the build before."""

    def __init__(self, app: Sphinx) -> None:
        """Keep the notes of one application."""
        super().__init__(logging.WARNING)
        self.app, self.file = app, Path(app.doctreedir, "red-pages.txt")
        self.before = set(self.file.read_text(encoding="utf-8").splitlines()) if self.file.exists() else set()
        self.now: set[str] = set()

    def page_of(self, location: object) -> str:
        """Find the page that a warning names: `/…/docs/page.md:12`, a pair (page, line), or a node."""
        env = getattr(self.app, "env", None)  # a warning about the configuration comes before there is one
        place = location[0] if isinstance(location, tuple) else getattr(location, "source", location)
        path = str(place or "").split(":docstring of")[0]
        guesses = [path, *(env.path2doc(p) for p in (path, path.rpartition(":")[0]) if p)] if env else []
        return next((page for page in guesses if page in env.found_docs), EVERY_PAGE)

    def emit(self, record: logging.LogRecord) -> None:
        """Note the page at once: the build may be interrupted before its end."""
        kind, subkind = getattr(record, "type", ""), getattr(record, "subtype", "")
        if is_suppressed_warning(kind, subkind, self.app.config.suppress_warnings):
            return
        if (page := self.page_of(getattr(record, "location", None))) not in self.now:
            self.now.add(page)
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text("\n".join(sorted(self.before | self.now)), encoding="utf-8")

    def outdated(self, _app: Sphinx, env: BuildEnvironment, *_changes: set[str]) -> list[str]:
        """Name the pages to be read again."""
        return sorted(env.found_docs if EVERY_PAGE in self.before else self.before & env.found_docs)

    def finish(self, _app: Sphinx, exception: Exception | None) -> None:
        """Forget the pages that are mended, once a build has come to its end."""
        logging.getLogger(NAMESPACE).removeHandler(self)
        if exception is None:
            self.file.write_text("\n".join(sorted(self.now)), encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Listen to every warning of the build."""
    notebook = Notebook(app)
    logging.getLogger(NAMESPACE).addHandler(notebook)
    app.connect("env-get-outdated", notebook.outdated)
    app.connect("build-finished", notebook.finish, priority=999)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
