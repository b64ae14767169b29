"""What the check of a formula would have noticed: every misprint of it is tried in the same way.

A misprint that the check lets pass has to be equally true, which is decided on twenty draws that no check uses, of
other sizes, or by SymPy where there are no other draws. What remains is missed: the check is too weak there, and has to
be made stronger. The formula itself is tried on those draws first; one that fails there held by accident.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from recompute import syntax
from recompute.errors import FormulaError, ShapeError
from recompute.evaluate import Evaluate, computing, remembering
from recompute.explain import printer
from recompute.misprint import Letters, misprints
from recompute.notebook import current, display
from recompute.samples import INEQUALITIES, MANY, UNRELATED
from recompute.tally import MIME, Outcome, Tally
from recompute.ways import Check, Refute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recompute.notebook import Page
    from recompute.ways import Way

ORDER: tuple[Outcome, ...] = ("numbers", "shape", "refused", "equal", "missed")  # of several ways the best one counts
SEVERAL = 7  # of those draws the formula itself is tried on; a draw has one of so many sizes
ROUNDING = 1e-8  # a true formula may miss by this where large numbers cancel, on a draw that nobody has chosen


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
    tried = [Tried(formula, way) for way in ways]
    missed = [line for one in tried for line in one.accidents()]
    samples = ways[0].samples
    world = samples.worlds(formula, 1)[0]
    printed = printer(Evaluate(world))
    sizes = " ".join(samples.sizes.values()).split()
    with remembering():
        for misprint in misprints(formula, Letters.of(world, formula, sizes)):
            found = min((one.outcome(misprint.formula) for one in tried), key=ORDER.index)
            counts[found] += 1
            if found == "missed":
                missed.append(f"{misprint.kind}: {' '.join(printed.formula(misprint.formula).split())}")
    return Tally(counts["numbers"], counts["shape"], counts["refused"], counts["equal"], tuple(missed))


@dataclass
class Tried:
    """A formula and the way in which it was judged, to be gone again with its misprints.

    Attributes:
        formula: one that passes.
        way: how it was judged.
    """

    formula: syntax.Formula
    way: Way
    _held: dict[int, str] = field(default_factory=dict)

    @property
    def seeds(self) -> range:
        """The seeds of draws that no check uses."""
        loose = any(relation.sign in INEQUALITIES for relation in self.formula.relations)
        return range(UNRELATED.start, UNRELATED.start + (MANY if loose else len(UNRELATED)))

    def fails(self, formula: syntax.Formula, seed: int) -> str:
        """Why a formula does not hold on one more draw; empty if it does."""
        try:
            with computing(len(UNRELATED)):
                found = self.way(formula, seeds=[seed], brief=True)
                if found.kind != "fails":
                    return ""
                found = self.way(formula, seeds=[seed])  # once more, for the largest residual
        except FormulaError as error:
            return f"itself: on draw {seed} {error.problem}"
        if (found.residual or 0) < ROUNDING:
            return f"itself: on draw {seed} rounding makes it miss"
        return f"itself: it holds by accident, and fails on draw {seed} by {found.residual:.1e}"

    def holds_everywhere(self, formula: syntax.Formula) -> bool:
        """Whether a formula holds on all further draws, asked of them together."""
        try:
            with computing(len(UNRELATED)):
                return self.way(formula, seeds=self.seeds, brief=True).kind != "fails"
        except FormulaError:  # on one of them, or of so many together
            return False

    def holds(self, seed: int) -> bool:
        """Whether the formula itself holds on one more draw."""
        if seed not in self._held:
            self._held[seed] = self.fails(self.formula, seed)
        return not self._held[seed]

    def accidents(self) -> Iterator[str]:
        """What makes the check worth nothing, whatever the misprint: an accident, or a draw that is no draw."""
        if not self.random or not _has_letters(self.formula):
            return
        several = self.seeds[:SEVERAL]
        bad = [self._held[seed] for seed in several if not self.holds(seed)]
        grave = [reason for reason in bad if "rounding" not in reason]
        yield from grave[:1] or (bad[:1] if len(bad) == len(several) else [])
        letters = {node.name for node in self.formula.walk() if isinstance(node, syntax.Symbol)}
        first, *others = (self.way.samples.raw(seed) for seed in UNRELATED[:3])
        for name in sorted(first):
            if re.sub(r"_([a-z]|-?\d+)\Z", "", name) in letters and all(
                name in other and _same(other[name], first[name]) for other in others
            ):
                yield f"drawn: {name} is the same on every draw; give it as a constant, or draw it"

    @property
    def random(self) -> bool:
        """Whether there are other draws."""
        example = any(relation.sign == "\\approx" for relation in self.formula.relations)
        return self.way.samples.make is not None and self.way.samples.many and not example

    def outcome(self, wrong: syntax.Formula) -> Outcome:
        """What becomes of one misprint."""
        try:
            if not self.way(wrong, brief=True).passes:
                return "numbers"
            if self.equally_true(wrong):
                return "equal"
            return "missed" if self.way(wrong).passes else "numbers"  # it may be vacuous
        except ShapeError:
            return "shape"
        except FormulaError:
            return "refused"

    def equally_true(self, wrong: syntax.Formula) -> bool:
        """Whether a misprint that passes says nothing else than the formula, or something as true."""
        if isinstance(self.way, Refute) and self.way.misses_by is None:
            return False  # a wrong formula for another one: nothing says which was meant
        if not _has_letters(wrong):
            return True  # there is nothing that other numbers could be put in for: what is printed is true
        if any(relation.sign == "\\approx" for relation in wrong.relations):
            return all(_identical(before, after, self.way) for before, after in self.changed(wrong))
        if self.random:
            return self.holds_everywhere(wrong) or not any(
                self.fails(wrong, seed) and self.holds(seed) for seed in self.seeds
            )
        return isinstance(self.way, Check) and self.way.exactly(wrong)

    def changed(self, wrong: syntax.Formula) -> Iterator[tuple[syntax.Node, syntax.Node]]:
        """The sides that a misprint has changed; one without letters is true as it is printed."""
        for old, new in zip(self.formula.relations, wrong.relations, strict=True):
            for before, after in ((old.left, new.left), (old.right, new.right)):
                if before != after and _has_letters(after):
                    yield before, after


def _same(one: object, other: object) -> bool:
    """Whether two drawn values are equal; a family is a mapping."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return np.array_equal(np.asarray(one), np.asarray(other))


def _passes(way: Way, formula: syntax.Formula, seeds: Sequence[int]) -> bool:
    try:
        with computing(len(seeds)):
            return way(formula, seeds=seeds, brief=True).passes
    except FormulaError:
        return False


def _identical(before: syntax.Node, after: syntax.Node, way: Way) -> bool:
    """Whether two sides of a formula about one example are equal for all numbers."""
    claim = syntax.Formula((syntax.Relation(before, "=", after),), tex="")
    samples = way.samples
    if samples.make is not None and samples.many:
        return _passes(Check(samples), claim, UNRELATED)
    from recompute import exact  # noqa: PLC0415 - SymPy takes half a second to load

    return exact.decide(claim, samples.world(None)) is True


def _has_letters(node: syntax.Node) -> bool:
    return any(isinstance(inner, syntax.Symbol) for inner in node.walk())


def publish() -> None:
    """Show what became of the misprints of the page that code is running on, as data for the site."""
    tallies = trials(current())
    total = sum(tallies.values(), Tally())
    data = {name: tally.as_dict() for name, tally in tallies.items()}
    display({MIME: data, "text/plain": total.summary()}, {})
