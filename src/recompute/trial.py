"""What the check of a formula would have noticed: every misprint of it is tried in the same way.

A misprint that the check lets pass has to be equally true, which is decided on twenty draws that no check uses, of
other sizes, or by SymPy. What remains is missed: the check is too weak there, and has to be made stronger.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from recompute import syntax
from recompute.errors import FormulaError, ShapeError
from recompute.evaluate import computing
from recompute.latex import Print
from recompute.misprint import Letters, misprints
from recompute.notebook import current, display
from recompute.samples import UNRELATED
from recompute.tally import MIME, Outcome, Tally
from recompute.ways import Check, Refute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recompute.notebook import Page
    from recompute.ways import Way

ORDER: tuple[Outcome, ...] = ("numbers", "shape", "refused", "equal", "missed")  # of several ways the best one counts


def trials(page: Page) -> dict[str, Tally]:
    """What became of the misprints of every formula of a page that passes, by its label or its LaTeX."""
    return {
        name: trial(judged[0].formula, [one.way for one in judged])
        for name, judged in page.judged.items()
        if page.verdict(name).passes
    }


def trial(formula: syntax.Formula, ways: Sequence[Way]) -> Tally:
    """Try every misprint of a formula in the ways in which the formula was judged."""
    counts: Counter[Outcome] = Counter()
    missed: list[str] = []
    world = ways[0].samples.worlds(formula)[0]
    for misprint in misprints(formula, Letters.of(world, formula)):
        found = min((outcome(formula, misprint.formula, way) for way in ways), key=ORDER.index)
        counts[found] += 1
        if found == "missed":
            missed.append(f"{misprint.kind}: {' '.join(Print().formula(misprint.formula).split())}")
    return Tally(counts["numbers"], counts["shape"], counts["refused"], counts["equal"], tuple(missed))


def outcome(formula: syntax.Formula, wrong: syntax.Formula, way: Way) -> Outcome:
    """What becomes of one misprint of a formula."""
    try:
        if not way(wrong, brief=True).passes:
            return "numbers"
    except ShapeError:
        return "shape"
    except FormulaError:
        return "refused"
    return "equal" if _equally_true(formula, wrong, way) else "missed"


def _equally_true(formula: syntax.Formula, wrong: syntax.Formula, way: Way) -> bool:
    if isinstance(way, Refute) and way.misses_by is None:
        return False  # a wrong formula for another one: nothing says which was meant
    if not _has_letters(wrong):
        return True  # there is nothing that other numbers could be put in for: what is printed is true
    if any(relation.sign == "\\approx" for relation in wrong.relations):
        return _says_the_same(formula, wrong, way)
    return _holds_elsewhere(wrong, way)


def _holds_elsewhere(formula: syntax.Formula, way: Way) -> bool:
    """Whether a formula holds on draws of other sizes, or as an identity in letters where there are no others."""
    try:
        if way.samples.many:
            with computing(len(UNRELATED)):
                return way(formula, unrelated=True, brief=True).passes
        return isinstance(way, Check) and way.exactly(formula)
    except FormulaError:
        return False


def _says_the_same(formula: syntax.Formula, wrong: syntax.Formula, way: Way) -> bool:
    """Of formulas about one example: whether every changed side is equal to what it was, or has no letters at all."""
    for old, new in zip(formula.relations, wrong.relations, strict=True):
        for before, after in ((old.left, new.left), (old.right, new.right)):
            if before != after and _has_letters(after):
                claim = replace(old, left=before, sign="=", right=after)
                if not _holds_elsewhere(replace(wrong, relations=(claim,)), Check(way.samples)):
                    return False
    return True


def _has_letters(node: syntax.Node) -> bool:
    return any(isinstance(inner, syntax.Symbol) for inner in node.walk())


def publish() -> None:
    """Show what became of the misprints of the page that code is running on, as data for the site."""
    tallies = trials(current())
    total = sum(tallies.values(), Tally())
    data = {name: tally.as_dict() for name, tally in tallies.items()}
    display({MIME: data, "text/plain": total.summary()}, {})
