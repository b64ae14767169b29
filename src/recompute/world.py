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
from recompute.errors import AmbiguousError, FormulaError, NotYetError
from recompute.tensor import Map

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recompute.evaluate import Watch

Key = tuple[str, int | None]
Reads = frozenset[Key]

STEP = 1e-30  # f(x + ih).imag / h subtracts nothing, so h may be this small
STEEP = 1e15  # a larger slope means that the function is not analytic at this point, such as the root of -1
DEEP = 10  # quantities that wait for one another on Python's stack; what lies deeper is computed first
ACCENTS = frozenset({"hat", "tilde", "bar", "mathbf", "mathcal"})  # y_hat is a y with a hat, and W_f a W of its own
ENDLESS = 200  # times DEEP steps back, and the recursion is taken to have no beginning


@dataclass(frozen=True)
class Definition:
    """A formula that says what a letter stands for.

    `s_t = …` defines a family with the index variable `t`, `E = …` a single quantity, `u(w) = …` a function.
    """

    name: str
    body: syntax.Node
    formula: syntax.Formula
    index: str | None
    parameter: str | None
    abbreviation: bool

    @classmethod
    def of(cls, formula: syntax.Formula, *, abbreviation: bool = False) -> Definition:
        """Read a definition.

        Raises:
            FormulaError: the formula is not of the form `letter = expression`.
        """
        try:
            left, body = _sides(formula)
            left, parameter = _parameter(left)
            left = _labelled(left, formula.conditions)
            return cls(_name(left), body, formula, _index(left), parameter, abbreviation)
        except FormulaError as error:
            raise error.at(formula.tex) from None

    @property
    def family(self) -> bool:
        """Whether this defines a quantity for every index."""
        return self.index is not None


def _sides(formula: syntax.Formula) -> tuple[syntax.Node, syntax.Node]:
    match formula.relations:
        case (syntax.Relation(sign="=") as only,):
            return only.left, only.right
    advice = "Define each letter by a formula of its own."
    raise FormulaError("a definition has one letter, one =, and one expression", advice)


def _parameter(left: syntax.Node) -> tuple[syntax.Node, str | None]:
    """Of `u(w)` the letters u and w."""
    match left:
        case syntax.Product(factors=(function, syntax.Group(operand=argument))):
            if isinstance(argument, syntax.Symbol) and not argument.subscripts and not argument.primed:
                return function, argument.name
            raise FormulaError("the argument of a function is a letter", "Write u(w) = ….", span=argument.span)
    return left, None


def _labelled(left: syntax.Node, conditions: Sequence[syntax.Condition]) -> syntax.Node:
    r"""Of `a_{f,t}`, where t has a range and f has none, the letter a_f with the index t."""
    match left:
        case syntax.Symbol(subscripts=(syntax.Symbol(name=name), syntax.Symbol(name=index))):
            ranges = [any(syntax.mentions(condition, letter) for condition in conditions) for letter in (name, index)]
            return syntax.named(left, {str(syntax.label_of(left))}) if ranges == [False, True] else left
    return left


def _name(left: syntax.Node) -> str:
    if not isinstance(left, syntax.Symbol) or left.primed or len(left.subscripts) > 1:
        advice = "Write s_t = …, E = … or u(w) = …."
        raise FormulaError("the left side of a definition is a letter", advice, span=left.span)
    return left.name


def _index(left: syntax.Node) -> str | None:
    if not isinstance(left, syntax.Symbol) or not left.subscripts:
        return None
    (variable,) = left.subscripts
    if not isinstance(variable, syntax.Symbol) or variable.subscripts:
        advice = "Write s_t = …, not s_3 = …; give s_0 as a number."
        raise FormulaError("the index of a definition is a letter", advice, span=variable.span)
    return variable.name


