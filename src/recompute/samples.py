"""The numbers behind the letters of a page: draws by seed, the worked example, and the worlds that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from recompute.errors import FormulaError
from recompute.evaluate import Evaluate
from recompute.syntax import Symbol
from recompute.world import World, given, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recompute.syntax import Formula
    from recompute.world import Definition

Letters = Mapping[str, Any]
NO_HYPOTHESIS = "a hypothesis gives a drawn letter another value"
DRAWS, MANY = 3, 100  # draws for an equation, and for an inequality
UNRELATED = range(200, 220)  # seeds of draws that no check uses
DECADES = 1.5  # letters that may have any size are multiplied by up to this power of ten, or divided
INEQUALITIES = frozenset({"\\le", "\\ge", "<", ">"})


def once(make: Callable[[int], Letters]) -> Callable[[int], Letters]:
    """The same draws, each computed once; whoever writes into one of their arrays is stopped."""

    @cache
    def drawn(seed: int) -> Letters:
        return {name: _frozen(value) for name, value in make(seed).items()}

    return drawn


def _frozen(value: Any) -> Any:  # noqa: ANN401 - a number, an array, or a mapping of them
    if not isinstance(value, np.ndarray):
        return value
    copy = value.copy()
    copy.flags.writeable = False
    return copy


@dataclass(frozen=True)
class Samples:
    """What the letters of a page stand for at one place of the page.

    Attributes:
        make: from a seed to numbers by letter.
        many: whether another seed gives other numbers.
        example: the numbers of the worked example.
        sequences: letters whose first axis is t = 1, 2, … T; they settle T.
        sizes: the letters that count the axes of others, as `{"U": "n m"}`.
        spread: letters that may have any size: in every other draw each of them is much larger or smaller.
        constants: further letters; a function gets all letters by name.
        definitions: what the other letters stand for.
        prime: the letter that a prime differentiates by.
    """

    make: Callable[[int], Letters] | None = None
    many: bool = True
    example: Letters | None = None
    sequences: tuple[str, ...] = ()
    sizes: Mapping[str, str] = field(default_factory=dict)
    spread: tuple[str, ...] = ()
    constants: Mapping[str, object] = field(default_factory=dict)
    definitions: tuple[Definition, ...] = ()
    prime: str | None = None
    _worlds: dict[object, World] = field(default_factory=dict, init=False, compare=False)

    def seeds(self, count: int) -> range:
        """The seeds of so many draws, or of the only one that there is."""
        return range(count) if self.make is None or self.many else range(1)

    def worlds(
        self,
        formula: Formula,
        count: int | None = None,
        supposed: Formula | None = None,
        seeds: Sequence[int] | None = None,
    ) -> list[World]:
        r"""The worlds that a formula is tried in.

        Args:
            formula: one with `\approx` is about the worked example.
            count: how many draws; by default 3, for inequalities 100.
            supposed: a hypothesis, such as `s_0 = 0`, that is made true in each.
            seeds: those of other draws than the first ones.
        """
        signs = {relation.sign for relation in formula.relations}
        if "\\approx" in signs:
            return [self.world(None, supposed)]
        count = count or (MANY if signs & INEQUALITIES else DRAWS)
        return [self.world(seed, supposed) for seed in (self.seeds(count) if seeds is None else seeds)]

    def world(self, seed: int | None, supposed: Formula | None = None) -> World:
        """The world of one draw, or of the worked example.

        Raises:
            FormulaError: there are no numbers, or they do not go together.
        """
        key = (seed, supposed and supposed.tex)
        if key not in self._worlds:
            if seed is None and self.example is None:
                raise FormulaError(
                    r"a formula with \approx is about one example", "Give its numbers with page.example(…)."
                )
            if self.make is None and seed is not None:
                raise FormulaError("the letters have no numbers", "Give the page its numbers with page.draw(…).")
            letters = self._letters(self.raw(seed))
            if supposed is not None:
                letters = self._suppose(letters, supposed)
            self._worlds[key] = World(letters, self.definitions, self.prime)
        return self._worlds[key]

    def raw(self, seed: int | None) -> Letters:
        """The numbers as they were drawn."""
        if seed is None:
            return self.example or {}
        letters = self.make(seed) if self.make else {}
        if not self.spread or seed % 2 == 0:
            return letters
        factors = 10 ** np.random.default_rng([seed, 1]).uniform(-DECADES, DECADES, len(self.spread))
        return {**letters, **{name: letters[name] * factor for name, factor in zip(self.spread, factors, strict=True)}}

    def _letters(self, letters: Letters) -> dict[str, Any]:
        """The letters as formulas name them: x_1, x_2, … instead of one array x, and n for the size of an axis."""
        sequences = {name: letters[name] for name in self.sequences if name in letters}
        lengths = {len(value) for value in sequences.values()}
        if len(lengths) > 1:
            named = ", ".join(f"{name}: {len(value)}" for name, value in sequences.items())
            raise FormulaError(f"sequences of different lengths ({named})", "All have T steps.")
        others = {name: value for name, value in letters.items() if name not in sequences}
        steps = {f"{name}_t": dict(enumerate(value, 1)) for name, value in sequences.items()}
        horizon = {"T": length for length in lengths}  # noqa: B035 - there is one, or none
        found = {**horizon, **self._sizes(letters), **others, **steps}
        return {name: value(**found) if callable(value) else value for name, value in self.constants.items()} | found

    def _sizes(self, letters: Letters) -> dict[str, int]:
        """The sizes of the axes that have a letter."""
        found: dict[str, int] = {}
        for name, axes in self.sizes.items():
            if name not in letters:
                continue
            shape = np.shape(letters[name])
            if len(shape) != len(axes.split()):
                raise FormulaError(f"{name} has {len(shape)} axes, and {axes!r} names {len(axes.split())}")
            for axis, size in zip(axes.split(), shape, strict=True):
                if found.setdefault(axis, size) != size:
                    raise FormulaError(f"{axis} is {found[axis]} in one letter and {size} in {name}")
        return found

    def _suppose(self, letters: Mapping[str, Any], formula: Formula) -> dict[str, Any]:
        """The letters with the hypothesis `s_0 = 0` made true."""
        first, *others = formula.relations
        if others or formula.conditions or first.sign != "=" or not isinstance(first.left, Symbol):
            raise FormulaError(NO_HYPOTHESIS, "Write it as s_0 = 0.", formula.tex, first.span)
        inside, numbers = Evaluate(World(letters, (), self.prime)), given(letters)
        try:
            key, rest = inside.locate(first.left)
            value = inside.visit(first.right).array
        except FormulaError as error:
            raise error.at(formula.tex) from None
        if rest or key not in numbers:
            raise FormulaError(NO_HYPOTHESIS, "Write it as s_0 = 0.", formula.tex, first.left.span)
        return {**letters, show(key): np.broadcast_to(value, numbers[key].array.shape).copy()}
