"""A small book built with the site's own configuration, in this process, and what a build says."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from warnings import catch_warnings, simplefilter

import pytest
from sphinx.application import Sphinx
from sphinx.util.console import strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils

CONF = Path(__file__).parents[2] / "conf"
MESSAGE = re.compile(r"^(?:(?P<path>/[^\n:]+?)(?::(?P<line>\d*))?: )?(?:WARNING|ERROR): ", re.MULTILINE)
LEDGER = "# Ledger\n\n```{ledger}\n```\n"


@dataclass(frozen=True)
class Message:
    """One warning: the page, the line and the words."""

    page: str
    line: int | None
    text: str


@dataclass
class Outcome:
    """What one build came to: its exit status, its warnings, and the pages whose cells ran."""

    status: int
    said: str
    ran: list[str]
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self):
        found = list(MESSAGE.finditer(self.said))
        ends = [*(match.start() for match in found[1:]), len(self.said)]
        for match, end in zip(found, ends, strict=False):
            page = Path(match["path"]).stem if match["path"] else ""
            line = int(match["line"]) if match["line"] else None
            self.messages.append(Message(page, line, self.said[match.end() : end]))


class Book:
    """A folder with pages, a package of helpers and what builds leave behind."""

    def __init__(self, root: Path, timeout: int = 60):
        self.timeout = timeout
        self.root, self.docs, self.out = root, root / "docs", root / "build" / "html"
        self.docs.mkdir(parents=True)
        (root / "src").mkdir()
        (self.docs / "ledger.md").write_text(LEDGER, encoding="utf-8")
        self.runs = root / "runs.txt"
        path = os.pathsep.join([str(root / "src"), os.environ.get("PYTHONPATH", "")])
        self.environment = {"PYTHONPATH": path, "RUNS": str(self.runs), "SOURCE_DATE_EPOCH": "1800000000"}

    def write(self, **pages: str):
        for name, text in pages.items():
            (self.docs / f"{name}.md").write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str):
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def line(self, page: str, words: str) -> int:
        """The line of a page on which some words stand."""
        lines = (self.docs / f"{page}.md").read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if words in line)

    def html(self, page: str = "index") -> str:
        return (self.out / f"{page}.html").read_text(encoding="utf-8")

    def sources(self) -> list[str]:
        return ["../src", str(self.root / "src")]

    def build(self, at: str | None = None, do: object = None, **settings: object) -> Outcome:
        """Build in this process; `do` may happen at one of Sphinx's events."""
        self.runs.write_text("")
        warnings = io.StringIO()
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            with patch_docutils(CONF), docutils_namespace(), catch_warnings():
                simplefilter(
                    "ignore"
                )  # what others warn of among themselves; Sphinx' own warnings are not of this kind
                app = Sphinx(
                    self.docs,
                    CONF,
                    self.out,
                    self.root / "build" / "doctrees",
                    "html",
                    confoverrides={"recompute_sources": self.sources(), "recompute_timeout": self.timeout, **settings},
                    status=None,
                    warning=warnings,
                    warningiserror=True,
                )
                if at:
                    app.connect(at, do)
                app.build()
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Outcome(app.statuscode, strip_colors(warnings.getvalue()), sorted(self.runs.read_text().split()))

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start a build as a process of its own."""
        settings = ["-D", f"recompute_sources={','.join(self.sources())}", "-D", f"recompute_timeout={self.timeout}"]
        folders = ["-d", "build/doctrees", "docs", "build/html"]
        how = [sys.executable, "-m", "sphinx", "-c", str(CONF), "-n", "-W", "--keep-going", "-q", *settings]
        return subprocess.Popen(
            [*how, *options, *folders],
            cwd=self.root,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def build_apart(self, *options: str) -> Outcome:
        """Build in a process of its own."""
        self.runs.write_text("")
        process = self.start(*options)
        said = process.communicate()[1]
        return Outcome(process.returncode, strip_colors(said), sorted(self.runs.read_text().split()))


@pytest.fixture(scope="module")
def make_book(tmp_path_factory):
    """Make an empty book."""
    return lambda **settings: Book(tmp_path_factory.mktemp("book"), **settings)
