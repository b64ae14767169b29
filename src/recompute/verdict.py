"""Compare the two sides of every relation of a formula, and say what that proves.

`check` decides between *holds*, *fails* and *vacuous*; `refute` wants a formula to miss; `agree` compares a definition
with values computed by hand elsewhere. Nothing that is not finite, not compared, or zero on every draw ever passes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from recompute import syntax
from recompute.errors import FormulaError, ShapeError, mark
from recompute.evaluate import COMPARE, Evaluate, Place
from recompute.tensor import Map
from recompute.world import Definition, World, given, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Kind = Literal["holds", "exact", "agrees", "measured", "refuted", "stated", "fails", "vacuous", "unchecked"]
PASSES: frozenset[Kind] = frozenset({"holds", "exact", "agrees", "measured", "refuted", "stated"})

TOLERANCE = 1e-12  # relative to the larger side; both sides carry about 1e-15 of rounding
MISSES = 1e-3  # how far a refuted formula has to be off, relative to the larger side: a billion tolerances
VANISHES = 1e-12  # a summand smaller than this on every draw, relative to its largest neighbour, proves nothing


@dataclass(frozen=True)
class Verdict:
    """What came of one formula.

    Attributes:
        kind: one of the words of `Kind`.
        residual: the largest relative difference of the two sides (absolute for ≈; for inequalities the excess).
        allowed: what the residual may be.
        count: how many pairs of numbers, columns or matrices were compared.
        draws: on how many draws of the letters.
        ratio: of an inequality, how close the smaller side came to the larger one.
        note: the reason, in words; empty where the figures say everything.
        place: where in the formula the note points.
        left, right: what the two sides came to where they differ most.
        where: the draw and the indices at which that was.
    """

    kind: Kind
    residual: float | None = None
    allowed: float | None = None
    count: int = 0
    draws: int = 0
    ratio: float | None = None
    note: str = ""
    place: tuple[int, int] | None = None
    left: str = ""
    right: str = ""
    where: str = ""

    @property
    def passes(self) -> bool:
        """Whether the build may go on."""
        return self.kind in PASSES

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without empty fields."""
        return {key: value for key, value in asdict(self).items() if value not in (None, "", 0) or key == "residual"}

    def summary(self) -> str:
        """One line for people: `holds: residual 2e-16 over 15 comparisons on 3 draws`."""
        parts = []
        if self.residual is not None and self.kind != "stated":
            name = "misses by" if self.kind == "refuted" else "residual"
            parts.append(f"{name} {self.residual:.0%}" if self.kind == "refuted" else f"{name} {self.residual:.0e}" if self.residual else f"{name} 0")
        if self.ratio is not None:
            parts.append(f"the smaller side reaches {self.ratio:.0%} of the larger")
        if self.count:
            parts.append(f"{self.count} comparison{'s' * (self.count > 1)} on {self.draws} draw{'s' * (self.draws > 1)}")
        text = ", ".join(parts)
        return f"{self.kind}: {text or self.note}" if text or self.note else self.kind

    def report(self, tex: str) -> str:
        """Everything a person needs who has to mend the formula."""
        lines = [self.note or f"{self.kind}.", mark(tex, self.place)]
        if self.left or self.right:
            lines += [f"    left side   {self.left}", f"    right side  {self.right}"]
        if self.residual is not None and self.allowed is not None:
            lines.append(f"    residual    {self.residual:.3g}, allowed {self.allowed:.0e}{f', at {self.where}' if self.where else ''}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Comparison:
    """One relation, at one draw, for one value of every free index."""

    relation: syntax.Relation
    error: float
    allowed: float
    scale: float
    left: Map
    right: Map | None
    where: str
    ratio: float | None = None

    @property
    def badness(self) -> float:
        """How many times the allowed error this one makes."""
        return self.error / self.allowed


def check(
    formula: syntax.Formula,
    worlds: Sequence[World],
    *,
    ranges: Mapping[str, Iterable[int]] | None = None,
    without: Sequence[World] = (),
) -> Verdict:
    """Compute both sides of every relation and compare them.

    Args:
        formula: what is claimed.
        worlds: the draws on which it is tried.
        ranges: values of the free indices that the formula does not state itself.
        without: draws in which the hypothesis of the formula is not true. There the formula has to fail; a claim such
            as `X = 0` can be trusted only because of that.

    Returns:
        `holds`, `fails` or `vacuous`.

    Raises:
        FormulaError: a side has no value, is not finite, or nothing was compared.
    """
    itself = _against_itself(formula, worlds)
    if itself:
        return itself
    summands: dict[Place, float] = {}
    found = _compare_all(formula, worlds, ranges, summands)
    verdict = _judged(found, len(worlds))
    if verdict.kind == "fails":
        return verdict
    if without:
        try:
            needed = _judged(_compare_all(formula, without, ranges, {}), len(without)).kind == "fails"
        except FormulaError:
            needed = True
        if not needed:
            return replace(verdict, kind="vacuous", note="It holds without its hypothesis as well: the hypothesis proves nothing here.")
        return verdict
    return _vacuous(formula, found, summands, verdict) or verdict


def refute(formula: syntax.Formula, worlds: Sequence[World], *, ranges: Mapping[str, Iterable[int]] | None = None) -> Verdict:
    """The opposite of `check`: the formula has to miss, by far more than the tolerance, on every draw.

    Returns:
        `refuted`, or `fails` if the formula holds, or misses by too little to say so.

    Raises:
        FormulaError: it cannot be read or evaluated for another reason than shapes that do not fit.
    """
    try:
        per_draw = [_judged(_compare_all(formula, [world], ranges, {}, draw), 1) for draw, world in enumerate(worlds)]
    except ShapeError as error:
        return Verdict("refuted", draws=len(worlds), count=1, note=f"It has no value: {error.problem}.", place=error.span if error.tex in (None, formula.tex) else None)
    if not per_draw:
        raise FormulaError("there is no draw to refute it on", "Give the page its numbers with page.draw(…).", formula.tex)
    least = min(per_draw, key=lambda v: v.residual or 0.0)
    worst = max(per_draw, key=lambda v: v.residual or 0.0)
    totals = {"count": sum(v.count for v in per_draw), "draws": len(worlds), "allowed": None, "ratio": None}
    if least.kind != "fails" or (least.residual or 0.0) < MISSES:
        note = f"This formula was to be refuted, and it misses by {least.residual or 0:.1e} only; {MISSES:g} is asked for on every draw."
        return replace(least, kind="fails", note=note, **{**totals, "allowed": MISSES})
    return replace(worst, kind="refuted", note="", **totals)


def agree(definition: Definition, worlds: Sequence[World], hands: Sequence[Mapping[str, object]]) -> Verdict:
    """Compare what a definition gives with the same quantity computed by hand, at every index that the hand knows.

    Args:
        definition: the typeset definition.
        worlds: the draws.
        hands: for every draw, values by name, as in `recompute.world.given`.

    Returns:
        `agrees` or `fails`.

    Raises:
        FormulaError: the hand has no value for this letter, or the definition none at one of its indices.
    """
    relation = definition.formula.relations[0]
    if definition.parameter:
        return _agree_function(definition, worlds, hands)
    found = []
    for draw, (world, hand) in enumerate(zip(worlds, hands, strict=True)):
        values = {key: value for key, value in given({k: v for k, v in hand.items() if not callable(v)}).items() if key[0] == definition.name and (key[1] is not None) == definition.family}
        if not values:
            name = f"{definition.name}_{definition.index}" if definition.family else definition.name
            raise FormulaError(f"nothing was computed by hand for {name}", f"Given: {', '.join(sorted(hand)) or 'nothing'}.", definition.formula.tex, relation.left.span)
        for key, value in values.items():
            where = f"draw {draw}, {show(key)}"
            found.append(_compare(relation, "=", world.defined_value(key), value, where))
    verdict = _judged(found, len(worlds))
    if verdict.kind == "fails":
        return replace(verdict, note="The definition and the value computed by hand differ (right side: by hand).")
    if max(c.scale for c in found) == 0:
        return replace(verdict, kind="vacuous", note="It is zero on every draw.")
    return replace(verdict, kind="agrees")


POINTS = (-1.3, -0.4, 0.2, 0.7, 1.6)  # where a function is compared with the same function by hand


def _agree_function(definition: Definition, worlds: Sequence[World], hands: Sequence[Mapping[str, object]]) -> Verdict:
    """The same for a function: the hand gives something to call."""
    relation, found = definition.formula.relations[0], []
    for draw, (world, hand) in enumerate(zip(worlds, hands, strict=True)):
        function = hand.get(definition.name)
        if not callable(function):
            raise FormulaError(f"nothing was computed by hand for {definition.name}({definition.parameter})", "Give a function to call.", definition.formula.tex)
        for point in POINTS:
            value = Evaluate(world).at(definition, Map.of(point))
            found.append(_compare(relation, "=", value, Map.of(function(point)), f"draw {draw}, {definition.parameter} = {point}"))
    verdict = _judged(found, len(worlds))
    return replace(verdict, kind="agrees") if verdict.kind == "holds" else verdict


def _against_itself(formula: syntax.Formula, worlds: Sequence[World]) -> Verdict | None:
    if not worlds:
        raise FormulaError("there is no draw to check it on", "Give the page its numbers with page.draw(…).", formula.tex)
    for relation in formula.relations:
        if relation.left == relation.right:
            return Verdict("vacuous", note="Both sides are the same expression.", place=relation.span)
        for definition in worlds[0].definitions.values():
            own = definition.formula.relations[0]
            if (relation.left, relation.right) in {(own.left, own.right), (own.right, own.left)}:
                note = "This is the definition itself, which cannot be checked against itself: compare it with values computed by hand, page.define(label, by=…)."
                return Verdict("vacuous", note=note, place=relation.span)
    return None


def _compare_all(
    formula: syntax.Formula,
    worlds: Sequence[World],
    ranges: Mapping[str, Iterable[int]] | None,
    summands: dict[Place, float],
    first_draw: int = 0,
) -> list[Comparison]:
    found = []
    for draw, world in enumerate(worlds, first_draw):
        for indices in assignments(formula, world, ranges or {}):
            where = ", ".join([f"draw {draw}", *(f"{name} = {value}" for name, value in indices.items())])
            inside = Evaluate(world, {name: Map.of(value) for name, value in indices.items()}, summands)
            try:
                found += [_relation(formula, relation, inside, where) for relation in formula.relations]
            except FormulaError as error:
                raise error.at(formula.tex) from None
    if not found:
        raise FormulaError("no value of the indices satisfies the stated range, so nothing was compared", "Widen the range.", formula.tex)
    return found


def assignments(formula: syntax.Formula, world: World, ranges: Mapping[str, Iterable[int]]) -> Iterator[dict[str, int]]:
    r"""Every value of the free indices: those of `ranges`, and those that `\qquad 1 \le t \le T` states.

    Raises:
        FormulaError: an index has no bound on one side.
    """
    inside = Evaluate(world, {name: Map.of(0) for name in ranges})
    bounds: list[int] = []
    stated: dict[str, syntax.Node] = {}
    closed: set[str] = set()
    for condition in formula.conditions:
        for position, part in enumerate(condition.parts):
            if isinstance(part, syntax.Symbol) and not part.subscripts and not world.knows(part.name) and part.name not in ranges:
                stated[part.name] = part
                if 0 < position < len(condition.parts) - 1 or "=" in condition.signs:
                    closed.add(part.name)
    for condition in formula.conditions:
        bounds += [inside.integer(part) for part in condition.parts if not _mentions(part, stated)]
    for name in stated.keys() - closed:
        raise FormulaError(f"the index {name} has no bound on one side", rf"Write \qquad 1 \le {name} \le T.", formula.tex, stated[name].span)
    span = range(min(bounds, default=0), max(bounds, default=-1) + 1)
    free = {**{name: list(values) for name, values in ranges.items()}, **dict.fromkeys(stated, list(span))}
    for values in product(*free.values()):
        indices = dict(zip(free, values, strict=True))
        local = Evaluate(world, {name: Map.of(value) for name, value in indices.items()})
        if all(local.condition(condition) for condition in formula.conditions):
            yield indices


def _mentions(node: syntax.Node, names: Iterable[str]) -> bool:
    return any(isinstance(inner, syntax.Symbol) and inner.name in set(names) for inner in node.walk())


def _relation(formula: syntax.Formula, relation: syntax.Relation, inside: Evaluate, where: str) -> Comparison:
    with np.errstate(all="ignore"):  # what is not finite is refused below, with its place
        left = _finite(inside.visit(relation.left), relation.left)
        if relation.sign == "\\in":
            return _shape(relation, left, inside, where)
        right = _finite(inside.visit(relation.right), relation.right)
    decimals = _decimals(formula, relation) if relation.sign == "\\approx" else 0
    return _compare(relation, relation.sign, left, right, where, decimals)


def _finite(value: Map, node: syntax.Node) -> Map:
    if not np.isfinite(value.array).all():
        raise FormulaError(f"this side is not finite: {digits(value)}", "A check needs numbers; look for a division by zero or an overflow.", span=node.span)
    return value


def _shape(relation: syntax.Relation, left: Map, inside: Evaluate, where: str) -> Comparison:
    assert isinstance(relation.right, syntax.Space)  # noqa: S101 - the grammar has nothing else behind \in
    sizes = tuple(inside.integer(size) for size in relation.right.sizes)
    if len(sizes) > 2:  # noqa: PLR2004
        raise FormulaError("a shape has at most two sizes", r"Write \mathbb R^{n} or \mathbb R^{n \times m}.", span=relation.right.span)
    fits = left.kind == (sizes[:1], sizes[1:])
    if fits:
        return Comparison(relation, 0.0, TOLERANCE, 1.0, left, left, where)
    raise ShapeError(f"the left side is {left}, and not an element of R^{'x'.join(map(str, sizes))}", span=relation.span)


def _compare(relation: syntax.Relation, sign: str, left: Map, right: Map, where: str, decimals: int = 0) -> Comparison:
    if left.kind != right.kind:
        raise ShapeError(f"the left side is {left}, the right side {right}", r"A row never equals a column: is a ^\top missing, or one too many?", span=relation.span)
    scale = float(max(np.abs(left.array).max(initial=0.0), np.abs(right.array).max(initial=0.0)))
    gap = float(np.abs(left.array - right.array).max(initial=0.0))
    ratio, allowed = None, TOLERANCE
    if sign == "=":
        error = gap / (scale or 1.0)
    elif sign == "\\ne":
        error = 0.0 if gap > MISSES * scale else 1.0
    elif sign == "\\approx":
        error, allowed = gap, 0.5 * 10.0 ** -decimals * (1 + 1e-9)
    else:
        if not left.is_number:
            raise ShapeError(f"an inequality compares numbers, not {left}", "Compare norms.", span=relation.span)
        small, large = (left, right) if sign in {"<", "\\le"} else (right, left)
        true = COMPARE[sign](left.array.item(), right.array.item())
        error = 0.0 if true else gap / (scale or 1.0)
        error = 2 * TOLERANCE if not true and sign in "<>" and error <= TOLERANCE else error
        ratio = small.array.item() / large.array.item() if large.array.item() > 0 else None
    return Comparison(relation, error, allowed, scale, left, right, where, ratio)


def _decimals(formula: syntax.Formula, relation: syntax.Relation) -> int:
    r"""How many decimals the number prints that stands behind `\approx`, or further right in the chain."""
    for later in formula.relations[formula.relations.index(relation) :]:
        node = later.right
        inner = node.terms[0] if isinstance(node, syntax.Sum) and len(node.terms) == 1 else node
        if isinstance(inner, syntax.Number):
            return len(inner.text.partition(".")[2])
    raise FormulaError(r"no printed number stands to the right of \approx", "Write the number with as many decimals as it is right to, or use =.", span=relation.span)


def _judged(found: Sequence[Comparison], draws: int) -> Verdict:
    worst = max(found, key=lambda c: c.badness)
    ratios = [c.ratio for c in found if c.ratio is not None]
    verdict = Verdict("holds", worst.error, worst.allowed, len(found), draws, max(ratios) if ratios else None)
    if worst.badness <= 1:
        return verdict
    right = digits(worst.right) if worst.right is not None else ""
    return replace(verdict, kind="fails", note="The two sides differ.", place=worst.relation.span, left=digits(worst.left), right=right, where=worst.where)


def _vacuous(formula: syntax.Formula, found: Sequence[Comparison], summands: Mapping[Place, float], verdict: Verdict) -> Verdict | None:
    for relation in formula.relations:
        if max(c.scale for c in found if c.relation is relation) == 0:
            note = "Both sides vanish on every draw, so nothing was compared. If it follows from a hypothesis, name it: page.check(label, given=…)."
            return replace(verdict, kind="vacuous", note=note, place=relation.span)
    for (span, bound), size in summands.items():
        if size <= VANISHES:
            at = "".join(f" at {name} = {value}" for name, value in bound)
            note = f"This summand vanishes on every draw{at}, so the check says nothing about it."
            return replace(verdict, kind="vacuous", note=note, place=span)
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
    if len(reason.split()) < 3:  # noqa: PLR2004 - a reason is a sentence
        raise ValueError(f"state() wants the reason why the formula cannot be recomputed, in a sentence; it got {reason!r}")
    return Verdict("stated", note=reason)


__all__ = ["PASSES", "Kind", "Verdict", "agree", "assignments", "check", "refute", "state"]
