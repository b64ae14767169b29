"""The ways in which a formula is judged. Each can be gone again with another formula in its place, as misprints are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from recompute import verdict
from recompute.errors import FormulaError
from recompute.parse import parse_expression
from recompute.samples import DRAWS, Letters
from recompute.world import Definition

if TYPE_CHECKING:
    from recompute.outcome import Verdict
    from recompute.samples import Samples
    from recompute.syntax import Formula, Node

Hand = Callable[..., Letters]
Ranges = Mapping[str, Iterable[int]]


class Way(Protocol):
    """From a formula to its verdict."""

    @property
    def samples(self) -> Samples:
        """The numbers behind the letters."""

    def __call__(self, formula: Formula, *, seeds: Sequence[int] | None = None, brief: bool = False) -> Verdict:
        """Judge a formula.

        Args:
            formula: what is claimed.
            seeds: of the draws to use; by default the first ones.
            brief: stop where the two sides first differ, and do not ask whether the check is vacuous.

        Raises:
            FormulaError: a side has no value.
        """


@dataclass(frozen=True)
class Check:
    """Both sides are computed and compared.

    Attributes:
        samples: the numbers behind the letters.
        supposed: the hypothesis under which the formula is claimed, and without which it has to fail.
        draws: how many; by default as `Samples.worlds` has it.
        ranges: values of free indices that the formula does not state itself.
        measured: whether one of the letters has been drawn by counting.
    """

    samples: Samples
    supposed: Formula | None = None
    draws: int | None = None
    ranges: Ranges = field(default_factory=dict)
    measured: bool = False

    def __call__(self, formula: Formula, *, seeds: Sequence[int] | None = None, brief: bool = False) -> Verdict:
        """Judge; a formula of numbers that is an identity in letters is called exact."""
        worlds = self.samples.worlds(formula, self.draws, self.supposed, seeds)
        without = self.samples.worlds(formula, self.draws, seeds=seeds) if self.supposed else ()
        found = verdict.check(formula, worlds, ranges=self.ranges, without=without, brief=brief)
        if self.measured and found.passes:
            return replace(found, kind="measured")
        if found.kind != "holds" or brief or self.supposed or not self.exactly(formula):
            return found
        return replace(found, kind="exact")

    def exactly(self, formula: Formula) -> bool:
        """Whether a formula, already found to hold for numbers, is an identity in letters as well."""
        worlds = self.samples.worlds(formula, self.draws)
        if not all(world.of_numbers() for world in worlds):
            return False
        from recompute import exact  # noqa: PLC0415 - SymPy takes half a second to load, and most pages have matrices

        return exact.decide(formula, worlds[0], self.ranges) is True


@dataclass(frozen=True)
class Agree:
    """A definition is compared with the same quantity computed by hand.

    Attributes:
        samples: the numbers behind the letters, with this definition among the others.
        definition: the one that is judged.
        by: takes the drawn letters as keywords and returns values by name.
    """

    samples: Samples
    definition: Definition
    by: Hand | None
    _hands: dict[int, Letters] = field(default_factory=dict, init=False, compare=False)

    def __call__(self, formula: Formula, *, seeds: Sequence[int] | None = None, brief: bool = False) -> Verdict:
        """Judge."""
        if self.by is None:
            raise FormulaError(
                "a definition is compared with values computed by hand, and none are given",
                "Write page.define(label, by=…).",
                formula.tex,
            )
        definition, samples = self.definition, self.samples
        if formula != definition.formula:
            definition = Definition.of(formula, abbreviation=definition.abbreviation)
            others = tuple(d for d in samples.definitions if d != self.definition)
            samples = replace(samples, definitions=(*others, definition))
        seeds = samples.seeds(DRAWS) if seeds is None else seeds
        for seed in seeds:
            if seed not in self._hands:
                self._hands[seed] = self.by(**samples.raw(seed))
        hands = [self._hands[seed] for seed in seeds]
        return verdict.agree(definition, [samples.world(seed) for seed in seeds], hands, brief=brief)


@dataclass(frozen=True)
class Refute:
    """A wrong formula has to miss on every draw, and by what is said, if something is.

    Attributes:
        samples: the numbers behind the letters.
        ranges: as in `Check`.
        misses_by: what its left side has too much, as LaTeX.
    """

    samples: Samples
    ranges: Ranges = field(default_factory=dict)
    misses_by: str | None = None

    def __call__(self, formula: Formula, *, seeds: Sequence[int] | None = None, brief: bool = False) -> Verdict:
        """Judge."""
        worlds = self.samples.worlds(formula, DRAWS, seeds=seeds)
        found = verdict.refute(formula, worlds, ranges=self.ranges, misses_by=self._lack, brief=brief)
        if self.misses_by and found.passes:
            return replace(found, note=f"Its left side has this too much: {' '.join(self.misses_by.split())}")
        return found

    @cached_property
    def _lack(self) -> Node | None:
        return parse_expression(self.misses_by) if self.misses_by else None
