r"""Write a formula out as it was read: LaTeX made from the nodes alone, with a dot in every product.

>>> from recompute.parse import parse
>>> print(Print().formula(parse(r"s_3' = D_3 s_2 + W \sum_{k=1}^{T} a_k b")))
s_3' = D_3 \cdot s_2 + W \cdot (\sum_{k = 1}^{T} (a_k \cdot b))

What is written can be read again, and then has the same value; a test says so of every formula of the book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from recompute import syntax
from recompute.world import ACCENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PLAIN = ("tanh", "exp", "log", "sin", "cos", "sinh", "cosh")  # functions that LaTeX has a command for
SPELLED = {
    "sqrt": r"\sqrt{%s}",
    "abs": r"\lvert %s \rvert",
    "sigma_max": r"\sigma_{\mathrm{max}}(%s)",  # KaTeX makes no valid MathML of an operator as index
    "sigma_min": r"\sigma_{\mathrm{min}}(%s)",
}
FACTORS = (syntax.Power, syntax.Transpose)
TERMS = (syntax.Hadamard, syntax.Kron, syntax.Big, syntax.Limit)
WHOLE = (syntax.Number, syntax.Group, syntax.Norm)  # an exponent behind one of these belongs to all of it


def no_function(_node: syntax.Node, _local: frozenset[str]) -> bool:
    """Take no letter for a function."""
    return False


class Print:
    """Prints nodes.

    Args:
        calls: whether a letter is the name of a function, so that u(w) is a call and no product; it is told the node
            and the letters that sums and limits around it have taken.
        local: those letters.
    """

    def __init__(
        self,
        calls: Callable[[syntax.Node, frozenset[str]], bool] = no_function,
        local: frozenset[str] = frozenset(),
    ) -> None:
        self.calls, self.local = calls, local

    def formula(self, node: syntax.Formula) -> str:
        """A whole formula: its chains in rows, when there is more than one relation, and the ranges of its indices."""
        rows: list[str] = []
        last: syntax.Node | None = None
        for relation in node.relations:
            goes_on = relation.left is last
            rows.append(f"{'' if goes_on else self.text(relation.left)} &{relation.sign} {self.text(relation.right)}")
            last = relation.right
        where = rf" \qquad {self.conditions(node.conditions)}" if node.conditions else ""
        if len(rows) == 1:
            return rows[0].replace("&", "", 1) + where
        inside = " \\\\\n".join(row.strip() for row in rows)
        return f"\\begin{{aligned}}\n{inside}{where}\n\\end{{aligned}}"

    def conditions(self, conditions: Iterable[syntax.Condition]) -> str:
        """The ranges of the indices."""
        return ", ".join(self.chain(condition.parts, condition.signs) for condition in conditions)

    def chain(self, parts: tuple[syntax.Node, ...], signs: tuple[str, ...]) -> str:
        """Parts with relations between them."""
        rest = (f" {sign} {self.text(part)}" for sign, part in zip(signs, parts[1:], strict=True))
        return "".join([self.text(parts[0]), *rest])

    def text(self, node: syntax.Node) -> str:
        """Any node that has a value, or stands for a shape."""
        return self.RULES[type(node)](self, node)

    def inside(self, name: str) -> Print:
        """Where a letter is an index, or the variable of a limit."""
        return Print(self.calls, self.local | {name})

    # brackets

    def held(self, node: syntax.Node, *loose: type[syntax.Node]) -> str:
        """A node, in brackets if it is of a kind that would fall apart here."""
        inner = node
        while isinstance(inner, syntax.Remark):
            inner = inner.operand
        product = isinstance(inner, syntax.Big) and inner.factor is not None
        kind = syntax.Product if product else type(inner)
        return f"({self.text(inner)})" if issubclass(kind, loose) else self.text(inner)

    def term(self, node: syntax.Node) -> str:
        """One of several summands."""
        return self.held(node, syntax.Sum, *TERMS)

    def factor(self, node: syntax.Node) -> str:
        """One of several factors."""
        return self.held(node, syntax.Sum, syntax.Product, *TERMS)

    def body(self, node: syntax.Node) -> str:
        """What a sum or a limit reaches over."""
        return self.held(node, syntax.Sum, syntax.Product, *TERMS, *FACTORS)

    def base(self, node: syntax.Node) -> str:
        """What is raised to a power, or transposed."""
        whole = isinstance(node, WHOLE) or (isinstance(node, syntax.Symbol) and not node.primed)
        return self.text(node) if whole else f"({self.text(node)})"

    # rules

    def _symbol(self, node: syntax.Symbol) -> str:
        at = ", ".join(self.text(part) for part in node.subscripts)
        name, _, below = node.name.rpartition("_")
        if below in ACCENTS or not name:
            name = node.name
        else:  # W_f and a_{f,t}: a name below, which comes before an index
            at = ", ".join([spelled(below), *([at] if at else [])])
        low = f"_{at}" if len(at) == 1 else f"_{{{at}}}" if at else ""
        return spelled(name) + low + "'" * node.primed

    def _sum(self, node: syntax.Sum) -> str:
        signs = ["-" if node.signs[0] < 0 else "", *(" + " if sign > 0 else " - " for sign in node.signs[1:])]
        return "".join(sign + self.term(term) for sign, term in zip(signs, node.terms, strict=True))

    def _product(self, node: syntax.Product) -> str:
        parts, factors = [], list(node.factors)
        while factors:
            factor = factors.pop(0)
            call = bool(factors) and self.calls(factor, self.local)
            parts.append(self.text(factor) + self.text(factors.pop(0)) if call else self.factor(factor))
        return r" \cdot ".join(parts)

    def _power(self, node: syntax.Power) -> str:
        return f"{self.base(node.base)}^{{{self.text(node.exponent)}}}"

    def _apply(self, node: syntax.Apply) -> str:
        if node.function in SPELLED:
            return SPELLED[node.function] % self.text(node.argument)
        name = rf"\{node.function}" if node.function in PLAIN else rf"\operatorname{{{node.function}}}"
        return name + "'" * node.primed + self.bracketed(node.argument)

    def _pair(self, node: syntax.Pair) -> str:
        first, second = self.text(node.first), self.text(node.second)
        if node.function == "binom":
            return rf"\binom{{{first}}}{{{second}}}"
        return rf"\{node.function}({first}, {second})"

    def bracketed(self, node: syntax.Node) -> str:
        """In one pair of brackets, whether it brings its own or not."""
        return self.text(node) if isinstance(node, syntax.Group) else f"({self.text(node)})"

    def _big(self, node: syntax.Big) -> str:
        bounds = self.chain(node.bounds, node.relations)
        upper = f"^{{{self.text(node.upper)}}}" if node.upper else ""
        index = node.bounds[0 if node.upper else 1]
        assert isinstance(index, syntax.Symbol)  # the parser has looked
        text = f"{node.operator}_{{{bounds}}}{upper} {self.inside(index.name).body(node.body)}"
        return rf"{self.factor_before(node.factor)} \cdot ({text})" if node.factor else text

    def factor_before(self, node: syntax.Node) -> str:
        """What stands before a sum and multiplies it."""
        return self.text(node) if isinstance(node, syntax.Product) else self.factor(node)

    def _limit(self, node: syntax.Limit) -> str:
        body = self.inside(node.variable).body(node.body)
        return rf"\lim_{{{spelled(node.variable)} \to {self.text(node.target)}}} {body}"

    def _derivative(self, node: syntax.Derivative) -> str:
        d = r"\mathrm d" if node.total else r"\partial"
        below = (
            rf"{d} \operatorname{{vec}} {self.text(node.variable)}" if node.vec else f"{d} {self.text(node.variable)}"
        )
        if isinstance(node.operand, syntax.Symbol):
            return rf"\frac{{{d} {self.text(node.operand)}}}{{{below}}}"
        return rf"\frac{{{d}}}{{{below}}}{self.bracketed(node.operand)}"

    def _gradient(self, node: syntax.Gradient) -> str:
        return rf"\nabla_{{{self.text(node.derivative.variable)}}} {self.text(node.derivative.operand)}"

    def _space(self, node: syntax.Space) -> str:
        sizes = r" \times ".join(self.text(size) for size in node.sizes)
        return rf"\mathbb R^{{{sizes}}}" if sizes else r"\mathbb R"

    RULES: ClassVar[dict[type[syntax.Node], Callable[[Print, Any], str]]] = {
        syntax.Number: lambda _, node: node.text,
        syntax.Symbol: _symbol,
        syntax.Sum: _sum,
        syntax.Product: _product,
        syntax.Hadamard: lambda self, node: r" \odot ".join(self.factor(factor) for factor in node.factors),
        syntax.Kron: lambda self, node: rf"{self.factor(node.left)} \otimes {self.factor(node.right)}",
        syntax.Power: _power,
        syntax.Transpose: lambda self, node: rf"{self.base(node.operand)}^\top",
        syntax.Group: lambda self, node: f"({self.text(node.operand)})",
        syntax.Primed: lambda self, node: f"{self.bracketed(node.operand)}'",
        syntax.Remark: lambda self, node: self.text(node.operand),
        syntax.Norm: lambda self, node: rf"\lVert {self.text(node.operand)} \rVert",
        syntax.Fraction: lambda self, node: rf"\frac{{{self.text(node.numerator)}}}{{{self.text(node.denominator)}}}",
        syntax.Apply: _apply,
        syntax.Pair: _pair,
        syntax.Ones: lambda self, node: rf"\mathbf 1_{{{self.text(node.size)}}}",
        syntax.Big: _big,
        syntax.Limit: _limit,
        syntax.Derivative: _derivative,
        syntax.Gradient: _gradient,
        syntax.Space: _space,
    }


def spelled(name: str) -> str:
    r"""The LaTeX of a letter's name.

    >>> spelled("y_hat"), spelled("ΔW"), spelled("theta"), spelled("s")
    ('\\hat y', '\\Delta W', '\\theta', 's')
    >>> spelled("W_f"), spelled("W_omega")
    ('W_{f}', 'W_{\\omega}')
    """
    if name.startswith("Δ"):
        return rf"\Delta {spelled(name[1:])}"
    letter, _, accent = name.rpartition("_") if "_" in name else (name, "", "")
    if accent and accent not in ACCENTS:  # a name below, as in W_f
        return f"{spelled(letter)}_{{{spelled(accent)}}}"
    letter = letter if len(letter) == 1 else f"\\{letter}"
    if not accent:
        return letter
    return f"\\{accent} {letter}" if len(letter) == 1 else rf"\{accent}{{{letter}}}"
