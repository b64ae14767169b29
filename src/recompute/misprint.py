r"""Every misprint of one symbol that still reads as mathematics, made on the parsed formula.

    for misprint in misprints(parse(r"s_t = \tanh(a_t)"), letters):
        misprint.kind, misprint.formula

A sign; an index or bound moved by one; a transpose dropped or added; one product for another; d for ∂; two factors
exchanged, or the order of a product reversed; something dropped; one name for another; Σ for Π; ≤ for ≥. What a check
says to them tells what it is worth, see `trial`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from recompute import syntax
from recompute.tensor import ENTRYWISE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from recompute.world import World

ONE = syntax.Number("1")
TURNED = {"<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le"}
LOOSENED = {"<": "\\le", ">": "\\ge", "\\le": "<", "\\ge": ">"}
OTHER = {"max": "min", "min": "max", "sigma_max": "sigma_min", "sigma_min": "sigma_max"}
TRANSPOSED = syntax.Symbol | syntax.Group | syntax.Derivative | syntax.Gradient | syntax.Apply
FUNCTIONS = (*ENTRYWISE, "sigma")


class Misprint(NamedTuple):
    """What was changed, where it stood, and the formula that came of it."""

    kind: str
    span: tuple[int, int]
    formula: syntax.Formula


@dataclass(frozen=True)
class Letters:
    """The names that one letter can be mistaken for.

    Attributes:
        plain: letters without an index.
        families: letters with one.
        functions: the functions of the page.
        indices: letters that are whole numbers, such as t and T.
        matrices: whether any letter is more than a number, so that a transpose says something.
        prime: the letter that a prime differentiates by, if a prime says something.
    """

    plain: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    matrices: bool = True
    prime: str | None = None

    @classmethod
    def of(cls, world: World, formula: syntax.Formula, sizes: Collection[str] = ()) -> Letters:
        """The letters of a world, and the indices of a formula; nobody takes the size of a matrix for an index."""
        names = world.names()
        formula = _named(formula, world.labelled)
        functions = tuple(name for name in names if world.function(name))
        families = tuple(name for name in names if world.is_family(name))
        whole = {name for name in names if world.is_whole((name, None))} - {*sizes}
        bound = {name for node in formula.walk() for name in _indices(node) if not world.knows(name)}
        plain = tuple(name for name in names if name not in {*functions, *families})
        return cls(plain, families, functions, tuple(sorted(whole | bound)), not world.of_numbers(), world.prime)


def _named(formula: syntax.Formula, names: Collection[str]) -> syntax.Formula:
    """The formula with W_f as one letter, where that is a name: its f is no index that could be off by one."""
    chain = _Chain.of(formula)
    return chain.formula(formula, tuple(syntax.named(side, names) for side in chain.sides))


def _indices(node: syntax.Node) -> Iterator[str]:
    """The letters of subscripts, bounds and ranges."""
    places: Sequence[syntax.Node] = ()
    match node:
        case syntax.Symbol():
            places = node.subscripts
        case syntax.Big():
            places = node.bounds
        case syntax.Condition():
            places = node.parts
    yield from (inner.name for place in places for inner in place.walk() if isinstance(inner, syntax.Symbol))


def misprints(formula: syntax.Formula, letters: Letters) -> Iterator[Misprint]:
    """Every misprint of a formula, each once."""
    formula = _named(formula, {*letters.plain, *letters.families})
    seen = {syntax.bare(formula)}
    for kind, span, changed in _formula(formula, letters):
        if (found := syntax.bare(changed)) not in seen:
            seen.add(found)
            yield Misprint(kind, span, changed)


Change = tuple[str, tuple[int, int], syntax.Node]


def _formula(formula: syntax.Formula, letters: Letters) -> Iterator[tuple[str, tuple[int, int], syntax.Formula]]:
    """A side of a chain stands in two relations, and a misprint in it changes both."""
    chain = _Chain.of(formula)
    for place, side in enumerate(chain.sides):
        for kind, span, new in [*_sides(side), *_variants(side, letters)]:
            yield kind, span, chain.formula(formula, _with(chain.sides, place, new))
    for place, sign in enumerate(chain.signs):
        if sign in TURNED:
            signs = (*chain.signs[:place], TURNED[sign], *chain.signs[place + 1 :])
            span = formula.relations[place].span
            yield "relation", span, replace(chain, signs=signs).formula(formula, chain.sides)
    for place, condition in enumerate(formula.conditions):
        for kind, span, new in _condition(condition, letters):
            others = formula.conditions[:place], formula.conditions[place + 1 :]
            yield kind, span, replace(formula, conditions=(*others[0], new, *others[1]))


@dataclass(frozen=True)
class _Chain:
    """The sides of a formula; `joined` says before which of them the chain goes on, instead of beginning anew."""

    sides: tuple[syntax.Node, ...]
    signs: tuple[str, ...]
    joined: tuple[bool, ...]

    @classmethod
    def of(cls, formula: syntax.Formula) -> _Chain:
        sides: list[syntax.Node] = []
        joined: list[bool] = []
        for relation in formula.relations:
            joined.append(bool(sides) and relation.left is sides[-1])
            sides += [relation.right] if joined[-1] else [relation.left, relation.right]
        return cls(tuple(sides), tuple(relation.sign for relation in formula.relations), tuple(joined))

    def formula(self, old: syntax.Formula, sides: tuple[syntax.Node, ...]) -> syntax.Formula:
        """The same formula with other sides, or other signs."""
        relations: list[syntax.Relation] = []
        rest = list(sides)
        for relation, sign, joined in zip(old.relations, self.signs, self.joined, strict=True):
            left = relations[-1].right if joined else rest.pop(0)
            relations.append(replace(relation, left=left, sign=sign, right=rest.pop(0)))
        return replace(old, relations=tuple(relations))


def _sides(side: syntax.Node) -> Iterator[Change]:
    """A minus before a whole side; where the side is a sum, its terms have theirs."""
    if not isinstance(side, syntax.Sum | syntax.Space) and side != syntax.Number("0"):
        yield "sign", side.span, syntax.Sum((side,), (-1,), span=side.span)


def _variants(node: syntax.Node, letters: Letters) -> Iterator[Change]:  # noqa: C901, PLR0912 - one case per node of the syntax
    """What one misprint makes of an expression: at its top, and inside."""
    for kind, new in _top(node, letters):
        yield kind, node.span, new
    match node:
        case syntax.Symbol():
            yield from _subscripts(node, letters)
        case syntax.Big():
            yield from _big(node, letters)
        case syntax.Derivative():
            yield from _inside(node, ("operand",), letters)
            yield from _name_of(node, letters)
        case syntax.Gradient():
            inner = node.derivative
            inside = [*_inside(inner, ("operand",), letters), *_name_of(inner, letters)]
            for kind, span, new in (change for change in inside if _is_of_a_letter(change[-1])):
                yield kind, span, replace(node, derivative=new)  # type: ignore[arg-type]  # a derivative with another part is one
        case syntax.Limit():
            yield from _inside(node, ("body",), letters)
            yield from _shifted(node, "target", "target of the limit")
        case syntax.Space():
            for place, size in enumerate(node.sizes):
                for kind, span, new in _index(size, letters):
                    if not isinstance(new, syntax.Sum):  # a size that nobody writes
                        yield kind, span, replace(node, sizes=_with(node.sizes, place, new))
            yield "exchanged", node.span, replace(node, sizes=node.sizes[::-1])
        case syntax.Transpose():
            yield from (change for change in _inside(node, ("operand",), letters) if not _is_twice(change[-1]))
        case _:
            yield from _inside(node, syntax.parts(node), letters)


def _is_of_a_letter(node: syntax.Node) -> bool:
    r"""Whether a gradient can be written: \nabla_W E, and not that of a transpose."""
    return isinstance(node, syntax.Derivative) and isinstance(node.operand, syntax.Symbol)


def _is_twice(node: syntax.Node) -> bool:
    """Whether this is a transpose of a transpose, which nobody prints."""
    return isinstance(node, syntax.Transpose) and isinstance(node.operand, syntax.Transpose)


def _inside(node: syntax.Node, names: Sequence[str], letters: Letters) -> Iterator[Change]:
    for name in names:
        value = getattr(node, name)
        if isinstance(value, syntax.Node):
            yield from ((kind, span, replace(node, **{name: new})) for kind, span, new in _variants(value, letters))  # type: ignore[arg-type]  # mypy reads the fields of Node alone
        elif isinstance(value, tuple):
            for place, part in enumerate(value):
                if isinstance(part, syntax.Node):
                    for kind, span, new in _variants(part, letters):
                        yield kind, span, replace(node, **{name: _with(value, place, new)})


def _top(node: syntax.Node, letters: Letters) -> Iterator[tuple[str, syntax.Node]]:  # noqa: C901, PLR0912, PLR0915 - the same
    """Misprints at the top of an expression."""
    match node:
        case syntax.Symbol():
            yield from _names(node, letters)
        case syntax.Number():
            yield from _numbers(node)
        case syntax.Sum():
            yield from _sum(node)
        case syntax.Product():
            yield from _product(node, letters)
        case syntax.Hadamard(factors=factors):
            yield "product", syntax.Product(factors, (False,) * len(factors), span=node.span)
            yield "product", syntax.Kron(factors[0], _some(node, factors[1:]), span=node.span)
            yield from (("dropped factor", _some(node, _without(factors, place))) for place in range(len(factors)))
            for place in range(len(factors) - 1 if len(factors) > 2 else 0):  # noqa: PLR2004 - of two there is one sign
                pair = syntax.Product(factors[place : place + 2], (False, False), span=node.span)
                yield "product", replace(node, factors=(*factors[:place], pair, *factors[place + 2 :]))
        case syntax.Kron(left=left, right=right):
            yield "product", syntax.Product((left, right), (False, False), span=node.span)
            yield "product", syntax.Hadamard((left, right), span=node.span)
            yield "exchanged", replace(node, left=right, right=left)
            yield from (("dropped factor", left), ("dropped factor", right))
        case syntax.Power(base=base, exponent=exponent):
            yield "dropped power", base
            yield "sign", replace(node, exponent=_negative(exponent))
        case syntax.Transpose(operand=operand):
            yield "transpose", operand
        case syntax.Primed(operand=operand):
            yield "prime", operand
        case syntax.Norm(operand=operand):
            yield "dropped norm", operand
        case syntax.Fraction(numerator=above, denominator=below):
            yield "exchanged", replace(node, numerator=below, denominator=above)
            yield "dropped factor", above
            if above != ONE:
                yield "dropped factor", replace(node, numerator=ONE)
        case syntax.Pair(function=function, first=first, second=second):
            yield "exchanged", replace(node, first=second, second=first)
            if function in OTHER:
                yield "name", replace(node, function=OTHER[function])
        case syntax.Apply(function=function, argument=argument):
            yield "dropped function", argument
            if node.primed:
                yield "prime", replace(node, primed=False)
            yield "sign", replace(node, argument=_negative(argument))
            others = FUNCTIONS if function in FUNCTIONS else (OTHER[function],) if function in OTHER else ()
            yield from (("name", replace(node, function=other)) for other in others if other != function)
        case syntax.Derivative():
            yield "d for ∂", replace(node, total=not node.total)
            if node.vec:
                yield "dropped vec", replace(node, vec=False)
    if letters.matrices and isinstance(node, TRANSPOSED):
        yield "transpose", syntax.Transpose(node, span=node.span)


def _names(node: syntax.Symbol, letters: Letters) -> Iterator[tuple[str, syntax.Node]]:
    """One name for another, and a prime that is there or not."""
    if node.name in letters.functions:
        same = letters.functions
    elif node.subscripts and node.name in letters.families:
        same = letters.families
    elif node.name in letters.indices and node.name not in letters.plain:
        same = letters.indices
    else:
        same = letters.plain
    yield from (("name", replace(node, name=name)) for name in same if name != node.name)
    if node.primed:
        yield "prime", replace(node, primed=False)
    elif letters.prime or node.name in letters.functions:
        yield "prime", replace(node, primed=True)


def _numbers(node: syntax.Number) -> Iterator[tuple[str, syntax.Node]]:
    """The last digit one more, and one less."""
    whole, point, decimals = node.text.partition(".")
    value = int(whole + decimals)
    for other in (value + 1, value - 1):
        if other >= 0:
            text = f"{other:0{len(decimals) + 1}d}"
            end = len(text) - len(decimals)
            yield "number", replace(node, text=text[:end] + point + text[end:])


def _sum(node: syntax.Sum) -> Iterator[tuple[str, syntax.Node]]:
    for place, sign in enumerate(node.signs):
        yield "sign", replace(node, signs=_with(node.signs, place, -sign))
        if len(node.terms) > 1:
            terms, signs = _without(node.terms, place), _without(node.signs, place)
            lonely = len(terms) == 1 and signs[0] > 0
            yield "dropped term", terms[0] if lonely else replace(node, terms=terms, signs=signs)
    if node.signs == (1, -1):
        yield "exchanged", replace(node, terms=node.terms[::-1])


def _product(node: syntax.Product, letters: Letters) -> Iterator[tuple[str, syntax.Node]]:
    factors = node.factors
    bound = {place for place, factor in enumerate(factors[:-1]) if _is_function(factor, letters)}
    for place in range(len(factors)):
        if not {place, place - 1} & bound:
            yield "dropped factor", _some(node, _without(factors, place))
    for place in range(len(factors) - 1):
        if {place - 1, place, place + 1} & bound:
            continue
        swapped = (*factors[:place], factors[place + 1], factors[place], *factors[place + 2 :])
        yield "exchanged", replace(node, factors=swapped)
        if letters.matrices:
            parts = tuple(_some(node, part) for part in (factors[: place + 1], factors[place + 1 :]))
            yield "product", syntax.Hadamard(parts, span=node.span)
    if len(factors) > 2 and not bound:  # noqa: PLR2004 - two are exchanged above
        yield "order", replace(node, factors=factors[::-1])


def _is_function(node: syntax.Node, letters: Letters) -> bool:
    return isinstance(node, syntax.Symbol) and not node.subscripts and node.name in {*letters.functions, "sigma"}


def _subscripts(node: syntax.Symbol, letters: Letters) -> Iterator[Change]:
    for place, subscript in enumerate(node.subscripts):
        for kind, span, new in _index(subscript, letters):
            yield kind, span, replace(node, subscripts=_with(node.subscripts, place, new))
    if len(node.subscripts) > 1:
        yield "exchanged", node.span, replace(node, subscripts=node.subscripts[::-1])


def _index(node: syntax.Node, letters: Letters) -> Iterator[Change]:
    """An index moved by one, with another letter, or with another sign."""
    for sign in (1, -1):
        yield "index", node.span, _moved(node, sign)
    if isinstance(node, syntax.Symbol) and not node.subscripts:
        yield from (("index", node.span, replace(node, name=name)) for name in letters.indices if name != node.name)
    if isinstance(node, syntax.Sum):
        yield from (("index", node.span, new) for _, new in _sum(node))
        for place, term in enumerate(node.terms):
            if isinstance(term, syntax.Symbol):
                for name in letters.indices:
                    terms = _with(node.terms, place, replace(term, name=name))
                    yield "index", term.span, replace(node, terms=terms)


def _moved(node: syntax.Node, by: int) -> syntax.Node:
    """An index, a bound or a number, one more or one less."""
    if isinstance(node, syntax.Number) and node.text.isdigit() and int(node.text) + by >= 0:
        return replace(node, text=str(int(node.text) + by))
    terms, signs = (node.terms, node.signs) if isinstance(node, syntax.Sum) else ((node,), (1,))
    if len(terms) > 1 and terms[-1] == ONE:
        kept = terms[:-1], signs[:-1]
        if signs[-1] == -by:
            return kept[0][0] if len(kept[0]) == 1 and kept[1][0] > 0 else syntax.Sum(*kept, span=node.span)
        return syntax.Sum((*kept[0], syntax.Number("2")), signs, span=node.span)
    return syntax.Sum((*terms, ONE), (*signs, by), span=node.span)


def _big(node: syntax.Big, letters: Letters) -> Iterator[Change]:
    """Σ for Π, bounds moved by one, the order of the index reversed, the factor before it dropped; and the inside."""
    other = {"\\sum": "\\prod", "\\prod": "\\sum"}[node.operator]
    yield "Σ for Π", node.span, replace(node, operator=other)
    if node.factor is not None:
        yield "dropped factor", node.factor.span, replace(node, factor=None)
    if node.upper is not None:
        yield from _shifted(node, "upper", "bound")
        ends: tuple[int, ...] = (1,)
    else:
        turned = tuple(TURNED[sign] for sign in node.relations[::-1])
        yield "order", node.span, replace(node, bounds=node.bounds[::-1], relations=turned)
        for place, sign in enumerate(node.relations):
            if sign in LOOSENED:
                yield "bound", node.span, replace(node, relations=_with(node.relations, place, LOOSENED[sign]))
        ends = (0, 2)
    for place in ends:
        for kind, span, new in _index(node.bounds[place], letters):
            yield ("bound" if kind == "index" else kind), span, replace(node, bounds=_with(node.bounds, place, new))
    yield from _inside(node, ("factor", "body"), letters)


def _shifted(node: syntax.Node, name: str, kind: str) -> Iterator[Change]:
    end = getattr(node, name)
    for by in (1, -1):
        yield kind, end.span, replace(node, **{name: _moved(end, by)})  # type: ignore[arg-type]  # mypy reads the fields of Node alone


def _name_of(node: syntax.Derivative, letters: Letters) -> Iterator[Change]:
    """Differentiated by another letter."""
    variable = node.variable
    names = [new for kind, new in _names(variable, letters) if kind == "name"]
    for kind, new in [*(("name", new) for new in names), *((k, n) for k, _, n in _subscripts(variable, letters))]:
        yield kind, variable.span, replace(node, variable=new)  # type: ignore[arg-type]  # a symbol with another name is one


def _condition(
    condition: syntax.Condition, letters: Letters
) -> Iterator[tuple[str, tuple[int, int], syntax.Condition]]:
    """A range that is wider or narrower by one, or turned around."""
    for place, part in enumerate(condition.parts):
        if not (isinstance(part, syntax.Symbol) and part.name not in letters.plain):
            for by in (1, -1):
                yield "range", part.span, replace(condition, parts=_with(condition.parts, place, _moved(part, by)))
    for place, sign in enumerate(condition.signs):
        for table in (TURNED, LOOSENED):
            if sign in table:
                yield "range", condition.span, replace(condition, signs=_with(condition.signs, place, table[sign]))


def _negative(node: syntax.Node) -> syntax.Node:
    """The same with a minus before it, or without it."""
    if isinstance(node, syntax.Sum):
        return replace(node, signs=(-node.signs[0], *node.signs[1:]))
    return syntax.Sum((node,), (-1,), span=node.span)


def _some(node: syntax.Node, factors: tuple[syntax.Node, ...]) -> syntax.Node:
    """A product or Hadamard product of fewer factors."""
    if len(factors) == 1:
        return factors[0]
    if isinstance(node, syntax.Hadamard):
        return replace(node, factors=factors)
    return syntax.Product(factors, (False,) * len(factors), span=node.span)


def _with(values: tuple[Any, ...], place: int, new: object) -> tuple[Any, ...]:
    return (*values[:place], new, *values[place + 1 :])


def _without(values: tuple[Any, ...], place: int) -> tuple[Any, ...]:
    return (*values[:place], *values[place + 1 :])