def given(letters: Mapping[str, object]) -> dict[Key, Map]:
    """Numbers by key: `"W"` is W, `"s_0"` is s_0, and a mapping under `"x_t"` or `"x"` is the family x_t.

    Raises:
        ShapeError: a value is not numeric.
    """
    found: dict[Key, Map] = {}
    for name, value in letters.items():
        if isinstance(value, dict):
            found |= {(re.sub(r"_[a-z]\Z", "", name), int(index)): Map.of(entry) for index, entry in value.items()}
        elif match := re.fullmatch(r"(.+)_(-?\d+)", name):
            found[match[1], int(match[2])] = Map.of(value)
        else:
            found[name, None] = Map.of(value)
    return found


class _TooDeepError(Exception):
    """`key` of `world` lies too deep below the quantity that is being computed."""

    def __init__(self, world: World, key: Key) -> None:
        super().__init__(world, key)
        self.world, self.key = world, key


class World:
    """One draw of the numbers behind the letters, and everything that the definitions make of them.

    Args:
        letters: given numbers, see `given`. Under `"W_f"` stands the letter W_f, whose f is a name and no index.
        definitions: what the other letters stand for; a quantity may be given or defined, not both.
        prime: the letter that a prime differentiates by, as in `s_2'`.

    Raises:
        FormulaError: a letter is given and defined.
    """

    def __init__(
        self, letters: Mapping[str, object], definitions: Sequence[Definition] = (), prime: str | None = None
    ) -> None:
        self.letters, self.prime = letters, prime
        self.definitions = {(d.name, d.family): d for d in definitions}
        self._given = given(letters)
        self._families = {name for name, index in self._given if index is not None}
        self._families |= {definition.name for definition in definitions if definition.family}
        self._values: dict[Key, Map] = {}
        self._reads: dict[Key, Reads] = {}
        self._derivatives: dict[object, tuple[Map, Reads]] = {}
        self._children: dict[tuple[Key, tuple[int, ...], bool], Perturbed] = {}
        self._within: set[Key] = set()  # keys that lie in the range that their definition states
        self._open: list[Key] = []
        self._readers: list[set[Key]] = []
        self._doubtful = {key for key in self._given if key[1] is not None and (key[0], True) in self.definitions}
        self.labelled = frozenset(name for name in self.names() if "_" in name)
        self._refuse_two_meanings()

    def _refuse_two_meanings(self) -> None:
        for (name, family), definition in self.definitions.items():
            if not family and (name, None) in self._given:
                problem = f"{name} is given as a number and defined by a formula"
                raise FormulaError(problem, "Draw it, or define it.", definition.formula.tex)
            if definition.index is not None and self.knows(definition.index):
                problem = f"{definition.index} is an index here and stands for a quantity elsewhere"
                raise AmbiguousError(problem, "Use another letter for the index.", definition.formula.tex)
        for name in sorted(self.labelled):
            letter, below = name.rsplit("_", 1)
            if below not in ACCENTS and self.knows(letter):
                problem = f"{name} is a name here, and {letter} is a letter that may have an index"
                raise AmbiguousError(problem, f"Use another letter for {letter}.")

    def _refuse_second_value(self, key: Key) -> None:
        definition = self.definitions[key[0], True]
        self._doubtful.remove(key)
        conditions = definition.formula.conditions
        if conditions and self._inside(definition, key).satisfies(conditions):
            problem = f"{show(key)} is given as a number and defined by a formula"
            raise FormulaError(problem, "Draw it, or define it.", definition.formula.tex)

    def _inside(self, definition: Definition, key: Key, watch: Watch | None = None) -> evaluate.Evaluate:
        local = {} if definition.index is None else {definition.index: Map.of(key[1])}
        return evaluate.Evaluate(self, local, watch)

    # letters

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

    def is_whole(self, key: Key) -> bool:
        """Whether `key` is a given count, such as T or n: drawn as an integer, not as a float that is whole."""
        return key[1] is None and isinstance(self.letters.get(key[0]), int | np.integer)

    def names(self) -> list[str]:
        """Every letter that stands for something, sorted."""
        return sorted({name for name, _ in self._given} | {name for name, _ in self.definitions})

    def of_numbers(self) -> bool:
        """Whether every given letter is a single number."""
        return all(value.is_number for value in self._given.values())

    # values

    def value(self, key: Key) -> Map:
        """The value of a quantity.

        Raises:
            FormulaError: the letter stands for nothing, or not at this index.
        """
        if key in self._doubtful:
            self._refuse_second_value(key)
        if key not in self._given and key not in self._values:
            self._settle(key)
        self._note(self.reads(key))
        return self._given[key] if key in self._given else self._values[key]

    def reads(self, key: Key) -> Reads:
        """The quantity itself and all that were read when it was computed."""
        return self._reads.get(key, frozenset()) | {key}

    def depends(self, key: Key, on: Key) -> bool:
        """Whether computing `key` reads `on`."""
        self.value(key)
        return on in self.reads(key)

    def traced(self, compute: Callable[[], Map]) -> tuple[Map, Reads]:
        """What `compute` gives, and all quantities that it reads, directly or not."""
        self._readers.append(set())
        try:
            value = compute()
        finally:
            reads = frozenset(self._readers.pop())
        self._note(reads)
        return value, reads

    @property
    def traces(self) -> bool:
        """Whether what is read is being traced, so that nothing may be left unread."""
        return bool(self._readers)

    def _note(self, reads: Reads) -> None:
        if self._readers:
            self._readers[-1] |= reads

    def _settle(self, key: Key) -> None:
        """Compute a defined quantity; what lies too deep below it first, so that Python's stack is long enough."""
        if key in self._open:
            raise FormulaError(f"{show(key)} is defined by itself")
        if len(self._open) >= DEEP:
            raise _TooDeepError(self, key)
        waiting = [key]
        while waiting:
            try:
                self._compute(waiting[-1])
                waiting.pop()
            except _TooDeepError as below:
                if self._open or below.world is not self:
                    raise
                if below.key in waiting or len(waiting) >= ENDLESS:
                    problem = f"{show(key)} is computed from {show(below.key)}, and so on without a beginning"
                    raise FormulaError(problem, "Give a first value, such as s_0.") from None
                waiting.append(below.key)

    def _compute(self, key: Key) -> None:
        self._open.append(key)
        try:
            self._values[key], self._reads[key] = self.traced(lambda: self.defined_value(key))
        finally:
            self._open.pop()

    def defined_value(self, key: Key, watch: Watch | None = None) -> Map:
        """What the definition of `key` gives, whether or not `key` is held at another value.

        Args:
            key: the quantity.
            watch: notes the summands of the definition.

        Raises:
            FormulaError: there is no definition, or it gives no value at this index.
        """
        name, index = key
        definition = self.definitions.get((name, index is not None))
        if definition is None:
            raise self._unknown(key)
        if definition.parameter:
            raise FormulaError(f"{name} is a function", f"Write {name}({definition.parameter}).")
        inside = self._inside(definition, key, watch)
        try:
            if key not in self._within and not inside.satisfies(definition.formula.conditions):
                raise FormulaError(f"{show(key)} is outside the range that its definition states")  # noqa: TRY301
            self._within.add(key)
            return inside.visit(definition.body)
        except FormulaError as error:
            raise error.at(definition.formula.tex) from None

    def _unknown(self, key: Key) -> FormulaError:
        name, index = key
        if not self.is_family(name):
            known = ", ".join(self.names()) or "nothing"
            advice = f"Define it by a formula, draw it, or load it under “recompute: use:”. Known: {known}."
            return FormulaError(f"{show(key)} is not defined on this page", advice)
        if index is None:
            return FormulaError(f"{name} has an index on this page", f"Write {name}_t, or {name}_1.")
        indices = ", ".join(str(i) for n, i in sorted(self._given, key=str) if n == name and i is not None)
        return FormulaError(f"{show(key)} has no value", f"{name} is given at {indices}." if indices else "")

    # derivatives

    def perturbed(self, key: Key, entry: tuple[int, ...], *, held: bool) -> Perturbed:
        """This world with one entry of `key` moved by i·10⁻³⁰."""
        child = self._children.get((key, entry, held))
        if child is None:
            child = self._children[key, entry, held] = Perturbed(self, key, entry, held=held)
        return child

    def derivative(self, memo: object, target: Callable[[World], Map], key: Key, *, held: bool) -> Map:
        """The derivative of `target` with respect to `key`, an axis for every axis of `key` behind those of `target`.

        Args:
            memo: the result is kept under this; it must say all that `target` depends on.
            target: computes the quantity in a perturbed world.
            key: what is moved.
            held: whether nodes keep their value (the immediate derivative ∂).

        Raises:
            NotYetError: inside another derivative, or of a matrix with respect to anything but a number.
            FormulaError: the quantity has no derivative here.
        """
        if memo not in self._derivatives:
            self._derivatives[memo] = self.traced(lambda: self._differentiated(target, key, held=held))
        result, reads = self._derivatives[memo]
        self._note(reads)
        return result

    def _differentiated(self, target: Callable[[World], Map], key: Key, *, held: bool) -> Map:
        point = self.value(key)
        columns = [target(self.perturbed(key, entry, held=held)) for entry in np.ndindex(point.array.shape)]
        first = columns[0]
        if first.inp and not point.is_number:
            advice = r"Take \operatorname{vec} of it, or one column of it."
            raise NotYetError(f"the derivative of {first} with respect to {point}", advice)
        flat = np.stack([slope(column).array for column in columns], axis=-1)
        return Map(flat.reshape(first.array.shape + point.array.shape), first.outs)


