"""A small book, built in this process with the site's own configuration, its checks of formulas left out."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.console import strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils

CONF = Path(__file__).parents[2] / "conf"
EXTENSIONS = (
    *("stay_red", "myst_nb", "sphinx_design", "sphinx_copybutton", "sphinxcontrib.bibtex"),
    *("typeset", "mathenv", "policy", "lint", "access", "policy"),
)


@dataclass
class Book:
    """What one build left behind."""

    status: int
    warnings: str
    out: Path

    def html(self, page="index"):
        return (self.out / f"{page}.html").read_text(encoding="utf-8")

    def article(self, page="index"):
        return re.search(r"<article.*?</article>", self.html(page), re.DOTALL)[0]


@pytest.fixture
def build(tmp_path):
    """Write pages and build them; what is not written stays as it is, and so does the cache."""
    (tmp_path / "docs").mkdir()

    def build(jobs=1, builder="html", *, fresh=False, also=(), cells=False, **pages):
        for name, text in pages.items():
            (tmp_path / "docs" / f"{name}.md").write_text(text, encoding="utf-8")
        formats = {} if cells else {"nb_custom_formats": {}}  # without its reader, MyST-NB takes a page for mere text
        warnings, out, trees = io.StringIO(), tmp_path / builder, tmp_path / "trees"
        if fresh:
            shutil.rmtree(trees, ignore_errors=True)
        with patch_docutils(CONF), docutils_namespace():
            app = Sphinx(
                tmp_path / "docs",
                CONF,
                out,
                trees,
                builder,
                confoverrides={"extensions": (*EXTENSIONS, *also), **formats},
                status=None,
                warning=warnings,
                warningiserror=True,
                parallel=jobs,
            )
            app.build()
        return Book(app.statuscode, strip_colors(warnings.getvalue()), out)

    return build
