r"""How the machine read a formula: the formula with every product explicit, shapes, values, both sides, their summands.

    explain(parse(r"s_3' = D_3 s_2 + D_3 w s_2'"), world)    # plain data for the ledger

What is shown is computed from what is shown: the printed reading is parsed again, and left out together with all that
hangs on it, should it come to other numbers than the formula itself.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recompute import syntax
from recompute.errors import FormulaError
from recompute.evaluate import Evaluate, computing
from recompute.latex import Print
from recompute.parse import parse
from recompute.ranges import assignments
from recompute.tensor import Map
from recompute.ways import Agree, Check
from recompute.world import Definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from recompute.ways import Way
    from recompute.world import World

    Ranges = Mapping[str, Iterable[int]]

FEW = 6  # terms of a sum, parts of one shape, entries of a value that are shown
LETTERS = 10  # letters whose values are shown
POINT = 0.7  # where a function is looked at whose parameter has no number
DIGITS = 4  # of every number
THROUGH = syntax.Group | syntax.Remark
NAMELESS = syntax.Number | THROUGH | syntax.Space  # parts of which there is nothing to say

Reading = dict[str, Any]


class Remember(Evaluate):
    """Evaluates what is asked for several times once."""

    def visit(self, node: syntax.Node) -> Map:
        """The value of `node`. Raises what `Evaluate.visit` raises."""
        if node not in self.known:
            self.known[node] = super().visit(node)
        return self.known[node]

    @cached_property
    def known(self) -> dict[syntax.Node, Map]:
        """The values so far."""
        return {}


class Part(NamedTuple):
    """A part of a formula, with the indices that it is looked at for, and its value there."""

    node: syntax.Node
    here: Evaluate
    value: Map


def explain(formula: syntax.Formula, world: World, ranges: Ranges | None = None, where: str = "") -> Reading:
    r"""The reading of a formula as plain data, for one draw and the middle one of the values of its indices.

    Args:
        formula: a formula that has been judged.
        world: a draw in which it has been judged.
        ranges: values of the free indices that it does not state itself.
        where: the name of the draw.

    Returns:
        `tex`, the formula as it was read; `at`, the draw and the indices; `shapes`, the parts by shape, none if all are
        numbers; `letters` with their values; `sides`, each with its relation, value, shape and summands. It is empty if
        the formula cannot be read, or has no values for its indices.
    """
    try:
        with computing():
            local = _indices(formula, world, ranges or {})
            here = Remember(world, {name: Map.of(value) for name, value in local.items()})
            tex = printer(here).formula(formula)
            again = parse(tex)
            if [_value(side, here) for _, side in _sides(again)] != [_value(side, here) for _, side in _sides(formula)]:
                return {}
            parts = [part for _, side in _sides(again) for part in _parts(side, here)]
            return {
                "tex": tex,
                "at": ", ".join([*filter(None, [where]), *(f"{name} = {value}" for name, value in local.items())]),
                "shapes": _shapes(parts, {side for _, side in _sides(again)}),
                "letters": _letters(parts),
                "sides": [_side(sign, side, here) for sign, side in _sides(again)],
            }
    except FormulaError:
        return {}


def reading(formula: syntax.Formula, way: Way) -> Reading:
    """The reading of a formula on the first draw of the way in which it was judged; empty, if there is none.

    Nothing is raised: whatever may be wrong here, the verdict stands without it.
    """
    supposed = way.supposed if isinstance(way, Check) else None
    ranges = {} if isinstance(way, Agree) else getattr(way, "ranges", {})
    try:
        world = way.samples.worlds(formula, 1, supposed)[0]
        example = "\\approx" in {relation.sign for relation in formula.relations}
        return explain(formula, world, ranges, "the worked example" if example else "draw 0")
    except Exception:  # noqa: BLE001 - see above; tests ask for the reading of every formula of the book
        return {}


def printer(here: Evaluate) -> Print:
    """Prints formulas of a world, in which some letters are functions."""

    def calls(node: syntax.Node, local: frozenset[str]) -> bool:
        return Evaluate(here.world, here.local | dict.fromkeys(local, Map.of(0.0))).function(node) is not None

    return Print(calls)


def _indices(formula: syntax.Formula, world: World, ranges: Ranges) -> dict[str, float]:
    """The middle one of the values of the free indices, and a point for the parameter of a function."""
    every = list(assignments(formula, world, {name: list(values) for name, values in ranges.items()}))
    local: dict[str, float] = dict(every[len(every) // 2]) if every else {}
    with suppress(FormulaError):
        parameter = Definition.of(formula).parameter
        if parameter is not None and not world.knows(parameter):
            local[parameter] = POINT
    return local


def _sides(formula: syntax.Formula) -> Iterator[tuple[str, syntax.Node]]:
    """The sides of every relation with the sign before them; a chain goes on with the side that it has come to."""
    last: syntax.Node | None = None
    for relation in formula.relations:
        if relation.left is not last:
            yield "", relation.left
        yield relation.sign, relation.right
        last = relation.right


def _value(node: syntax.Node, here: Evaluate) -> str:
    """A value in full, to compare with; of a refuted formula a side may have none."""
    if isinstance(node, syntax.Space):
        return repr([here.integer(size) for size in node.sizes])
    try:
        value = here.visit(node)
    except FormulaError:
        return "none"
    return repr((value.kind, value.array.tolist()))


# parts


def _parts(node: syntax.Node, here: Evaluate, *, first: bool = True) -> Iterator[Part]:
    """Every part that has a value, outermost first; of what stands under a sum, letters for the first few indices."""
    if not isinstance(node, NAMELESS) and (first or isinstance(node, syntax.Symbol)):
        with suppress(FormulaError):
            yield Part(node, here, here.visit(node))
    for child, inner, foremost in _inside(node, here):
        yield from _parts(child, inner, first=first and foremost)


def _inside(node: syntax.Node, here: Evaluate) -> Iterator[tuple[syntax.Node, Evaluate, bool]]:
    """The parts of a node that have values of their own, each with the indices that it is looked at for."""
    match node:
        case syntax.Symbol() | syntax.Space():
            return
        case syntax.Big():
            with suppress(FormulaError):
                name, indices = here.indices(node)
                for index in indices[:FEW]:
                    yield node.body, _with(here, name, index), index == indices[0]
        case syntax.Limit():
            with suppress(FormulaError):
                near = here.visit(node.target).array + POINT
                yield node.body, _with(here, node.variable, near), True
        case syntax.Product():
            yield from _factors(node, here)
        case _:
            yield from ((child, here, True) for child in node.children())


def _factors(node: syntax.Product, here: Evaluate) -> Iterator[tuple[syntax.Node, Evaluate, bool]]:
    """The factors of a product, a call u(w) as one of them."""
    factors = list(node.factors)
    while factors:
        factor = factors.pop(0)
        if here.function(factor) is None or not factors:
            yield factor, here, True
        elif factors[1:] or factor is not node.factors[0]:
            behind = factors.pop(0)
            yield syntax.Product((factor, behind), (False, False)), here, True
        else:  # the call is all that there is
            yield factors.pop(0), here, True


def _with(here: Evaluate, name: str, value: object) -> Evaluate:
    return Remember(here.world, here.local | {name: Map.of(value)})


def _shapes(parts: Sequence[Part], sides: set[syntax.Node]) -> dict[str, list[str]]:
    """The parts by their shape; those of one shape as many as fit in a line, and none where all are numbers.

    A side has its shape beside its value.
    """
    if all(part.value.is_number for part in parts):
        return {str(part.value): [] for part in parts[:1]}
    found: dict[str, list[str]] = {}
    for node, here, value in parts:
        if node in sides and not isinstance(node, syntax.Symbol):
            continue
        tex = printer(here).text(node)
        same = found.setdefault(str(value), [])
        if tex not in same:
            same.append(tex)
    return {shape: _cut(names) for shape, names in found.items()}


def _cut(names: list[str]) -> list[str]:
    return names if len(names) <= FEW + 1 else [*names[:FEW], f"and {len(names) - FEW} more"]


def _letters(parts: Sequence[Part]) -> dict[str, str]:
    """The letters that occur, by the index that they have here, with their values."""
    found: dict[str, str] = {}
    for node, here, value in parts:
        if isinstance(node, syntax.Symbol) and not node.primed and node.name not in here.local:
            key, component = here.locate(node)
            at = [*([] if key[1] is None else [key[1]]), *component]
            found.setdefault(
                Print().text(syntax.Symbol(key[0], tuple(syntax.Number(str(i)) for i in at))), short(value)
            )
    return dict(sorted(found.items())[:LETTERS])


# sides


def _side(sign: str, node: syntax.Node, here: Evaluate) -> Reading:
    """A side with its value, its shape, and its summands."""
    if isinstance(node, syntax.Space):
        return {"sign": sign, "value": f"R^({' x '.join(str(here.integer(size)) for size in node.sizes)})"}
    found: Reading = {"sign": sign, "value": _shown(node, here)}
    with suppress(FormulaError):
        value = here.visit(node)
        found |= {} if value.is_number else {"shape": str(value)}
    terms = list(_summands(node, here))
    found |= {"terms": terms[:FEW]} if terms else {}
    return found | ({"more": len(terms) - FEW} if len(terms) > FEW else {})


def _shown(node: syntax.Node, here: Evaluate) -> str:
    try:
        return short(here.visit(node))
    except FormulaError as error:
        return f"no value: {error.problem}"


def _summands(node: syntax.Node, here: Evaluate) -> Iterator[list[str]]:
    """What the outermost sums of a side consist of, each summand with its value."""
    match node:
        case syntax.Sum(terms=terms, signs=signs) if not all(isinstance(term, syntax.Number) for term in terms):
            for term, sign in zip(terms, signs, strict=True):
                signed = syntax.Sum((term,), (sign,))
                yield [printer(here).text(signed), _shown(signed, here)]
                if isinstance(_bare(term), syntax.Big):
                    yield from _summands(term, here)
        case syntax.Big(operator="\\sum"):
            with suppress(FormulaError):
                name, indices = here.indices(node)
                yield from ([f"{name} = {index}", _shown(node.body, _with(here, name, index))] for index in indices)
        case syntax.Product() | syntax.Group() | syntax.Remark() | syntax.Transpose() | syntax.Fraction():
            yield from (summand for child in node.children() for summand in _summands(child, here))


def _bare(node: syntax.Node) -> syntax.Node:
    while isinstance(node, THROUGH):
        node = node.operand
    return node


def short(value: Map) -> str:
    """A value in one short line: a large one is cut.

    >>> short(Map.of(0.123456)), short(Map.of([[1, 2], [3, 4]]))
    ('0.1235', '[[1, 2], [3, 4]]')
    """
    array = value.array
    cut = array.size > FEW + 3
    shown = array.ravel()[:FEW] if cut else array
    text = np.array2string(shown, separator=", ", formatter={"float_kind": lambda x: f"{x + 0.0:.{DIGITS}g}"})
    text = " ".join(text.split()).replace("[ ", "[")
    return f"{text[1:-1]}, and {array.size - FEW} more" if cut else text
