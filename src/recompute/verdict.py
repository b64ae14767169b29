"""Compare the two sides of every relation of a formula, and say what that proves.

`check` decides between *holds*, *fails* and *vacuous*; `refute` wants a formula to miss; `agree` compares a definition
with values computed by hand elsewhere. Nothing that is not finite, not compared, or zero on every draw ever passes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from sys import float_info
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recompute import syntax
from recompute.errors import FormulaError, ShapeError
from recompute.evaluate import COMPARE, MOST_TOGETHER, Evaluate, Watch, computing
from recompute.outcome import PASSES, Kind, Verdict
from recompute.ranges import assignments, free_indices, inside, values_of
from recompute.tensor import MATRIX, Map, advice_on
from recompute.world import given, show

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from recompute.world import Definition, Key, World

    Ranges = Mapping[str, Iterable[int]]

TOLERANCE = 1e-12  # relative to the larger side; both sides carry about 1e-15 of rounding
MISSES = 1e-3  # how far a refuted formula has to be off, relative to the larger side: a billion tolerances
POINTS = (-1.3, -0.4, 0.2, 0.7, 1.6)  # where a function is compared with the same function by hand
SENTENCE = 3  # words that a reason has at least
ENOUGH = 2  # indices at which the hand computes a family whose definition states no range
VANISHES = 1e-12  # a summand smaller than this on every draw, relative to its largest neighbour, proves nothing


class Case(NamedTuple):
    """One draw and one value of every free index, which `text` names."""

    draw: int
    text: str


@dataclass(frozen=True)
class Comparison:
    """One relation, at one draw, for one value of every free index."""

    relation: syntax.Relation
    error: float
    allowed: float
    scale: float
    left: Map
    right: Map
    case: Case
    ratio: float | None = None

    @property
    def badness(self) -> float:
        """How many times the allowed error this one makes."""
        return self.error / self.allowed

    @property
    def holds(self) -> bool:
        """Whether the error is allowed."""
        return self.badness <= 1


def check(
    formula: syntax.Formula,
    worlds: Sequence[World],
    *,
    ranges: Ranges | None = None,
    without: Sequence[World] = (),
    brief: bool = False,
) -> Verdict:
    """Compute both sides of every relation and compare them.

    Args:
        formula: what is claimed.
        worlds: the draws on which it is tried.
        ranges: values of the free indices that the formula does not state itself.
        without: draws in which the hypothesis of the formula is not true. There the formula has to fail; a claim such
            as `X = 0` can be trusted only because of that.
        brief: stop where two sides first differ, and do not ask whether the check is vacuous.

    Returns:
        `holds`, `fails` or `vacuous`.

    Raises:
        FormulaError: a side has no value, is not finite, or nothing was compared.
    """
    itself = _against_itself(formula, worlds)
    if itself:
        return itself
    watch = None if brief else Watch()
    found = _compare_all(formula, worlds, ranges, watch, brief=brief)
    verdict = _judged(found)
    if verdict.kind == "fails" or watch is None:
        return verdict
    reason = _needless(found, _compare_without(formula, without, ranges)) if without else _zero(formula, found)
    reason = reason or _dead(watch, only_beside_the_living=bool(without))
    return replace(verdict, kind="vacuous", note=reason[0], place=reason[1]) if reason else verdict


def refute(
    formula: syntax.Formula,
    worlds: Sequence[World],
    *,
    ranges: Ranges | None = None,
    misses_by: syntax.Node | None = None,
    brief: bool = False,
) -> Verdict:
    """The opposite of `check`: the formula has to miss, by far more than the tolerance, on every draw.

    Args:
        formula: what is wrong.
        worlds: the draws.
        ranges: as in `check`.
        misses_by: what its left side has too much, on every draw. Without it any other wrong formula would do as well.
        brief: as in `check`.

    Returns:
        `refuted`, or `fails` if the formula holds, misses by too little to say so, or by something else.

    Raises:
        FormulaError: it cannot be read or evaluated for another reason than shapes that do not fit.
    """
    _refuse_no_draw(formula, worlds)
    watch = Watch()
    try:
        per_draw = [_judged(_compare_all(formula, [world], ranges, watch, draw)) for draw, world in enumerate(worlds)]
    except ShapeError as error:
        if error.tex != formula.tex or misses_by is not None:
            raise
        note = f"It has no value: {error.problem}."
        return Verdict("refuted", draws=len(worlds), count=1, note=note, place=error.span)
    least = min(per_draw, key=_miss)
    total = Verdict("refuted", count=sum(v.count for v in per_draw), draws=len(worlds))
    if misses_by is not None:
        mended = _mended(formula, misses_by)
        found = _judged(_compare_all(mended, worlds, ranges, Watch(), brief=brief))
        if not found.passes:
            note = "It is wrong, but it does not miss by what is said (the right side here has that added)."
            return replace(found, note=note)
    if least.kind != "fails" or _miss(least) < MISSES:
        note = (
            f"This formula was to be refuted, and misses by {_miss(least):.1e} only; on every draw {MISSES:g} is asked."
        )
        return replace(least, kind="fails", note=note, allowed=MISSES, ratio=None, count=total.count, draws=total.draws)
    reason = _dead(watch, only_beside_the_living=True)
    if reason:
        return replace(total, kind="vacuous", note=reason[0], place=reason[1])
    worst = max(per_draw, key=_miss)
    return replace(worst, kind="refuted", note="", allowed=None, ratio=None, count=total.count, draws=total.draws)


def _mended(formula: syntax.Formula, misses_by: syntax.Node) -> syntax.Formula:
    """A wrong formula with what it lacks added to its right side."""
    relation, *others = formula.relations
    if others or relation.sign != "=":
        advice = "Split the chain, and refute the relation that is wrong."
        raise FormulaError("what a formula misses by can be said of a single = alone", advice, formula.tex)
    right = syntax.Sum((relation.right, misses_by), (1, 1), span=relation.right.span)
    return replace(formula, relations=(replace(relation, right=right),))


def agree(
    definition: Definition, worlds: Sequence[World], hands: Sequence[Mapping[str, object]], *, brief: bool = False
) -> Verdict:
    """Compare what a definition gives with the same quantity computed by hand.

    Args:
        definition: the typeset definition.
        worlds: the draws.
        hands: for every draw, values by name, as in `recompute.world.given`; for a function something to call. At every
            index that the definition states a value is wanted; where it states none, at two or more.
        brief: as in `check`.

    Returns:
        `agrees`, `fails` or `vacuous`.

    Raises:
        FormulaError: the hand has no value for this letter, or the definition none at one of its indices.
    """
    formula = definition.formula
    (relation,) = formula.relations
    _refuse_no_draw(formula, worlds)
    watch, found = Watch(), list[Comparison]()
    for draw, (world, hand) in enumerate(zip(worlds, hands, strict=True)):
        for where, compute, by_hand in _agreements(definition, world, hand, watch):
            with computing():
                left, right = compute(), Map.of(by_hand)
            _refuse_infinite(left, relation.right, formula.tex)
            if not np.isfinite(right.array).all():
                raise FormulaError(f"by hand {where} is {digits(right)}", "Numbers are wanted.", formula.tex)
            found.append(_compare(formula, relation, left, right, Case(draw, f"draw {draw}, {where}")))
            if brief and not found[-1].holds:
                return _judged(found)
    verdict = _judged(found)
    if verdict.kind == "fails":
        return replace(verdict, note="The definition and the value computed by hand differ (right side: by hand).")
    reason = _zero(formula, found) or _dead(watch)
    return (
        replace(verdict, kind="vacuous", note=reason[0], place=reason[1]) if reason else replace(verdict, kind="agrees")
    )


Agreement = tuple[
    str, "Callable[[], Map]", object
]  # what is compared, how the definition gives it, and what the hand gave


def _agreements(definition: Definition, world: World, hand: Mapping[str, object], watch: Watch) -> Iterator[Agreement]:
    name, tex = definition.name, definition.formula.tex
    (relation,) = definition.formula.relations
    place = relation.left.span
    if world.definitions.get((name, definition.family)) != definition:
        raise FormulaError(f"another formula defines {name} here", "Define one after the other.", tex, place)
    if definition.parameter:
        function = hand.get(name)
        if not callable(function):
            problem = f"nothing was computed by hand for {name}({definition.parameter})"
            raise FormulaError(problem, "Give a function to call.", tex, place)
        for point in POINTS:
            compute = partial(Evaluate(world).at, definition, Map.of(point), watch)
            yield f"{definition.parameter} = {point}", compute, function(point)
        return
    values = given({letter: value for letter, value in hand.items() if not callable(value)})
    mine = {key: value for key, value in values.items() if key[0] == name and (key[1] is not None) == definition.family}
    missing = sorted(_wanted(definition, world) - mine.keys(), key=str)
    if not mine or missing or (definition.family and len(mine) < ENOUGH):
        lacking = show(missing[0]) if missing else f"{name}_{definition.index}" if definition.family else name
        letters = ", ".join(sorted(hand)) or "nothing"
        raise FormulaError(f"too little was computed by hand for {lacking}", f"Given: {letters}.", tex, place)
    for key, value in mine.items():
        yield show(key), partial(world.defined_value, key, watch), value


def _wanted(definition: Definition, world: World) -> set[Key]:
    """The keys for which a definition says that it holds."""
    if definition.index is None or not definition.formula.conditions:
        return set()
    found = list(assignments(definition.formula, world, {}))
    if any(definition.index not in values for values in found):
        problem = f"the range is not that of {definition.index}, the index of {definition.name}"
        raise FormulaError(problem, "State a range for the index on the left side.", definition.formula.tex)
    return {(definition.name, values[definition.index]) for values in found}


def _refuse_no_draw(formula: syntax.Formula, worlds: Sequence[World]) -> None:
    if not worlds:
        raise FormulaError("there is no draw to try it on", "Give the page its numbers with page.draw(…).", formula.tex)


def _against_itself(formula: syntax.Formula, worlds: Sequence[World]) -> Verdict | None:
    """The verdict on `a = a`, and on a definition that is to be checked against itself."""
    _refuse_no_draw(formula, worlds)
    for relation in formula.relations:
        names = worlds[0].labelled
        left, right = (syntax.named(syntax.bare(side), names) for side in (relation.left, relation.right))
        sides = (left, right)
        if sides[0] == sides[1]:
            return Verdict("vacuous", note="Both sides are the same expression.", place=relation.span)
        if any(_is_definition(definition, sides, names) for definition in worlds[0].definitions.values()):
            note = "This is the definition itself, which cannot be checked against itself"
            advice = "compare it with values computed by hand, page.define(label, by=…)."
            return Verdict("vacuous", note=f"{note}: {advice}", place=relation.span)
    return None


def _head(node: syntax.Node) -> str | None:
    """The letter that s_t or u(w) begins with, as the left side of a definition does."""
    first = node.factors[0] if isinstance(node, syntax.Product) else node
    return first.name if isinstance(first, syntax.Symbol) else None


def _is_definition(definition: Definition, sides: tuple[syntax.Node, syntax.Node], names: Collection[str]) -> bool:
    """Whether two sides are those of a definition, in whichever order and with whatever index."""
    (relation,) = definition.formula.relations
    for left, right in (sides, sides[::-1]):
        if _head(left) != definition.name:
            continue
        own = tuple(syntax.named(syntax.bare(side), names) for side in (relation.left, relation.right))
        renamed: dict[str, str] = {}
        match left:
            case syntax.Symbol(subscripts=(syntax.Symbol(name=index),)) if definition.index:
                renamed = {index: definition.index, definition.index: index}
            case syntax.Product(factors=(_, syntax.Symbol(name=parameter))) if definition.parameter:
                renamed = {parameter: definition.parameter, definition.parameter: parameter}
        if (syntax.bare(left, renamed), syntax.bare(right, renamed)) == own:
            return True
    return False


def _compare_all(  # noqa: PLR0913 - what is compared, where, and how long
    formula: syntax.Formula,
    worlds: Sequence[World],
    ranges: Ranges | None,
    watch: Watch | None,
    first_draw: int = 0,
    *,
    brief: bool = False,
) -> list[Comparison]:
    """Every relation on every draw for every value of the free indices; if `brief`, until one does not hold."""
    found: list[Comparison] = []
    kept = {name: list(values) for name, values in (ranges or {}).items()}
    try:
        with computing():
            free = free_indices(formula, worlds[0], kept) if worlds else {}
            for draw, world in enumerate(worlds, first_draw):
                every = list(values_of(formula, world, kept, free))
                weight = len(every) * len(worlds)
                if weight > MOST_TOGETHER:
                    raise FormulaError(f"{weight:,} cases", f"At most {MOST_TOGETHER:,} are computed.")  # noqa: TRY301 - the formula is added below
                for values in every:
                    where = ", ".join([f"draw {draw}", *(f"{name} = {value}" for name, value in values.items())])
                    here = Evaluate(world, inside(world, values).local, watch, weight=weight)
                    for relation in formula.relations:
                        found.append(_relation(formula, relation, here, Case(draw, where)))
                        if brief and not found[-1].holds:
                            return found
    except FormulaError as error:
        raise error.at(formula.tex) from None
    if not found:
        problem = "no value of the indices satisfies the stated range, so nothing was compared"
        raise FormulaError(problem, "Widen the range.", formula.tex)
    return found


def _compare_without(formula: syntax.Formula, worlds: Sequence[World], ranges: Ranges | None) -> list[Comparison]:
    try:
        return _compare_all(formula, worlds, ranges, Watch())
    except FormulaError as error:
        error.problem = f"without its hypothesis: {error.problem}"
        raise


def _relation(formula: syntax.Formula, relation: syntax.Relation, here: Evaluate, case: Case) -> Comparison:
    left = here.visit(relation.left)
    _refuse_infinite(left, relation.left)
    if relation.sign == "\\in":
        _refuse_other_shape(relation, left, here)
        return Comparison(relation, 0.0, TOLERANCE, 1.0, left, left, case)
    right = here.visit(relation.right)
    _refuse_infinite(right, relation.right)
    return _compare(formula, relation, left, right, case)


def _refuse_infinite(value: Map, node: syntax.Node, tex: str | None = None) -> None:
    if not np.isfinite(value.array).all():
        problem = f"this side is not finite: {digits(value)}"
        raise FormulaError(problem, "Look for a division by zero or an overflow.", tex, node.span)


def _refuse_other_shape(relation: syntax.Relation, left: Map, here: Evaluate) -> None:
    assert isinstance(relation.right, syntax.Space)  # the grammar has nothing else behind \in
    sizes = tuple(here.integer(size) for size in relation.right.sizes)
    if len(sizes) > MATRIX:
        advice = r"Write \mathbb R^{n} or \mathbb R^{n \times m}."
        raise FormulaError("a shape has at most two sizes", advice, span=relation.right.span)
    if left.kind != (sizes[:1], sizes[1:]):
        power = f"^{'x'.join(map(str, sizes))}" if sizes else ""
        raise ShapeError(f"the left side is {left}, and not an element of R{power}", span=relation.span)


def _compare(formula: syntax.Formula, relation: syntax.Relation, left: Map, right: Map, case: Case) -> Comparison:
    if left.kind != right.kind:
        problem = f"the left side is {left}, the right side {right}"
        raise ShapeError(problem, advice_on(left, right), formula.tex, relation.span)
    scale = float(max(np.abs(left.array).max(initial=0.0), np.abs(right.array).max(initial=0.0)))
    with np.errstate(over="ignore"):
        gap = min(float(np.abs(left.array - right.array).max(initial=0.0)), float_info.max)
    error, allowed, ratio = gap / (scale or 1.0), TOLERANCE, None
    if relation.sign == "\\ne":
        error = 0.0 if gap > MISSES * scale else 1.0
    elif relation.sign == "\\approx":
        printed, decimals = _printed(formula, relation)
        error = float(np.abs(left.array - printed).max(initial=0.0))
        allowed = 0.5 * 10.0**-decimals * (1 + 1e-9)
    elif relation.sign != "=":
        error, ratio = _inequality(relation, left, right, error)
    return Comparison(relation, error, allowed, scale, left, right, case, ratio)


def _inequality(relation: syntax.Relation, left: Map, right: Map, error: float) -> tuple[float, float | None]:
    """The error of an inequality, and how close the smaller side comes to the larger one."""
    if not left.is_number:
        raise ShapeError(f"an inequality compares numbers, not {left}", "Compare norms.", span=relation.span)
    a, b = left.array.item(), right.array.item()
    small, large = (a, b) if relation.sign in {"<", "\\le"} else (b, a)
    ratio = min(small / large, float_info.max) if large > 0 else None
    if COMPARE[relation.sign](a, b):
        return 0.0, ratio
    return max(error, 2 * TOLERANCE) if relation.sign in {"<", ">"} else error, ratio


def _printed(formula: syntax.Formula, relation: syntax.Relation) -> tuple[float, int]:
    r"""The number that is printed behind `\approx`, or further right in the chain, and how many decimals it has."""
    place = next(position for position, other in enumerate(formula.relations) if other is relation)
    for later in formula.relations[place:]:
        match later.right:
            case syntax.Number(text=text):
                return float(text), len(text.partition(".")[2])
            case syntax.Sum(terms=(syntax.Number(text=text),), signs=(sign,)):
                return sign * float(text), len(text.partition(".")[2])
    advice = "Write the number with as many decimals as it is right to, or use =."
    raise FormulaError(r"no printed number stands to the right of \approx", advice, span=relation.span)


def _judged(found: Sequence[Comparison]) -> Verdict:
    worst = max(found, key=lambda c: c.badness)
    ratios = [c.ratio for c in found if c.ratio is not None]
    draws = len({c.case.draw for c in found})
    verdict = Verdict("holds", worst.error, worst.allowed, len(found), draws, max(ratios) if ratios else None)
    if worst.holds:
        return verdict
    sides = {"left": digits(worst.left), "right": digits(worst.right), "where": worst.case.text}
    return replace(verdict, kind="fails", note="The two sides differ.", place=worst.relation.span, **sides)  # type: ignore[arg-type]  # mypy reads sides as every field


def _miss(verdict: Verdict) -> float:
    return verdict.residual or 0.0


Reason = tuple[str, tuple[int, int]]  # why a verdict is vacuous, and the place


def _zero(formula: syntax.Formula, found: Sequence[Comparison]) -> Reason | None:
    """The relation whose sides vanish on every draw."""
    for relation in formula.relations:
        if max(c.scale for c in found if c.relation is relation) == 0:
            note = "Both sides vanish on every draw, so nothing was compared."
            return f"{note} If it follows from a hypothesis, name it: page.check(label, given=…).", relation.span
    return None


def _needless(found: Sequence[Comparison], free: Sequence[Comparison]) -> Reason | None:
    """The relation that vanishes with the hypothesis and without; or the first, if all hold without it as well."""
    if all(c.holds for c in free):
        note = "It holds without its hypothesis as well: the hypothesis proves nothing here."
        return note, found[0].relation.span
    for relation in {id(c.relation): c.relation for c in found}.values():
        if max(c.scale for c in (*found, *free) if c.relation is relation) == 0:
            return "Both sides vanish on every draw, with the hypothesis and without.", relation.span
    return None


def _dead(watch: Watch, *, only_beside_the_living: bool = False) -> Reason | None:
    """The summand that vanishes on every draw; under a hypothesis and in a wrong formula one with living neighbours."""
    for (span, bound), size in watch.sizes.items():
        if size <= VANISHES and ((span, bound) in watch.alive or not only_beside_the_living):
            at = "".join(f" at {name} = {value}" for name, value in bound)
            return f"This summand vanishes on every draw{at}, so the check says nothing about it.", span
    for span, terms in watch.terms.items():
        if terms == 0:
            return "The index of this sum or product has no values on any draw, so its terms were never computed.", span
    return None


def digits(value: Map) -> str:
    """A value as a short text: `0.42737`, or the entries of a column or matrix."""
    text = np.array2string(value.array, precision=5, threshold=24, separator=", ", suppress_small=False)
    return " ".join(text.split())


def state(reason: str) -> Verdict:
    """A formula that cannot be recomputed, with the reason why.

    Raises:
        ValueError: no reason is given.
    """
    if len(reason.split()) < SENTENCE:
        raise ValueError(f"state() wants the reason why the formula cannot be recomputed; it got {reason!r}")
    return Verdict("stated", note=reason)


__all__ = ["PASSES", "Kind", "Verdict", "agree", "assignments", "check", "refute", "state"]
