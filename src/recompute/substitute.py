r"""Put numbers into a formula: `w s_2` becomes `0.8 \cdot 0.52`, and the rest of the LaTeX stays as it was written.

The result is a formula like any other, and is checked like any other: what it prints has to be right to the last
printed decimal, with the printed numbers in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recompute import syntax
from recompute.errors import FormulaError, ShapeError
from recompute.evaluate import Evaluate, computing
from recompute.tensor import Map

if TYPE_CHECKING:
    from recompute.world import World

LONG = 34  # characters of LaTeX that numbers may have on one line; more would not fit beside their number on the page


@dataclass(frozen=True)
class Substitute:
    """Prints expressions with the numbers of one world.

    Args:
        tex: the LaTeX that the expressions were read from.
        world: where the numbers are.
        digits: decimals to print; a number that has fewer is printed as it is.
        local: values of indices.
    """

    tex: str
    world: World
    digits: int
    local: dict[str, Map]

    @property
    def here(self) -> Evaluate:
        """Evaluates with these indices in this world."""
        return Evaluate(self.world, self.local)

    def number(self, node: syntax.Node) -> str:
        """The value of `node`, in brackets when it is negative.

        Raises:
            ShapeError: it is not a number.
        """
        value = self.here.visit(node)
        if not value.is_number:
            raise ShapeError(f"numbers can be put into formulas of numbers, and this is {value}", span=node.span)
        text = decimal(float(value.array.real), self.digits)
        return f"({text})" if text.startswith("-") else text

    def text(self, node: syntax.Node) -> str:
        """`node` with numbers in it."""
        match node:
            case syntax.Symbol() | syntax.Derivative() | syntax.Limit() | syntax.Primed():
                return self.number(node)
            case syntax.Remark():
                return self.text(node.operand)
            case syntax.Product():
                return self.product(node)
            case syntax.Big():
                return rf"\left({self.big(node)}\right)"
            case syntax.Apply(argument=syntax.Symbol() as argument) if self.tex[node.span[1] - 1] not in ")]}":
                return rf"{self.tex[node.span[0] : argument.span[0]].rstrip()}({self.number(argument).strip('()')})"
        return self.copy(node, node.children())

    def side(self, node: syntax.Node) -> str:
        """A whole side; a sum or product over an index needs no brackets there."""
        return self.big(node) if isinstance(node, syntax.Big) else self.text(node)

    def terms(self, node: syntax.Node) -> list[str]:
        """Of a sum that has products in it, the sum of its terms as numbers."""
        if not isinstance(node, syntax.Sum) or not any(
            isinstance(syntax.bare(term), syntax.Product) for term in node.terms
        ):
            return []
        signs = ["-" if node.signs[0] < 0 else "", *(" + " if sign > 0 else " - " for sign in node.signs[1:])]
        return ["".join(sign + self.number(term) for sign, term in zip(signs, node.terms, strict=True))]

    def copy(self, node: syntax.Node, parts: list[syntax.Node]) -> str:
        """The LaTeX of `node` as it stands, with the LaTeX of its parts replaced."""
        pieces, position = [], node.span[0]
        for part in sorted(parts, key=lambda p: p.span):
            pieces += [self.tex[position : part.span[0]], self.text(part)]
            position = part.span[1]
        return "".join([*pieces, self.tex[position : node.span[1]]])

    def product(self, node: syntax.Product) -> str:
        """Factors with a dot between them, since two numbers side by side read as one; a call u(w) is one number."""
        units, factors = [], list(node.factors)
        while factors:
            factor = factors.pop(0)
            if self.here.function(factor) and factors:
                factor = syntax.Product((factor, factors.pop(0)), (False, False), span=factor.span)
                units.append(self.number(factor))
            else:
                units.append(self.text(factor))
        return r" \cdot ".join(units)

    def big(self, node: syntax.Big) -> str:
        """A sum or product, written out."""
        name, indices = self.here.indices(node)
        inside = [Substitute(self.tex, self.world, self.digits, self.local | {name: Map.of(i)}) for i in indices]
        bodies = [inner.text(node.body) for inner in inside]
        factor = [self.text(node.factor)] if node.factor else []
        if node.operator == "\\prod":
            return r" \cdot ".join([*factor, *bodies]) or "1"
        total = " + ".join(bodies) or "0"
        return rf"{factor[0]} \cdot \left({total}\right)" if factor else total


def decimal(value: float, digits: int) -> str:
    """A number to at most `digits` decimals, without trailing zeros if it has fewer.

    >>> decimal(0.5, 4), decimal(0.42737, 4), decimal(3.0, 4)
    ('0.5', '0.4274', '3')
    """
    text = f"{value:.{digits}f}"
    if round(value, digits) == value and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if float(text) else text.removeprefix("-")


def with_numbers(formula: syntax.Formula, world: World, digits: int = 4) -> str:
    r"""The formula `left ≈ right side with numbers ≈ its terms ≈ result`; in rows, when it is long.

    Args:
        formula: a formula of numbers with = alone and no free index; of a longer chain the last side is used.
        world: where the numbers are.
        digits: decimals to print.

    Raises:
        FormulaError: it has free indices or another relation, or something in it is not a number.
    """
    if formula.conditions:
        advice = "Write the formula for one index."
        raise FormulaError("a formula with a free index has no one value", advice, formula.tex)
    if any(relation.sign != "=" for relation in formula.relations):
        raise FormulaError("numbers are put into formulas with = alone", "Write it as one.", formula.tex)
    left, right = formula.relations[0].left, formula.relations[-1].right
    put = Substitute(formula.tex, world, digits, {})
    try:
        with computing():
            put.number(left)
            result = f"{float(put.here.visit(left).array.real):.{digits}f}"
            sides = [formula.tex[slice(*left.span)], put.side(right), *put.terms(right), result]
            return _rows(sides) if sum(map(len, sides[1:])) > LONG else r" \approx ".join(sides)
    except FormulaError as error:
        raise error.at(formula.tex) from None


def _rows(sides: list[str]) -> str:
    first, *others = sides
    lines = [rf"{first} &\approx {others[0]}", *(rf"&\approx {other}" for other in others[1:])]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])


__all__ = ["Substitute", "decimal", "with_numbers"]
