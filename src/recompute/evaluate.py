"""The value of an expression in a world: one method per node of `syntax`, each a line or a few."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recompute import syntax, world
from recompute.errors import AmbiguousError, FormulaError, NotYetError, ShapeError, Span
from recompute.tensor import FUNCTIONS, Map, norm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CIRCLE = 0.1 * np.exp(2j * np.pi * np.arange(16) / 16)  # where a limit is computed from
POLE = 1e-9  # a Laurent coefficient larger than this, relative to the values on the circle, is a pole
MOST = 10_000  # terms of one sum or product

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b, "<": lambda a, b: a < b, ">": lambda a, b: a > b,
    "\\le": lambda a, b: a <= b, "\\ge": lambda a, b: a >= b, "\\ne": lambda a, b: a != b,
}  # fmt: skip


Bound = tuple[tuple[str, int], ...]  # the indices that sums run over, with their values
Place = tuple[Span, Bound]  # a summand: where it stands in the formula, and for which of those values


class Evaluate:
    """Evaluates expressions for given values of the local letters: indices, parameters, the variable of a limit.

    Args:
        where: the world that the other letters belong to.
        local: values of the local letters.
        summands: if given, the size of every summand relative to its largest neighbour is noted here, under its place
            and the values of the bound indices; a summand that is never more than 0 proves nothing.
        bound: the values of the indices that sums and products around this expression run over.
    """

    def __init__(
        self,
        where: world.World,
        local: Mapping[str, Map] | None = None,
        summands: dict[Place, float] | None = None,
        bound: Bound = (),
    ) -> None:
        self.world, self.local, self.summands, self.bound = where, dict(local or {}), summands, bound

    def visit(self, node: syntax.Node) -> Map:
        """The value of `node`.

        Raises:
            FormulaError: it has none; the innermost place is marked.
        """
        method: Callable[[syntax.Node], Map] = getattr(self, type(node).__name__.lower())
        try:
            return method(node)
        except FormulaError as error:
            raise error.at(span=node.span) from None

    # indices and conditions

    def integer(self, node: syntax.Node) -> int:
        """The whole number that an index or a bound comes to."""
        quiet = Evaluate(self.world, self.local)
        try:
            value = quiet.visit(node).array
        except FormulaError as error:
            if isinstance(node, syntax.Symbol) and not node.subscripts and not self.world.knows(node.name):
                advice = r"If it is an index, state its range in the formula, as in \qquad 1 \le t \le T; if not, give it a number."
                raise FormulaError(f"{node.name} has no value", advice, span=node.span) from None
            raise error.at(span=node.span) from None
        if value.ndim or not np.isreal(value) or value.real != round(value.real.item()):
            raise FormulaError(f"an index must be a whole number, and this is {value}", span=node.span)
        return round(value.real.item())

    def condition(self, node: syntax.Condition) -> bool:
        """Whether `1 <= t <= T` is true here."""
        values = [self.integer(part) for part in node.parts]
        return all(COMPARE[sign](a, b) for sign, (a, b) in zip(node.signs, pairwise(values), strict=True))

    # letters

    def number(self, node: syntax.Number) -> Map:
        return Map.of(float(node.text))

    def symbol(self, node: syntax.Symbol) -> Map:
        if not node.subscripts and not node.primed and node.name in self.local:
            return self.local[node.name]
        if not self.world.knows(node.name):
            if node.name == "e" and not node.subscripts:
                return Map.of(np.e)
            return self.world.value((node.name, None))
        key, component = self.locate(node)
        if node.primed:
            return self.by_prime(lambda moved: moved.value(key))
        value = self.world.value(key)
        return self.component(value, component) if component else value

    def locate(self, node: syntax.Symbol) -> tuple[world.Key, list[int]]:
        """The quantity that a letter names, and the components of it, counted from 1, that its further subscripts name."""
        at = [self.integer(part) for part in node.subscripts]
        return ((node.name, at.pop(0)) if at and self.world.is_family(node.name) else (node.name, None)), at

    def component(self, value: Map, at: list[int]) -> Map:
        if len(at) != value.array.ndim:
            raise ShapeError(f"{value} has {value.array.ndim} axes, and {len(at)} components are asked for")
        if not all(1 <= i <= size for i, size in zip(at, value.array.shape, strict=True)):
            raise ShapeError(f"component {', '.join(map(str, at))} of {value}", "Components are counted from 1.")
        return Map(np.asarray(value.array[tuple(i - 1 for i in at)]), 0)

    def primed(self, node: syntax.Primed) -> Map:
        return self.by_prime(lambda moved: Evaluate(moved, self.local).visit(node.operand))

    def by_prime(self, target: Callable[[world.World], Map]) -> Map:
        """The total derivative by the letter that a prime stands for."""
        if self.world.prime is None:
            advice = r"Write “recompute: prime: w” at the head of the page, or \frac{\mathrm d …}{\mathrm d w}."
            raise AmbiguousError("a prime, and the page does not say what it differentiates by", advice)
        if any(np.iscomplexobj(value.array) for value in self.local.values()):
            raise NotYetError("a derivative inside a limit", "Give the derivative a name and a formula of its own.")
        return self.world.derivative(None, target, (self.world.prime, None), held=False)

    # arithmetic

    def sum(self, node: syntax.Sum) -> Map:
        values = [self.visit(term) for term in node.terms]
        self.note([(term.span, self.bound) for term in node.terms], values)
        total = values[0] if node.signs[0] > 0 else Map.of(-1.0) @ values[0]
        for value, sign in zip(values[1:], node.signs[1:], strict=True):
            total = total.plus(value, sign)
        return total

    def note(self, places: list[Place], values: list[Map]) -> None:
        """Keep how large each summand is, relative to the largest of its sum."""
        if self.summands is None or len(values) < 2:  # noqa: PLR2004 - one term is the whole side
            return
        sizes = [float(np.abs(value.array).max(initial=0.0)) for value in values]
        for place, size in zip(places, sizes, strict=True):
            self.summands[place] = max(self.summands.get(place, 0.0), size / (max(sizes) or 1.0))

    def product(self, node: syntax.Product) -> Map:
        values: list[Map] = []
        factors = list(node.factors)
        while factors:
            factor = factors.pop(0)
            function = self.function(factor)
            if function and isinstance(factor, syntax.Symbol):
                if not factors:
                    raise FormulaError(f"{factor.name} is a function, and its argument is missing", span=factor.span)
                values.append(self.call(function, factors.pop(0), factor))
            else:
                values.append(self.visit(factor))
        return reduce(Map.__matmul__, values)

    def function(self, node: syntax.Node) -> Callable[[Map], Map] | None:
        """What to call, if `node` is the name of a function: defined on the page, or a letter like \\sigma that is free."""
        if not isinstance(node, syntax.Symbol) or node.subscripts or node.name in self.local:
            return None
        definition = self.world.function(node.name)
        if definition is not None:
            return lambda argument: self.slope(definition, argument) if node.primed else self.at(definition, argument)
        return FUNCTIONS.get(node.name) if len(node.name) > 1 and not node.primed and not self.world.knows(node.name) else None

    def call(self, function: Callable[[Map], Map], node: syntax.Node, name: syntax.Symbol) -> Map:
        """u(w), and also u(w)^2 and u(w)^\\top, where the power stands behind the brackets."""
        match node:
            case syntax.Group():
                return function(self.visit(node.operand))
            case syntax.Power(base=syntax.Group() as group):
                return function(self.visit(group.operand)).power(self.visit(node.exponent))
            case syntax.Transpose(operand=syntax.Group() as group):
                return function(self.visit(group.operand)).transpose()
        raise FormulaError(f"{name.name} is a function, and its argument must stand in brackets", span=node.span)

    def at(self, definition: world.Definition, argument: Map) -> Map:
        if definition.parameter is None:
            raise FormulaError(f"{definition.name} is not a function")
        try:
            return Evaluate(self.world, {definition.parameter: argument}).visit(definition.body)
        except FormulaError as error:
            raise error.at(definition.formula.tex) from None

    def slope(self, definition: world.Definition, argument: Map) -> Map:
        """u'(w), by a complex step of the argument."""
        if not argument.is_number or np.iscomplexobj(argument.array) or isinstance(self.world, world.Perturbed):
            raise NotYetError(f"{definition.name}' inside a limit or a derivative", "Give it a name and a formula of its own.")
        moved = self.at(definition, Map(argument.array + 1j * world.STEP, 0))
        return Map(np.imag(moved.array) / world.STEP, moved.outs)

    def hadamard(self, node: syntax.Hadamard) -> Map:
        return reduce(Map.hadamard, (self.visit(factor) for factor in node.factors))

    def kron(self, node: syntax.Kron) -> Map:
        return self.visit(node.left).kron(self.visit(node.right))

    def power(self, node: syntax.Power) -> Map:
        return self.visit(node.base).power(self.visit(node.exponent))

    def transpose(self, node: syntax.Transpose) -> Map:
        return self.visit(node.operand).transpose()

    def group(self, node: syntax.Group) -> Map:
        return self.visit(node.operand)

    def remark(self, node: syntax.Remark) -> Map:
        return self.visit(node.operand)

    def norm(self, node: syntax.Norm) -> Map:
        return norm(self.visit(node.operand))

    def fraction(self, node: syntax.Fraction) -> Map:
        return self.visit(node.numerator).divide(self.visit(node.denominator))

    def apply(self, node: syntax.Apply) -> Map:
        if node.function not in FUNCTIONS:
            raise FormulaError(f"the function {node.function} is unknown", f"Known: {', '.join(sorted(FUNCTIONS))}.")
        return FUNCTIONS[node.function](self.visit(node.argument))

    def space(self, node: syntax.Space) -> Map:
        raise FormulaError(r"\mathbb R^{…} is not a value", r"It stands on the right of \in alone.", span=node.span)

    # sums, products, limits, derivatives

    def big(self, node: syntax.Big) -> Map:
        name, indices = self.indices(node)
        values = [Evaluate(self.world, self.local | {name: Map.of(i)}, self.summands, (*self.bound, (name, i))).visit(node.body) for i in indices]
        if node.operator == "\\sum":
            self.note([(node.body.span, (*self.bound, (name, i))) for i in indices], values)
            total = reduce(Map.plus, values) if values else Map.of(0.0)
        else:
            total = reduce(Map.__matmul__, values, Map.of(1.0))
        return total if node.factor is None else self.visit(node.factor) @ total

    def indices(self, node: syntax.Big) -> tuple[str, list[int]]:
        """The index of a sum or product and its values, in the order in which the formula names them."""
        first, second = node.bounds[0], node.bounds[1]
        if node.upper is not None:
            assert isinstance(first, syntax.Symbol)  # noqa: S101 - the parser has checked it
            name, low, high, step = first.name, self.integer(second), self.integer(node.upper), 1
        else:
            assert isinstance(second, syntax.Symbol)  # noqa: S101
            ends, signs = (self.integer(node.bounds[0]), self.integer(node.bounds[2])), node.relations
            ascending = {sign in {"<", "\\le"} for sign in signs}
            if ascending not in ({True}, {False}) or set(signs) - {"<", "\\le", ">", "\\ge"}:
                raise FormulaError("the bounds of the index point in two directions", r"Write T \ge j > k or k < j \le T.")
            step = 1 if ascending == {True} else -1
            name, low, high = second.name, ends[0] + step * (signs[0] in "<>"), ends[1] - step * (signs[1] in "<>")
        if (high - low) * step < -1:
            advice = rf"A product that runs down is written {node.operator}_{{T \ge {name} > k}}." if node.upper is not None else "Exchange the bounds."
            raise FormulaError(f"the index would run from {low} to {high}", advice)
        if abs(high - low) >= MOST:
            raise FormulaError(f"{abs(high - low) + 1:,} terms", f"At most {MOST:,} are computed.")
        return name, list(range(low, high + step, step))

    def limit(self, node: syntax.Limit) -> Map:
        """The mean over a circle around the point: exact for a body that is analytic there, save at the point itself."""
        if isinstance(self.world, world.Perturbed) or any(np.iscomplexobj(value.array) for value in self.local.values()):
            raise NotYetError("a limit inside a limit or a derivative", "Give the inner one a formula of its own.")
        target = self.visit(node.target)
        values = [Evaluate(self.world, self.local | {node.variable: Map(target.array + z, 0)}).visit(node.body) for z in CIRCLE]
        samples = np.stack([value.array for value in values])
        laurent = np.fft.fft(samples, axis=0) / len(CIRCLE)
        size = np.abs(samples).max(initial=0.0) or 1.0
        if not np.isfinite(size) or np.abs(laurent[-4:]).max() > POLE * size:
            raise FormulaError("this limit does not exist, or the expression is not analytic around it")
        return Map(laurent[0].real.copy(), values[0].outs)

    def derivative(self, node: syntax.Derivative) -> Map:
        if any(np.iscomplexobj(value.array) for value in self.local.values()):
            raise NotYetError("a derivative inside a limit", "Give the derivative a name and a formula of its own.")
        if node.variable.primed:
            raise FormulaError("a derivative with respect to something primed", span=node.variable.span)
        key, component = self.locate(node.variable)
        if component:
            raise NotYetError("a derivative with respect to a component", "Take the derivative with respect to the whole.", span=node.variable.span)
        operand = node.operand
        target: Callable[[world.World], Map]
        if not node.total and isinstance(operand, syntax.Symbol):
            own, rest = self.locate(operand)
            if rest or operand.primed:
                raise NotYetError("the immediate derivative of a component", "Take the immediate derivative of the whole.", span=operand.span)
            target = lambda moved: moved.value(own) if own == key or moved.gives(own) else moved.defined_value(own)  # noqa: E731 - one of two
        else:
            target = lambda moved: Evaluate(moved, self.local).visit(operand)  # noqa: E731
        memo = (node, tuple(sorted((name, value.array.item()) for name, value in self.local.items() if value.is_number)))
        result = self.world.derivative(memo, target, key, held=not node.total)
        if not node.vec:
            return result
        kept = result.array.shape[: result.array.ndim - len(self.world.value(key).array.shape)]
        return Map(_vec_columns(result.array, len(kept)), result.outs)


def _vec_columns(array: np.ndarray, kept: int) -> np.ndarray:  # type: ignore[type-arg]
    """Flatten the axes behind the first `kept` in column-major order."""
    behind = list(range(kept, array.ndim))
    return array.transpose(*range(kept), *reversed(behind)).reshape(*array.shape[:kept], -1)
