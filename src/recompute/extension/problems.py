"""What is wrong with the formulas of a page, in words: the place, what was found there, and what to do."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docutils import nodes

from recompute.errors import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recompute.extension.domain import Row
    from recompute.extension.formulas import Formula, Published
    from recompute.outcome import Verdict

ADVICE = {
    "fails": "Mend the formula or what it is checked with. One that is wrong on purpose is checked by page.refute(…).",
    "vacuous": "Draw the letters so that nothing vanishes, or leave out what proves nothing.",
}
FEW = 5  # misprints that are listed


@dataclass(frozen=True)
class Problem:
    """One of them, with its line."""

    text: str
    line: int | None


def of_page(rows: Sequence[Row], formulas: Sequence[Formula], records: Sequence[Published]) -> Iterator[Problem]:
    """Everything that is wrong on a page: formulas, mathematics that nobody checks, checks of nothing."""
    for row in rows:
        if not row.verdict.passes:
            yield Problem(_report(row.formula.name, row.formula.tex, row.verdict), _line(row))
        elif row.tally and row.tally.missed:
            yield Problem(_weak(row.formula.name, row.tally.missed), row.formula.line)
    for formula in formulas:
        if formula.kind == "bare":
            yield Problem(_unclaimed(formula.tex), formula.line)
    names = {row.formula.name for row in rows}
    for record in records:
        if not record.known:
            yield Problem(f"a check names no formula: {record.verdict.note}", record.line)
        elif not record.verdict.passes and record.name not in names:
            yield Problem(_report(record.name, record.tex, record.verdict), record.line)


def _line(row: Row) -> int | None:
    """The line of the place that the verdict marks."""
    first, place = row.formula.line, row.verdict.place
    return first + row.formula.tex.count("\n", 0, place[0]) if first and place else first


def _report(name: str, tex: str, verdict: Verdict) -> str:
    """Label, verdict, formula with the place marked, both sides, residual, and what to do."""
    title = name if name != tex or "\n" not in tex else "no label"
    advice = ADVICE.get(verdict.kind) if verdict.residual is not None else None  # else the note says what to do
    return "\n".join([f"({title}) {verdict.kind}", verdict.report(tex), *([advice] if advice else [])])


def _weak(name: str, missed: Sequence[str]) -> str:
    """The misprints that a check lets pass."""
    lines = [f"    {line}" for line in missed[:FEW]] + [f"    and {len(missed) - FEW} more"] * (len(missed) > FEW)
    advice = "Draw other numbers, other sizes too; say what a wrong formula misses by: page.refute(…, misses_by=…)."
    return "\n".join([f"({name}) the check would let these misprints pass:", *lines, advice])


def _unclaimed(tex: str) -> str:
    advice = f"Write {{claim}}`{tex}`, and page.check() in a cell; or say it without a sign such as =."
    return f"this mathematics claims something, and nothing checks it:\n{mark(tex, None)}\n{advice}"


def twice(rows: Iterable[Row]) -> Iterator[tuple[Row, str]]:
    """The labels that two formulas of the book have, or that differ by signs that an id in HTML cannot hold."""
    places = defaultdict[str, list["Row"]](list)
    for row in rows:
        if row.formula.label:
            places[nodes.make_id(row.formula.label)].append(row)
    for same in places.values():
        for row in same[1:]:
            first = same[0]
            where = f"{first.page}, line {first.formula.line}, has ({first.formula.label}) already"
            advice = f"{mark(row.formula.tex, None)}\nGive one of the two formulas another label."
            yield row, f"the label ({row.formula.label}) stands twice: {where}\n{advice}"


def short(*parts: str) -> str:
    """Ten signs that stand for some texts, the same in every process."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]
