r"""The values of the free indices of a formula: what `\qquad 1 \le k < t \le T` says, or the cell that checks it.

Every index needs a bound on either side, out of numbers or of indices that are bounded themselves.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from recompute import syntax
from recompute.errors import FormulaError
from recompute.evaluate import DOWN, EULER, MOST, UP, Evaluate
from recompute.tensor import Map

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from recompute.world import World

Values = dict[str, int]


def assignments(formula: syntax.Formula, world: World, ranges: Mapping[str, Iterable[int]]) -> Iterator[Values]:
    r"""Every value of the free indices: those of `ranges`, and those that `\qquad 1 \le t \le T` states.

    Args:
        formula: what is claimed.
        world: says which letters are quantities.
        ranges: values of indices that the formula does not state itself.

    Raises:
        FormulaError: an index has no bound on one side, is not used, or takes too many values.
    """
    return values_of(formula, world, ranges, free_indices(formula, world, ranges))


def free_indices(formula: syntax.Formula, world: World, ranges: Mapping[str, Iterable[int]]) -> dict[str, syntax.Node]:
    """The free indices that the formula itself gives ranges to, each with a place where it stands.

    Raises:
        FormulaError: an index is not used, or one of `ranges` is none.
    """
    names = _stated(formula, world)
    _refuse_misused(formula, world, names, ranges)
    return {name: node for name, node in names.items() if name not in ranges}


def values_of(
    formula: syntax.Formula, world: World, ranges: Mapping[str, Iterable[int]], free: Mapping[str, syntax.Node]
) -> Iterator[Values]:
    """Every value of the free indices in this world, as in `assignments`."""
    count = 0
    for fixed in product(*ranges.values()):
        for values in _extended(formula.conditions, world, dict(zip(ranges, fixed, strict=True)), free):
            count += 1
            if count > MOST:
                raise FormulaError(f"more than {MOST:,} values of the indices", "Narrow their ranges.", formula.tex)
            yield values


def inside(world: World, values: Values) -> Evaluate:
    """Evaluates at these values of the indices."""
    return Evaluate(world, {name: Map.of(float(value)) for name, value in values.items()})


def _stated(formula: syntax.Formula, world: World) -> dict[str, syntax.Node]:
    """The letters of the conditions that stand for nothing else: the indices, each with a place where it stands."""
    inner = [node for condition in formula.conditions for node in condition.walk()]
    letters = [node for node in inner if isinstance(node, syntax.Symbol) and not node.subscripts]
    return {node.name: node for node in letters if not world.knows(node.name) and node.name != EULER}


def _refuse_misused(
    formula: syntax.Formula, world: World, names: Mapping[str, syntax.Node], ranges: Mapping[str, Iterable[int]]
) -> None:
    for condition in formula.conditions:
        if not any(syntax.mentions(condition, name) for name in names):
            problem, advice = "this range has no index: all its letters have values on this page", HYPOTHESIS
            raise FormulaError(problem, advice, formula.tex, condition.span)
    for name in ranges:
        if {low for low, _ in _neighbours(name, formula.conditions)} == {True, False}:
            raise FormulaError(f"the formula states the range of {name} itself", LEAVE_OUT, formula.tex)
        if world.knows(name) or not any(syntax.mentions(relation, name) for relation in formula.relations):
            raise FormulaError(f"{name} is no free index of this formula", LEAVE_OUT, formula.tex)
    parts = [part for condition in formula.conditions for part in condition.parts]
    for name, node in names.items():
        uses = sum(syntax.mentions(part, name) for part in parts)
        if uses == 1 and not any(syntax.mentions(relation, name) for relation in formula.relations):
            raise FormulaError(f"the index {name} is not used", "Leave its range out.", formula.tex, node.span)


HYPOTHESIS = "A hypothesis goes into page.check(label, given=…)."
LEAVE_OUT = "Leave it out in the cell."


def _extended(
    conditions: Sequence[syntax.Condition], world: World, fixed: Values, free: Mapping[str, syntax.Node]
) -> Iterator[Values]:
    """The values of the free indices for given values of the others."""
    if not free:
        if inside(world, fixed).satisfies(conditions):
            yield fixed
        return
    for name in free:
        bounds = _bounds(name, conditions, inside(world, fixed), free)
        if bounds is not None:
            rest = {other: node for other, node in free.items() if other != name}
            for value in bounds:
                yield from _extended(conditions, world, fixed | {name: value}, rest)
            return
    name, node = next(iter(free.items()))
    raise FormulaError(
        f"the index {name} has no bound on one side", rf"Write \qquad 1 \le {name} \le T.", span=node.span
    )


def _bounds(
    name: str, conditions: Sequence[syntax.Condition], known: Evaluate, free: Mapping[str, syntax.Node]
) -> range | None:
    """The values that an index may have, or None if that depends on other indices that are not known yet."""
    ends: dict[bool, list[int]] = {True: [], False: []}
    for low, bound in _neighbours(name, conditions):
        if not any(syntax.mentions(bound, letter) for letter in free):
            ends[low].append(known.integer(bound))
    if not ends[True] or not ends[False]:
        return None
    first, last = max(ends[True]), min(ends[False])
    if last - first >= MOST:
        raise FormulaError(f"{last - first + 1:,} values of the index {name}", f"At most {MOST:,} are tried.")
    return range(first, last + 1)


def _neighbours(name: str, conditions: Sequence[syntax.Condition]) -> Iterator[tuple[bool, syntax.Node]]:
    """What an index is compared with, and whether that lies below it (True) or above it."""
    for condition in conditions:
        for place, part in enumerate(condition.parts):
            if not isinstance(part, syntax.Symbol) or part.name != name:
                continue
            for other, bound in enumerate(condition.parts):
                signs = set(condition.signs[min(place, other) : max(place, other)])
                if signs and signs <= UP | {"="}:
                    yield other < place, bound
                if signs and signs <= DOWN | {"="}:
                    yield other > place, bound
