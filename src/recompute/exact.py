"""Decide a formula of numbers exactly: evaluate the same parsed formula in SymPy, and simplify the difference to zero.

Given letters become symbols, definitions are put in, and derivatives and limits are SymPy's own, so that nothing is
shared with `evaluate` but the parsed formula. What contains a column, a matrix, a norm or an inequality is not for this
module, which then says so by returning None.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from math import comb, prod
from operator import mul
from typing import TYPE_CHECKING, Any

import sympy

from recompute import syntax
from recompute.evaluate import Evaluate
from recompute.tensor import Map
from recompute.verdict import assignments
from recompute.world import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from recompute.world import Definition, Key, World

FUNCTIONS: dict[str, Any] = {
    **{name: getattr(sympy, name) for name in ("tanh", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh")},
    "sigma": lambda z: 1 / (1 + sympy.exp(-z)),
}
MOST = 40  # relations that are decided for one formula; a formula with more index values stays with numbers


MOST_TERMS = 2_000  # of one difference, multiplied out
LONGEST = 100  # terms of a sum or product over an index
LARGEST_POWER = 4_000  # bits of a number raised to a power, or the exponent of a letter


class NotForSymbolsError(Exception):
    """The formula contains something that is not a number."""


def decide(formula: syntax.Formula, world: World, ranges: Mapping[str, Iterable[int]] | None = None) -> bool | None:
    """Whether every relation of the formula is an identity.

    Args:
        formula: what is claimed.
        world: says which letters are given and which are defined; of its numbers only whole ones are used, as bounds.
        ranges: values of the free indices that the formula does not state itself.

    Returns:
        True if the difference of the two sides simplifies to zero everywhere, None if that cannot be decided.
    """
    if any(relation.sign != "=" for relation in formula.relations):
        return None
    places = list(assignments(formula, world, ranges or {}))
    if not 0 < len(places) * len(formula.relations) <= MOST:
        return None
    try:
        return all(_vanishes(formula, world, indices) for indices in places) or None
    except NotForSymbolsError:
        return None


def _vanishes(formula: syntax.Formula, world: World, indices: Mapping[str, int]) -> bool:
    symbols = Symbols(world, {name: sympy.Integer(value) for name, value in indices.items()})
    return all(_zero(symbols.value(relation.left) - symbols.value(relation.right)) for relation in formula.relations)


def _zero(difference: Any) -> bool:  # noqa: ANN401 - SymPy has no types
    """Whether an expression is zero as a rational expression in its letters and functions of them.

    That decides every formula of numbers in the book. SymPy's `simplify` would decide a few more, and is not used: on
    an expression that is not zero it may try for minutes.
    """
    if _terms(difference) > MOST_TERMS:
        raise NotForSymbolsError("too many terms")
    expanded = sympy.expand(difference)
    return bool(expanded == 0 or sympy.expand(sympy.numer(sympy.together(expanded))) == 0)


def _terms(expression: Any) -> int:  # noqa: ANN401
    """How many terms an expression has at most when it is multiplied out."""
    inner = [_terms(part) for part in expression.args]
    if expression.is_Add:
        return sum(inner)
    if expression.is_Pow and expression.exp.is_Integer:
        return comb(abs(int(expression.exp)) + inner[0] - 1, inner[0] - 1)
    return prod(inner)


def _power(base: Any, exponent: Any) -> Any:  # noqa: ANN401
    """A power, unless it is so large that letters would not end."""
    size = max(base.p.bit_length(), base.q.bit_length()) if base.is_Rational else 1
    if exponent.is_Rational and abs(exponent) * size > LARGEST_POWER:
        raise NotForSymbolsError("a power that is too large")
    return base**exponent


@dataclass(frozen=True)
class Symbols:
    """Evaluates expressions in SymPy.

    Attributes:
        world: where the definitions are.
        local: values of indices, parameters and the variable of a limit.
        moved: quantities that stand for themselves, because something is differentiated by them.
        held: whether nodes stand for themselves as well (for the immediate derivative).
        own: the node whose definition is put in although nodes are held.
        stood: the quantities that have stood for themselves, to be put back in afterwards.
    """

    world: World
    local: Mapping[str, Any] = field(default_factory=dict)
    moved: frozenset[Key] = frozenset()
    held: bool = False
    own: Key | None = None
    stood: dict[Any, Key] = field(default_factory=dict)

    def value(self, node: syntax.Node) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 - one case per node of the syntax
        """The value of an expression.

        Raises:
            NotForSymbolsError: it is not a number.
        """
        match node:
            case syntax.Number():
                return sympy.Rational(node.text)
            case syntax.Symbol():
                return self.symbol(node)
            case syntax.Sum():
                return sum(sign * self.value(term) for sign, term in zip(node.signs, node.terms, strict=True))
            case syntax.Product():
                return self.product(list(node.factors))
            case syntax.Group() | syntax.Remark():
                return self.value(node.operand)
            case syntax.Power():
                return _power(self.value(node.base), self.value(node.exponent))
            case syntax.Fraction():
                return self.value(node.numerator) / self.value(node.denominator)
            case syntax.Apply() if node.function in FUNCTIONS:
                return self.function(node.function, self.value(node.argument), primed=node.primed)
            case syntax.Pair(function="binom"):
                return self.binomial(node)
            case syntax.Big():
                return self.big(node)
            case syntax.Limit():
                variable = sympy.Symbol(f"limit {node.variable}", real=True)
                body = replace(self, local={**self.local, node.variable: variable}).value(node.body)
                return sympy.limit(body, variable, self.value(node.target))
            case syntax.Derivative():
                return self.derivative(node)
            case syntax.Primed():
                return self.primed(lambda inside: inside.value(node.operand))
        raise NotForSymbolsError(type(node).__name__)

    def numbers(self) -> Evaluate:
        """The same place in the world of numbers, for indices and bounds."""
        whole = {name: Map.of(int(value)) for name, value in self.local.items() if isinstance(value, sympy.Integer)}
        return Evaluate(self.world, whole)

    def symbol(self, node: syntax.Symbol) -> Any:  # noqa: ANN401
        """A letter: local, given, or defined."""
        if not node.subscripts and not node.primed and node.name in self.local:
            return self.local[node.name]
        if not self.world.knows(node.name) and node.name == "e":
            return sympy.E
        key, component = self.numbers().locate(node)
        if component:
            raise NotForSymbolsError("a component")
        return self.primed(lambda inside: inside.quantity(key)) if node.primed else self.quantity(key)

    def quantity(self, key: Key) -> Any:  # noqa: ANN401
        """A given letter as a symbol, or what a definition puts in its place."""
        if key in self.moved:
            return self.standing_for(key)
        if self.world.gives(key):
            value = self.world.value(key)
            if not value.is_number:
                raise NotForSymbolsError(str(value))
            return self.standing_for(key)
        definition = self.world.definitions.get((key[0], key[1] is not None))
        if definition is None or definition.parameter:
            raise NotForSymbolsError(key[0])
        if self.held and not definition.abbreviation and key != self.own:
            return self.standing_for(key)
        return self.defined(key, definition)

    def standing_for(self, key: Key) -> Any:  # noqa: ANN401
        """The symbol of a quantity."""
        symbol = sympy.Symbol(show(key), real=True)
        self.stood[symbol] = key
        return symbol

    def defined(self, key: Key, definition: Definition) -> Any:  # noqa: ANN401
        """The right side of a definition."""
        local = {} if definition.index is None else {definition.index: sympy.Integer(key[1] or 0)}
        own = None if key == self.own else self.own
        return replace(self, local=local, own=own).value(definition.body)

    def product(self, factors: list[syntax.Node]) -> Any:  # noqa: ANN401
        """Factors, and calls such as u(w)."""
        found = []
        while factors:
            factor = factors.pop(0)
            if isinstance(factor, syntax.Symbol) and self.numbers().function(factor) and factors:
                found.append(self.call(factor, factors.pop(0)))
            else:
                found.append(self.value(factor))
        return reduce(mul, found)

    def call(self, name: syntax.Symbol, argument: syntax.Node) -> Any:  # noqa: ANN401
        r"""A call: u(w), u'(w), u(w)^2, \sigma(a)."""
        if isinstance(argument, syntax.Power):
            return _power(self.call(name, argument.base), self.value(argument.exponent))
        point = self.value(argument)
        definition = self.world.function(name.name)
        if definition is None or definition.parameter is None:
            if name.subscripts or name.name not in FUNCTIONS:
                raise NotForSymbolsError(name.name)
            return self.function(name.name, point, primed=name.primed)
        variable = sympy.Symbol(f"argument {definition.parameter}", real=True)
        body = replace(self, local={definition.parameter: variable}).value(definition.body)
        return (sympy.diff(body, variable) if name.primed else body).subs(variable, point)

    def function(self, name: str, point: Any, *, primed: bool) -> Any:  # noqa: ANN401
        """A function of the language, or its slope."""
        if not primed:
            return FUNCTIONS[name](point)
        variable = sympy.Symbol("argument", real=True)
        return sympy.diff(FUNCTIONS[name](variable), variable).subs(variable, point)

    def binomial(self, node: syntax.Pair) -> Any:  # noqa: ANN401
        """A binomial coefficient, of numbers that are known."""
        above, below = self.value(node.first), self.value(node.second)
        if not (above.is_Integer and below.is_Integer):
            raise NotForSymbolsError("a binomial coefficient of letters")
        return sympy.binomial(above, below)

    def big(self, node: syntax.Big) -> Any:  # noqa: ANN401
        """A sum or product, written out."""
        name, indices = self.numbers().indices(node)
        if len(indices) > LONGEST:
            raise NotForSymbolsError("a sum or product of many terms")
        bodies = [replace(self, local={**self.local, name: sympy.Integer(i)}).value(node.body) for i in indices]
        total = sum(bodies) if node.operator == "\\sum" else reduce(mul, bodies, sympy.Integer(1))
        return total if node.factor is None else self.value(node.factor) * total

    def derivative(self, node: syntax.Derivative) -> Any:  # noqa: ANN401
        """Either derivative: what is differentiated by stands for itself, and for ∂ every node does."""
        key, component = self.numbers().locate(node.variable)
        if component or node.vec:
            raise NotForSymbolsError("a derivative by a component")
        own = (
            self.numbers().locate(node.operand)[0]
            if not node.total and isinstance(node.operand, syntax.Symbol)
            else None
        )
        return self.by(key, lambda inside: inside.value(node.operand), held=not node.total, own=own)

    def primed(self, target: Callable[[Symbols], Any]) -> Any:  # noqa: ANN401
        """The total derivative by the letter that a prime stands for."""
        if self.world.prime is None:
            raise NotForSymbolsError("a prime")
        return self.by((self.world.prime, None), target, held=False, own=None)

    def by(self, key: Key, target: Callable[[Symbols], Any], *, held: bool, own: Key | None) -> Any:  # noqa: ANN401
        """Differentiate, then put the quantities back in."""
        if self.moved:
            raise NotForSymbolsError("a derivative inside a derivative")
        inside = replace(self, moved=frozenset({key}), held=held, own=own, stood={})
        slope = sympy.diff(target(inside), inside.standing_for(key))
        plain = Symbols(self.world, self.local)
        return slope.xreplace({symbol: plain.quantity(stood) for symbol, stood in inside.stood.items()})