class Perturbed(World):
    """A world in which one entry of one quantity has moved, and the others follow (or, if `held`, the nodes do not)."""

    def __init__(self, base: World, key: Key, entry: tuple[int, ...], *, held: bool) -> None:
        super().__init__({}, prime=base.prime)
        self.letters, self.definitions = base.letters, base.definitions
        self._given, self._families = base._given, base._families  # noqa: SLF001 - the same class
        self.labelled = base.labelled
        self._within = base._within  # noqa: SLF001 - the same class
        self._base, self._key, self._held = base, key, held
        point = base.value(key)
        moved = np.array(point.array, dtype=complex)
        moved[entry] += 1j * STEP
        self._moved = Map(moved, point.outs)

    @property
    def traces(self) -> bool:
        """Always: the world that was moved traces what is read here."""
        return True

    def value(self, key: Key) -> Map:
        """The value after the move."""
        if key == self._key:
            self._note(frozenset({key}))
            return self._moved
        definition = self.definitions.get((key[0], key[1] is not None))
        if definition is None or (self._held and not definition.abbreviation) or not self._base.depends(key, self._key):
            found = self._base.value(key)
        else:
            if key not in self._values:
                self._settle(key)
            found = self._values[key]
        self._note(self._base.reads(key))
        return found

    def derivative(self, *_: object, **__: object) -> Map:
        """Refused, since the imaginary part is in use."""
        raise NotYetError("a derivative inside a derivative", "Give the inner one a name and a formula of its own.")


def slope(moved: Map) -> Map:
    """The derivative that a value carries in its imaginary part.

    Raises:
        FormulaError: there is none, because the function is not analytic at this point or overflows.
    """
    found = np.imag(moved.array) / STEP
    if not (np.abs(found) < STEEP).all():
        raise FormulaError(
            "there is no derivative at this point", "Look for an overflow, or a root of a negative number."
        )
    return Map(found, moved.outs)


def show(key: Key) -> str:
    """A key as it is written: s_2, W.

    >>> show(("s", 2))
    's_2'
    """
    name, index = key
    return name if index is None else f"{name}_{index}"
