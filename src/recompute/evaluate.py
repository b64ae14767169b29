r"""The value of an expression in a world: `Evaluate(world).visit(node)`. Each node of `syntax` has its rule."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from recompute import syntax, world
from recompute.errors import AmbiguousError, FormulaError, NotYetError, ShapeError, Span
from recompute.tensor import ANALYTIC, FUNCTIONS, LARGEST, Map, norm, pair, singular_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from recompute.tensor import Array

CIRCLES = [radius * np.exp(2j * np.pi * np.arange(32) / 32) for radius in (0.1, 0.06)]  # a limit is computed from these
LAURENT = 12  # Laurent coefficients that may differ from zero; those behind are the tail, and the poles
POLE = 1e-9  # a coefficient that is larger than this, relative to the values on the circle, differs from zero
MOST = 10_000  # terms of one sum or product
MOST_TOGETHER = 100_000  # terms of sums inside sums, for all values of the free indices, on all draws
STEPS = 150_000  # nodes computed for one check on all its draws, a large array counting as many: under a second
ENTRIES = 16  # of an array, that count as one more step
EULER = "e"
NO_LIMIT = "this limit does not exist, or the expression is not analytic around it"

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b, "<": lambda a, b: a < b, ">": lambda a, b: a > b,
    "\\le": lambda a, b: a <= b, "\\ge": lambda a, b: a >= b, "\\ne": lambda a, b: a != b,
}  # fmt: skip
UP, DOWN = frozenset({"<", "\\le"}), frozenset({">", "\\ge"})

Bound = tuple[tuple[str, int], ...]  # the indices that sums run over, with their values
Here = tuple[tuple[str, int, bytes], ...]  # the local letters with their values
Place = tuple[Span, Bound]  # a summand: where it stands in the formula, and for which of those values


@dataclass
class Watch:
    """What the summands of a formula came to.

    Attributes:
        sizes: the largest size of every summand, relative to its largest neighbour.
        alive: the summands of those sums in which not all were zero.
        terms: the largest number of terms of every sum and product over an index.
    """

    sizes: dict[Place, float] = field(default_factory=dict)
    alive: set[Place] = field(default_factory=set)
    terms: dict[Span, int] = field(default_factory=dict)

    def see(self, places: Sequence[Place], values: Sequence[Map]) -> None:
        """Note the summands of one sum; a single one is the whole side, which is looked at elsewhere."""
        if len(values) <= 1:
            return
        sizes = [float(np.abs(value.array).max(initial=0.0)) for value in values]
        largest = max(sizes)
        for place, size in zip(places, sizes, strict=True):
            self.sizes[place] = max(self.sizes.get(place, 0.0), size / largest if largest else 0.0)
        if largest:
            self.alive.update(places)


class _Steps:
    """How many steps are left; counted, and not timed, so that a formula fares the same on every machine."""

    left = inf


def _spend(steps: int) -> None:
    _Steps.left -= steps
    if _Steps.left < 0:
        raise FormulaError(f"more than {STEPS:,} steps of computing", "Narrow the ranges, or split the formula.")


@contextmanager
def computing(times: int = 1) -> Iterator[None]:
    """Numbers that are not finite pass silently, to be refused where they are compared; what never ends is refused.

    Args:
        times: how many times the steps of one check may be taken.
    """
    outermost = _Steps.left == inf
    if outermost:
        _Steps.left = STEPS * times
    try:
        with np.errstate(all="ignore"):
            yield
    except RecursionError:
        problem = "the functions of this formula call one another too many times"
        raise FormulaError(problem, "Name a part of it.") from None
    finally:
        if outermost:
            _Steps.left = inf


class _Memory:
    """What parts of formulas came to, while many formulas that share them are tried; None at all other times."""

    values: ClassVar[dict[tuple[int, int, Here], tuple[world.World, syntax.Node, Map]] | None] = None


@contextmanager
def remembering() -> Iterator[None]:
    """Parts that several formulas share, as the misprints of one formula do, are computed once in every world.

    A part is known by its identity. Nothing is remembered where somebody watches summands, or traces what is read.
    """
    _Memory.values = {}
    try:
        yield
    finally:
        _Memory.values = None


class Evaluate:
    """Evaluates expressions for given values of the local letters: indices, parameters, the variable of a limit.

    Args:
        where: the world that the other letters belong to.
        local: values of the local letters.
        watch: notes the summands.
        bound: the values of the indices that sums and products around this expression run over.
        weight: how many times expressions like this one are computed.
    """

    def __init__(
        self,
        where: world.World,
        local: Mapping[str, Map] | None = None,
        watch: Watch | None = None,
        bound: Bound = (),
        weight: int = 1,
    ) -> None:
        self.world, self.local, self.watch, self.bound, self.weight = where, dict(local or {}), watch, bound, weight
        self._here: Here | None = None

    def visit(self, node: syntax.Node) -> Map:
        """The value of `node`.

        Raises:
            FormulaError: it has none; the innermost place is marked.
        """
        memory = None if type(node) in SMALL or self.watch is not None or self.world.traces else _Memory.values
        if memory is not None:
            key = (id(self.world), id(node), self._place())
            if key in memory:
                return memory[key][-1]
        try:
            value = self.RULES[type(node)](self, node)
            _spend(1 + value.array.size // ENTRIES)
        except FormulaError as error:
            raise error.at(span=node.span) from None
        if memory is not None:
            memory[key] = self.world, node, value  # the first two are kept alive, or their identities could be others'
        return value

    def _place(self) -> Here:
        """The values of the local letters, to be remembered by."""
        if self._here is None:
            self._here = tuple((name, value.outs, value.array.tobytes()) for name, value in self.local.items())
        return self._here

    def _operand(self, node: syntax.Node) -> Map:
        """The value of what a norm, a power or a function is taken of: for a large matrix that is much work."""
        value = self.visit(node)
        if value.is_matrix:
            _spend(value.array.size)
        return value

    def _exponent(self, node: syntax.Node) -> Map:
        """The value of an exponent; of w^{n-k} the k may vanish for one index, if it does not for all of them."""
        return Evaluate(self.world, self.local, self.watch, (), self.weight).visit(node)

    def elsewhere(self, where: world.World) -> Evaluate:
        """The same local letters in another world."""
        return Evaluate(where, self.local, weight=self.weight)

    # indices and conditions

    def integer(self, node: syntax.Node) -> int:
        """The whole number that an index or a bound comes to.

        Raises:
            FormulaError: it comes to something else.
        """
        value = self._plain(node)
        if value is None:
            found = self._index(node).array
            value = found.item() if found.ndim == 0 else found
        if not isinstance(value, float) or not value.is_integer():
            raise FormulaError(f"an index must be a whole number, and this is {value}", span=node.span)
        return int(value)

    def _plain(self, node: syntax.Node) -> object:
        """The value of a digit or a local letter, which most indices are."""
        if isinstance(node, syntax.Number):
            return float(node.text)
        if isinstance(node, syntax.Symbol) and node.name in self.local and not node.subscripts and not node.primed:
            value = self.local[node.name].array
            return value.item() if value.dtype == float and value.ndim == 0 else None
        return None

    def _index(self, node: syntax.Node) -> Map:
        try:
            return Evaluate(self.world, self.local, weight=self.weight).visit(node)
        except FormulaError as error:
            if isinstance(node, syntax.Symbol) and not node.subscripts and not self.world.knows(node.name):
                advice = (
                    r"If it is an index, state its range, as in \qquad 1 \le t \le T; if it is a number, give it one; "
                    r"if it is a name, as in W_f, take another letter, or an accent as in \hat W, or draw W_f."
                )
                raise FormulaError(f"{node.name} has no value", advice, span=node.span) from None
            raise error.at(span=node.span) from None

    def satisfies(self, conditions: Sequence[syntax.Condition]) -> bool:
        r"""Whether all of `1 \le t \le T` and the like are true here."""
        for condition in conditions:
            values = [self.integer(part) for part in condition.parts]
            if not all(COMPARE[sign](a, b) for sign, (a, b) in zip(condition.signs, pairwise(values), strict=True)):
                return False
        return True

    def indices(self, node: syntax.Big) -> tuple[str, list[int]]:
        """The index of a sum or product and its values, in the order in which the formula names them.

        Raises:
            FormulaError: the bounds are no whole numbers, run the wrong way, or are too far apart.
        """
        signs: tuple[str, ...]
        if node.upper is not None:
            name, ends, signs = _letter(node.bounds[0]), (node.bounds[1], node.upper), ("\\le", "\\le")
        else:
            name, ends, signs = _letter(node.bounds[1]), (node.bounds[0], node.bounds[2]), node.relations
        if not set(signs) <= UP and not set(signs) <= DOWN:
            problem = "the bounds of the index point in two directions"
            raise FormulaError(problem, r"Write T \ge j > k or k < j \le T.")
        step = 1 if set(signs) <= UP else -1
        first, last = (self.integer(end) for end in ends)
        if (last - first) * step < (-1 if node.upper is not None else 0):
            below = "k" if name != "k" else "i"
            down = rf"A product that runs down is written {node.operator}_{{T \ge {name} > {below}}}."
            raise FormulaError(
                f"the index would run from {first} to {last}", down if step > 0 else "Exchange the bounds."
            )
        low, high = first + step * (signs[0] in "<>"), last - step * (signs[1] in "<>")
        if abs(high - low) >= MOST:
            raise FormulaError(f"{abs(high - low) + 1:,} terms", f"At most {MOST:,} are computed.")
        return name, list(range(low, high + step, step))

    # letters

    def locate(self, node: syntax.Symbol) -> tuple[world.Key, list[int]]:
        """The quantity that a letter names, and the component of it, counted from 1, that further subscripts name."""
        node = self._named(node)
        at = [self.integer(part) for part in node.subscripts]
        return ((node.name, at.pop(0)) if at and self.world.is_family(node.name) else (node.name, None)), at

    def _named(self, node: syntax.Symbol) -> syntax.Symbol:
        """W_f as one letter, where the page has a letter of that name, and else as W with an index f."""
        name = syntax.label_of(node) if node.subscripts else None
        if name not in self.world.labelled:
            return node
        assert name is not None
        index = name.rpartition("_")[2]
        if index in self.local:
            problem = f"{index} is an index here, and {name} is a letter with a name below"
            raise AmbiguousError(problem, "Use another letter for the index.", span=node.span)
        return replace(node, name=name, subscripts=node.subscripts[1:])

    def function(self, node: syntax.Node) -> Callable[[Map], Map] | None:
        r"""What to call, if `node` names a function: one of the page, or \sigma and \rho where they are no quantity."""
        if not isinstance(node, syntax.Symbol) or node.name in self.local:
            return None
        if node.subscripts:
            singular = node.name == "sigma" and len(node.subscripts) == 1 and not node.primed
            return partial(self._singular, node.subscripts[0]) if singular and not self.world.knows("sigma") else None
        definition = self.world.function(node.name)
        if definition is not None and node.primed:
            return lambda argument: self._slope(definition, argument)
        if definition is not None:
            return lambda argument: self.at(definition, argument)
        if self.world.knows(node.name) or node.name not in FUNCTIONS:
            return None
        return partial(self._slope_of, node.name) if node.primed else FUNCTIONS[node.name]

    def _singular(self, place: syntax.Node, matrix: Map) -> Map:
        r"""\sigma_k(W): the singular values, counted from 1, the largest first."""
        k = self.integer(place)
        if k < 1:
            raise FormulaError(f"the singular values are counted from 1, and this is {k}", span=place.span)
        return singular_value(matrix, k - 1)

    def at(self, definition: world.Definition, argument: Map, watch: Watch | None = None) -> Map:
        """The value of a function that the page defines.

        Raises:
            FormulaError: it has none there.
            NotYetError: its definition uses quantities that depend on its parameter in a way that one does not see.
        """
        name = definition.parameter
        assert name is not None
        inside = Evaluate(self.world, {name: argument}, watch, weight=self.weight)
        try:
            value, reads = self.world.traced(lambda: inside.visit(definition.body))
            _refuse_hidden(name, reads, f"{definition.name}({name})")
        except FormulaError as error:
            raise error.at(definition.formula.tex) from None
        return value

    # rules

    def _symbol(self, node: syntax.Symbol) -> Map:
        if node.primed:
            return self._by_prime(node, replace(node, primed=False))
        node = self._named(node)
        if node.name in self.local:
            value = self.local[node.name]
            return _component(value, [self.integer(part) for part in node.subscripts]) if node.subscripts else value
        if not self.world.knows(node.name):
            self._refuse_dressed(node.name)
            return Map.of(np.e) if node.name == EULER and not node.subscripts else self.world.value((node.name, None))
        key, component = self.locate(node)
        value = self.world.value(key)
        return _component(value, component) if component else value

    def _refuse_dressed(self, name: str) -> None:
        r"""Refuse \mathbf W where W alone is known."""
        letter, _, accent = name.partition("_")
        if accent and self.world.knows(letter):
            problem = rf"\{accent} {letter} is not defined on this page"
            raise FormulaError(problem, f"It is another letter than {letter}, which is defined.")

    def _sum(self, node: syntax.Sum) -> Map:
        values = [self.visit(term) for term in node.terms]
        if self.watch is not None:
            self.watch.see([(term.span, self.bound) for term in node.terms], values)
        total = values[0] if node.signs[0] > 0 else Map.of(-1.0) @ values[0]
        try:
            for value, sign in zip(values[1:], node.signs[1:], strict=True):
                total = total.plus(value, sign)
        except ShapeError as error:
            raise error.knowing(_shapes([term.span for term in node.terms], values)) from None
        return total

    def _reduce(self, nodes: Sequence[syntax.Node], operation: Callable[[Map, Map], Map]) -> Map:
        """Combine the values of nodes from left to right; if their shapes do not fit, say what they are."""
        return _combined([node.span for node in nodes], [self.visit(node) for node in nodes], operation)

    def _product(self, node: syntax.Product) -> Map:
        values: list[Map] = []
        spans: list[Span] = []
        factors = list(zip(node.factors, (*node.dots[1:], False), strict=True))
        while factors:
            factor, dot_behind = factors.pop(0)
            function = self.function(factor)
            spans.append(factor.span)
            if function is None:
                values.append(self.visit(factor))
            elif dot_behind or not factors:
                raise FormulaError("this is a function, and its argument is missing", span=factor.span)
            else:
                argument = factors.pop(0)[0]
                values.append(self._call(function, argument))
                spans[-1] = (factor.span[0], argument.span[1])
        return _combined(spans, values, Map.__matmul__)

    def _call(self, function: Callable[[Map], Map], node: syntax.Node) -> Map:
        r"""u(w), and also u(w)^2 and u(w)^\top, where the power stands behind the brackets."""
        match node:
            case syntax.Group():
                return function(self._operand(node.operand))
            case syntax.Power(base=syntax.Group() as group):
                return function(self._operand(group.operand)).power(self.visit(node.exponent))
            case syntax.Transpose(operand=syntax.Group() as group):
                return function(self._operand(group.operand)).transpose()
        raise FormulaError("before this stands a function, and its argument must be in brackets", span=node.span)

    def _slope(self, definition: world.Definition, argument: Map) -> Map:
        """u'(w), by a complex step of the argument."""
        if not argument.is_number or np.iscomplexobj(argument.array) or isinstance(self.world, world.Perturbed):
            problem = f"{definition.name}' inside a limit or a derivative"
            raise NotYetError(problem, "Give it a name and a formula of its own.")
        return world.slope(self.at(definition, Map(argument.array + 1j * world.STEP, argument.outs)))

    def _slope_of(self, name: str, argument: Map) -> Map:
        r"""\sigma'(a) and \tanh'(a), by a complex step of the argument, entry by entry."""
        if name not in ANALYTIC:
            raise NotYetError(f"the slope of {name}", "A prime stands behind functions of a number, such as tanh.")
        if np.iscomplexobj(argument.array) or isinstance(self.world, world.Perturbed):
            problem = f"the slope of {name} inside a limit or a derivative"
            raise NotYetError(problem, "Write it out: 1 - \\tanh(a)^2 is the slope of tanh.")
        return world.slope(FUNCTIONS[name](Map(argument.array + 1j * world.STEP, argument.outs)))

    def _apply(self, node: syntax.Apply) -> Map:
        if node.function not in FUNCTIONS:
            raise FormulaError(f"the function {node.function} is unknown", f"Known: {', '.join(sorted(FUNCTIONS))}.")
        argument = self._operand(node.argument)
        return self._slope_of(node.function, argument) if node.primed else FUNCTIONS[node.function](argument)

    def _ones(self, node: syntax.Ones) -> Map:
        size = self.integer(node.size)
        if not 1 <= size <= LARGEST:
            problem = f"a column of {size:,} ones"
            raise FormulaError(problem, f"It has at least 1 and at most {LARGEST:,}.", span=node.size.span)
        return Map(np.ones(size), 1)

    def _pair(self, node: syntax.Pair) -> Map:
        """A function of two numbers; a binomial coefficient is as much work as its numbers are large."""
        first, second = self.visit(node.first), self.visit(node.second)
        if node.function == "binom" and first.is_number and np.isfinite(first.array):
            _spend(int(abs(first.array)) // ENTRIES)
        return pair(node.function, first, second)

    def _space(self, _: syntax.Space) -> Map:
        raise FormulaError(r"\mathbb R^{…} is not a value", r"It stands on the right of \in alone.")

    def _big(self, node: syntax.Big) -> Map:
        name, indices = self.indices(node)
        weight = self.weight * max(len(indices), 1)
        if weight > MOST_TOGETHER:
            raise FormulaError(f"{weight:,} terms together", f"At most {MOST_TOGETHER:,} are computed.")
        if name in self.local or self.world.knows(name):
            problem = f"{name} is an index here and stands for a quantity elsewhere"
            raise AmbiguousError(problem, "Use another letter for the index.")
        places = [(*self.bound, (name, i)) for i in indices]
        inside = [
            Evaluate(self.world, self.local | {name: Map.of(float(i))}, self.watch, place, weight)
            for i, place in zip(indices, places, strict=True)
        ]
        values = [inner.visit(node.body) for inner in inside]
        if self.watch is not None:
            self.watch.terms[node.span] = max(self.watch.terms.get(node.span, 0), len(values))
        if node.operator == "\\prod":
            total = reduce(Map.__matmul__, values, Map.of(1.0))
        else:
            total = reduce(Map.plus, values) if values else Map.of(0.0)
            if self.watch is not None:
                self.watch.see([(node.body.span, place) for place in places], values)
        return total if node.factor is None else self.visit(node.factor) @ total

    def _limit(self, node: syntax.Limit) -> Map:
        """The mean over a circle around the point: exact for a body that is analytic there, save at the point itself.

        The coefficients of the Laurent series and a second circle tell whether it is.
        """
        if isinstance(self.world, world.Perturbed) or self._complex():
            raise NotYetError("a limit inside a limit or a derivative", "Give the inner one a formula of its own.")
        target = self.visit(node.target)
        if not target.is_number:
            raise ShapeError(f"the variable of a limit goes to a number, not to {target}", span=node.target.span)
        (wide, size), (narrow, _) = (self._mean(node, target.array + circle) for circle in CIRCLES)
        off = np.abs([wide.array - narrow.array, wide.array.imag]).max(initial=0.0)
        if not off <= POLE * size:
            raise FormulaError(NO_LIMIT)
        return Map(wide.array.real.copy(), wide.outs)

    def _mean(self, node: syntax.Limit, points: Array) -> tuple[Map, float]:
        """The mean of the body over points on a circle, and its largest size there."""
        values: list[Map] = []
        for point in points:
            local = self.local | {node.variable: Map(np.asarray(point), 0)}
            inside = Evaluate(self.world, local, self.watch, self.bound, self.weight)
            value, reads = self.world.traced(lambda inside=inside: inside.visit(node.body))  # type: ignore[misc]
            _refuse_hidden(node.variable, reads, "this limit")
            values.append(value)
        samples = np.stack([value.array for value in values])
        laurent = np.fft.fft(samples, axis=0) / len(values)
        size = float(np.abs(samples).max(initial=0.0))
        if not np.isfinite(size) or np.abs(laurent[LAURENT:]).max(initial=0.0) > POLE * size:
            raise FormulaError(NO_LIMIT)
        return Map(np.asarray(laurent[0]), values[0].outs), size

    def _derivative(self, node: syntax.Derivative) -> Map:
        variable = node.variable
        if variable.primed:
            raise FormulaError("a derivative with respect to something primed", span=variable.span)
        self._refuse_local(variable.name, variable.span)
        key, component = self.locate(variable)
        if component:
            advice = "Take the derivative with respect to the whole."
            raise NotYetError("a derivative with respect to a component", advice, span=variable.span)
        target = self._immediate(node.operand, key) if not node.total else None
        whole = target or (lambda moved: self.elsewhere(moved).visit(node.operand))
        result = self.world.derivative(self._memo(node), whole, key, held=not node.total)
        if not node.vec:
            return result
        kept = result.array.ndim - self.world.value(key).array.ndim
        return Map(_vec_columns(result.array, kept), result.outs)

    def _immediate(self, operand: syntax.Node, key: world.Key) -> Callable[[world.World], Map] | None:
        """Of a single quantity its definition is differentiated, although its value is held."""
        if not isinstance(operand, syntax.Symbol) or operand.name in self.local:
            return None
        own, rest = self.locate(operand)
        if rest or operand.primed:
            advice = "Take the immediate derivative of the whole."
            raise NotYetError("the immediate derivative of a component", advice, span=operand.span)
        return lambda moved: moved.value(own) if own == key or moved.gives(own) else moved.defined_value(own)

    def _by_prime(self, node: syntax.Node, operand: syntax.Node) -> Map:
        """The total derivative by the letter that a prime stands for."""
        if self.world.prime is None:
            advice = r"Write “recompute: prime: w” at the head of the page, or \frac{\mathrm d …}{\mathrm d w}."
            raise AmbiguousError("a prime, and the page does not say what it differentiates by", advice)
        self._refuse_local(self.world.prime, node.span)
        target: Callable[[world.World], Map] = lambda moved: self.elsewhere(moved).visit(operand)  # noqa: E731 - it has a type
        return self.world.derivative(self._memo(node), target, (self.world.prime, None), held=False)

    def _refuse_local(self, name: str, span: Span) -> None:
        """Refuse derivatives that would not see what the local letters are."""
        if self._complex():
            advice = "Give the derivative a name and a formula of its own."
            raise NotYetError("a derivative inside a limit or another derivative", advice, span=span)
        if name in self.local:
            problem = f"a derivative by {name}, which is an index or the argument of a function here"
            raise NotYetError(problem, "Write u'(w) for the derivative of a function.", span=span)

    def _complex(self) -> bool:
        return any(np.iscomplexobj(value.array) for value in self.local.values())

    def _memo(self, node: syntax.Node) -> object:
        local = sorted((name, v.array.shape, v.outs, v.array.tobytes()) for name, v in self.local.items())
        return node, tuple(local)

    RULES: ClassVar[dict[type[syntax.Node], Callable[[Evaluate, Any], Map]]] = {
        syntax.Number: lambda _, node: Map.of(float(node.text)),
        syntax.Symbol: _symbol,
        syntax.Sum: _sum,
        syntax.Product: _product,
        syntax.Hadamard: lambda self, node: self._reduce(node.factors, Map.hadamard),
        syntax.Kron: lambda self, node: self._reduce((node.left, node.right), Map.kron),
        syntax.Power: lambda self, node: self._operand(node.base).power(self._exponent(node.exponent)),
        syntax.Transpose: lambda self, node: self.visit(node.operand).transpose(),
        syntax.Group: lambda self, node: self.visit(node.operand),
        syntax.Primed: lambda self, node: self._by_prime(node, node.operand),
        syntax.Remark: lambda self, node: self.visit(node.operand),
        syntax.Norm: lambda self, node: norm(self._operand(node.operand)),
        syntax.Fraction: lambda self, node: self._reduce((node.numerator, node.denominator), Map.divide),
        syntax.Apply: _apply,
        syntax.Pair: _pair,
        syntax.Ones: _ones,
        syntax.Space: _space,
        syntax.Big: _big,
        syntax.Limit: _limit,
        syntax.Derivative: _derivative,
        syntax.Gradient: lambda self, node: self.visit(node.derivative).gradient(),
    }


SMALL = {syntax.Number, syntax.Symbol, syntax.Space}  # these are found faster than remembered
CLAIMS = {syntax.Relation, syntax.Condition, syntax.Formula}  # these have no value
assert {*Evaluate.RULES, *CLAIMS} == {*syntax.Node.__subclasses__()}


def _shapes(spans: Sequence[Span], values: Sequence[Map]) -> Iterator[tuple[Span, str]]:
    return ((span, str(value)) for span, value in zip(spans, values, strict=True))


def _combined(spans: Sequence[Span], values: Sequence[Map], operation: Callable[[Map, Map], Map]) -> Map:
    try:
        return reduce(operation, values)
    except ShapeError as error:
        raise error.knowing(_shapes(spans, values)) from None


def _letter(node: syntax.Node) -> str:
    assert isinstance(node, syntax.Symbol)  # the parser has looked
    return node.name


def _component(value: Map, at: list[int]) -> Map:
    if len(at) != value.array.ndim:
        raise ShapeError(f"{value} has {value.array.ndim} axes, and {len(at)} components are asked for")
    if not all(1 <= i <= size for i, size in zip(at, value.array.shape, strict=True)):
        raise ShapeError(f"component {', '.join(map(str, at))} of {value}", "Components are counted from 1.")
    return Map(np.asarray(value.array[tuple(i - 1 for i in at)]), 0)


def _refuse_hidden(name: str, reads: world.Reads, what: str) -> None:
    r"""Refuse u(w) = s_2 and \lim_{h \to 0} of a letter whose definition reads h: what is moved would not reach it."""
    if (name, None) in reads:
        problem = f"{what} uses quantities that are computed from {name}, and would not follow it"
        raise NotYetError(problem, "Write them out.")


def _vec_columns(array: Array, kept: int) -> Array:
    """Flatten the axes behind the first `kept` in column-major order."""
    behind = range(kept, array.ndim)
    flat: Array = array.transpose(*range(kept), *reversed(behind)).reshape(*array.shape[:kept], -1)
    return flat
