"""Run the code cells of a page in this process and gather what became of its formulas."""

from __future__ import annotations

import contextlib
import io
import re
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from recompute.collect import Collected, collect, shared_of
from recompute.notebook import open_page
from recompute.outcome import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from recompute.notebook import Page


@dataclass(frozen=True)
class Finding:
    """What became of one formula, or of one cell that raised."""

    path: str
    line: int
    name: str
    tex: str
    verdict: Verdict

    @property
    def passes(self) -> bool:
        """Whether the site would build."""
        return self.verdict.passes

    @property
    def line_text(self) -> str:
        """Place, label and verdict in one line."""
        return f"{self.path}:{self.line}: ({self.name}) {self.verdict.summary()}"

    @property
    def report(self) -> str:
        """Place, label, verdict, formula, both sides, and what to do."""
        return f"{self.path}:{self.line}: ({self.name}) {self.verdict.kind}\n{self.verdict.report(self.tex)}"


def judge(path: Path, shared: Path | None = None) -> list[Finding]:
    """Every formula of the page at `path` with its verdict, in the order of the page.

    Args:
        path: a MyST page.
        shared: the page of shared definitions, if there is one.

    Raises:
        ValueError, KeyError: the settings at the head of the page cannot be read.
    """
    collected = collect(path.read_text(encoding="utf-8"))
    pages = [collect(shared.read_text(encoding="utf-8"))] if shared and shared.is_file() else []
    page = open_page(collected.data(shared_of(pages)), strict=False)
    trouble = run(collected, str(path))
    return [*trouble, *_findings(collected, page, str(path))]


def run(collected: Collected, path: str) -> list[Finding]:
    """Execute the cells in one namespace, as a notebook would, and say which of them were in trouble."""
    space: dict[str, object] = {"__name__": "__main__"}
    troubles = ((line, _execute(code, line, path, space)) for line, code in collected.cells)
    return [
        Finding(path, trouble.line or line, "code cell", "", Verdict("fails", note=trouble.note))
        for line, trouble in troubles
        if trouble
    ]


class Trouble(NamedTuple):
    """What went wrong in a cell, and on which line of the page, if that is known."""

    note: str
    line: int | None = None


def _execute(code: str, line: int, path: str, space: dict[str, object]) -> Trouble | None:
    plain = re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", code)  # magics are for notebooks
    errors = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            exec(compile("\n" * (line - 1) + plain, path, "exec"), space)  # noqa: S102 - that is the point
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a cell raises is reported
        frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        where = error.lineno if isinstance(error, SyntaxError) and error.filename == path else None
        return Trouble(f"This cell raised {type(error).__name__}: {error}", frames[0] if frames else where)
    if errors.getvalue().strip():
        return Trouble(f"This cell wrote to stderr: {errors.getvalue().strip()}")
    return None


def _findings(collected: Collected, page: Page, path: str) -> list[Finding]:
    found = []
    records = {record.name: record for record in page.records}
    seen: set[str] = set()
    for formula in collected.formulas:
        if formula.label is None and not formula.inline:
            verdict = Verdict("unchecked", note="This formula has no label. Write (a-label) behind the closing $$.")
        elif formula.label in seen:
            verdict = Verdict("fails", note="Two formulas of this page have this label.")
        elif formula.name in records and records[formula.name].tex == formula.tex:
            verdict = records[formula.name].verdict
        else:
            verdict = Verdict("unchecked", note="No code cell has judged this formula. Write page.check() in one.")
        seen.add(formula.name)
        row = formula.tex[: verdict.place[0]].count("\n") if verdict.place else 0
        found.append(Finding(path, formula.line + row, formula.name, formula.tex, verdict))
    made = [record for record in page.records if record.typeset or not record.known]
    return found + [Finding(path, _named(collected, r.name), r.name, r.tex, r.verdict) for r in made]


def _named(collected: Collected, name: str) -> int:
    """The line of the cell's code that names a formula which does not stand in the text."""
    names = [f"{quote}{label}{quote}" for label in (name, name.removesuffix("-in-numbers")) for quote in "\"'"]
    rows = [(line + n, row) for line, code in collected.cells for n, row in enumerate(code.splitlines())]
    return next((line for line, row in rows if any(label in row for label in names)), 1)
