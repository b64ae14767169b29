r"""The quantities that the letters of a page stand for: given numbers, definitions read from formulas, and derivatives.

A quantity is found by its name and index: `("s", 2)` is s_2, and `("W", None)` is W. The definitions form an ordered
system: every quantity is computed from earlier ones. A derivative is computed by a complex step on that system (Squire
and Trapp 1998): one entry of one quantity is moved by i·10⁻³⁰, and what depends on it is computed again. For the
**total** derivative d everything downstream follows. For the **immediate** derivative ∂ every *node* keeps its value,
and only *abbreviations* are computed again. Whether a definition is a node or an abbreviation is said by the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recompute import evaluate, syntax
from recompute.errors import FormulaError, NotYetError
from recompute.tensor import Map

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Key = tuple[str, int | None]
STEP = 1e-30  # f(x + ih).imag / h subtracts nothing, so h may be this small


@dataclass(frozen=True)
class Definition:
    """A formula that says what a letter stands for.

    `s_t = …` defines a family with the index variable `t`, `E = …` a single quantity, `u(w) = …` a function.
    """

    name: str
    body: syntax.Node
    formula: syntax.Formula
    index: str | None = None
    parameter: str | None = None
    abbreviation: bool = False

    @classmethod
    def of(cls, formula: syntax.Formula, *, abbreviation: bool = False) -> Definition:
        """Read a definition.

        Raises:
            FormulaError: the formula is not of the form `letter = expression`.
        """
        if len(formula.relations) != 1 or formula.relations[0].sign != "=":
            raise FormulaError("a definition has one letter, one =, and one expression", "Define each letter by a formula of its own.", formula.tex)
        left, body = formula.relations[0].left, formula.relations[0].right
        parameter = None
        if isinstance(left, syntax.Product) and len(left.factors) == 2 and isinstance(left.factors[1], syntax.Group):  # noqa: PLR2004 - u(w)
            left, argument = left.factors[0], left.factors[1].operand
            parameter = argument.name if isinstance(argument, syntax.Symbol) and not argument.subscripts else None
            if parameter is None:
                raise FormulaError("the argument of a function is a letter", "Write u(w) = ….", formula.tex, argument.span)
        if not isinstance(left, syntax.Symbol) or left.primed or len(left.subscripts) > 1:
            raise FormulaError("the left side of a definition is a letter", "Write s_t = …, E = … or u(w) = ….", formula.tex, left.span)
        index = None
        if left.subscripts:
            variable = left.subscripts[0]
            if not isinstance(variable, syntax.Symbol) or variable.subscripts:
                raise FormulaError("the index of a definition is a letter", "Write s_t = …, not s_3 = …; give s_0 as a number.", formula.tex, variable.span)
            index = variable.name
        return cls(left.name, body, formula, index, parameter, abbreviation)

    @property
    def family(self) -> bool:
        """Whether this defines a quantity for every index."""
        return self.index is not None


def given(letters: Mapping[str, object]) -> dict[Key, Map]:
    """Numbers by key: `"W"` is W, `"s_0"` is s_0, and a mapping under `"x_t"` or `"x"` is the family x_t.

    Raises:
        ShapeError: a value is not numeric.
    """
    found: dict[Key, Map] = {}
    for name, value in letters.items():
        if isinstance(value, dict):
            found |= {(re.sub(r"_[a-z]\Z", "", name), int(index)): Map.of(entry) for index, entry in value.items()}
        elif match := re.fullmatch(r"(.+)_(\d+)", name):
            found[match[1], int(match[2])] = Map.of(value)
        else:
            found[name, None] = Map.of(value)
    return found


class World:
    """One draw of the numbers behind the letters, and everything that the definitions make of them.

    Args:
        letters: given numbers, see `given`.
        definitions: what the other letters stand for; a letter may be given or defined, not both.
        prime: the letter that a prime differentiates by, as in `s_2'`.
    """

    def __init__(self, letters: Mapping[str, object], definitions: Sequence[Definition] = (), prime: str | None = None) -> None:
        self.letters = dict(letters)
        self.prime = prime
        self.definitions = {(d.name, d.family): d for d in definitions}
        self._given = given(letters)
        self._families = {name for name, index in self._given if index is not None} | {d.name for d in definitions if d.family}
        self._values: dict[Key, Map] = {}
        self._depends: dict[Key, set[Key]] = {}
        self._open: list[Key] = []
        self._children: dict[tuple[Key, tuple[int, ...], bool], Perturbed] = {}
        self._derivatives: dict[object, Map] = {}

    def is_family(self, name: str) -> bool:
        """Whether `name` takes a time index."""
        return name in self._families

    def function(self, name: str) -> Definition | None:
        """The definition `u(w) = …`, if `name` is a function."""
        definition = self.definitions.get((name, False))
        return definition if definition and definition.parameter else None

    def knows(self, name: str) -> bool:
        """Whether `name` stands for something."""
        return (name, None) in self._given or self.is_family(name) or (name, False) in self.definitions

    def gives(self, key: Key) -> bool:
        """Whether `key` is a given number."""
        return key in self._given

    def names(self) -> list[str]:
        """Every letter that stands for something, sorted."""
        return sorted({name for name, _ in self._given} | {name for name, _ in self.definitions})

    def value(self, key: Key) -> Map:
        """The value of a quantity.

        Raises:
            FormulaError: the letter stands for nothing, or not at this index.
        """
        for outer in self._open:
            self._depends[outer].add(key)
        if key in self._given:
            return self._given[key]
        if key in self._open:
            raise FormulaError(f"{show(key)} is defined by itself")
        if key not in self._values:
            self._open.append(key)
            self._depends[key] = set()
            try:
                self._values[key] = self.defined_value(key)
            finally:
                self._open.pop()
        else:
            for outer in self._open:
                self._depends[outer] |= self._depends[key]
        return self._values[key]

    def defined_value(self, key: Key) -> Map:
        """What the definition of `key` gives, whether or not `key` is held at another value."""
        name, index = key
        definition = self.definitions.get((name, index is not None))
        if definition is None:
            raise self._unknown(key)
        if definition.parameter:
            raise FormulaError(f"{name} is a function", f"Write {name}({definition.parameter}).")
        local = {} if definition.index is None or index is None else {definition.index: Map.of(index)}
        inner = evaluate.Evaluate(self, local)
        try:
            if not all(inner.condition(condition) for condition in definition.formula.conditions):
                raise FormulaError(f"{show(key)} is outside the range that the definition of {name} states")
            return inner.visit(definition.body)
        except FormulaError as error:
            raise error.at(definition.formula.tex) from None

    def _unknown(self, key: Key) -> FormulaError:
        name, index = key
        if self.is_family(name):
            if index is None:
                return FormulaError(f"{name} has an index on this page", f"Write {name}_t, or {name}_1.")
            indices = sorted(i for n, i in self._given if n == name and i is not None)
            return FormulaError(f"{show(key)} has no value", f"{name} is given at {', '.join(map(str, indices))}." if indices else "")
        known = ", ".join(self.names()) or "nothing"
        return FormulaError(f"{show(key)} is not defined on this page", f"Define it by a formula, draw it, or load it under “recompute: use:”. Known: {known}.")

    def depends(self, key: Key, on: Key) -> bool:
        """Whether computing `key` reads `on`."""
        self.value(key)
        return key == on or on in self._depends.get(key, ())

    def perturbed(self, key: Key, entry: tuple[int, ...], *, held: bool) -> Perturbed:
        """This world with one entry of `key` moved by i·10⁻³⁰."""
        child = self._children.get((key, entry, held))
        if child is None:
            child = self._children[key, entry, held] = Perturbed(self, key, entry, held=held)
        return child

    def derivative(self, memo: object, target: Callable[[World], Map], key: Key, *, held: bool) -> Map:
        """The derivative of `target` with respect to `key`, an axis for every axis of `key` behind those of `target`.

        Args:
            memo: under this the result is kept; None keeps nothing.
            target: computes the quantity in a perturbed world.
            key: what is moved.
            held: whether nodes keep their value (the immediate derivative ∂).

        Raises:
            NotYetError: inside another derivative.
            FormulaError: a matrix with respect to anything but a number.
        """
        if memo is not None and memo in self._derivatives:
            return self._derivatives[memo]
        point = self.value(key)
        columns = [target(self.perturbed(key, entry, held=held)) for entry in np.ndindex(point.array.shape)]
        first = columns[0]
        if first.inp and not point.is_number:
            raise NotYetError(f"the derivative of {first} with respect to {point}", r"Take \operatorname{vec} of it, or one column of it.")
        flat = np.stack([np.imag(column.array) / STEP for column in columns], axis=-1)
        result = Map(flat.reshape(first.array.shape + point.array.shape), first.outs)
        if memo is not None:
            self._derivatives[memo] = result
        return result


class Perturbed(World):
    """A world in which one entry of one quantity has moved, and the others follow (or, if `held`, the nodes do not)."""

    def __init__(self, base: World, key: Key, entry: tuple[int, ...], *, held: bool) -> None:
        super().__init__({}, prime=base.prime)
        self.letters, self.definitions = base.letters, base.definitions
        self._given, self._families = base._given, base._families  # noqa: SLF001 - the same class
        self._base, self._key, self._held = base, key, held
        point = base.value(key)
        moved = np.array(point.array, dtype=complex)
        moved[entry] += 1j * STEP
        self._moved = Map(moved, point.outs)

    def value(self, key: Key) -> Map:
        """The value after the move."""
        if key == self._key:
            return self._moved
        definition = self.definitions.get((key[0], key[1] is not None))
        if definition is None or (self._held and not definition.abbreviation) or not self._base.depends(key, self._key):
            return self._base.value(key)
        if key not in self._values:
            self._values[key] = self.defined_value(key)
        return self._values[key]

    def derivative(self, memo: object, target: Callable[[World], Map], key: Key, *, held: bool) -> Map:
        """Refused: the imaginary part is in use."""
        raise NotYetError("a derivative inside a derivative", "Give the inner derivative a name and a formula of its own.")


def show(key: Key) -> str:
    """A key as it is written: s_2, W.

    >>> show(("s", 2))
    's_2'
    """
    name, index = key
    return name if index is None else f"{name}_{index}"
