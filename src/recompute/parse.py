r"""Read one typeset formula into nodes: `parse(r"s_t = \tanh(a_t)")` gives a `Formula`, or raises a `FormulaError`.

The grammar is `tex.lark`. What it does not contain is refused, with the place marked and the accepted way named; the
table `REFUSALS` holds the constructs that people are likely to write, and whether the answer is "not yet" or "never".
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError

from recompute import syntax as ast
from recompute.errors import AmbiguousError, FormulaError, NotYetError

if TYPE_CHECKING:
    from lark.tree import Meta

LONGEST = 20_000  # characters; the longest formula of a textbook has under a thousand
DEEPEST = 60  # nested brackets; beyond it Python's own stack would be the limit


class Refusal(NamedTuple):
    """A construct outside the language: how it is recognised, why it is refused, what to write instead."""

    pattern: str
    error: type[FormulaError]
    problem: str
    advice: str
    example: str


NEVER, NOT_YET = AmbiguousError, NotYetError
REFUSALS = (
    Refusal(r"\^\s*\{?\s*T\s*\}?(?![a-zA-Z_{}^])", NEVER, "a power T or a transpose?",
            r"For the transpose write ^\top; T is the last time step.", r"W^T s_1 = s_2"),
    Refusal(r"/", NEVER, "a slash leaves open what it divides by", r"Write \frac{…}{…}.", r"a = 1/2 b"),
    Refusal(r"\\partial\s*\^", NEVER, r"the sign ∂⁺ means the total derivative in some texts and the immediate one in others",
            r"Write \frac{\mathrm d …}{\mathrm d …} for the total and \frac{\partial …}{\partial …} for the immediate derivative.",
            r"a = \frac{\partial^+ s_1}{\partial w}"),
    Refusal(r"\\times", NEVER, "a cross may be a product of numbers, of vectors, or of sets",
            r"Write a b or a \cdot b; \times stands in \mathbb R^{n \times m} alone.", r"a = b \times c"),
    Refusal(r"\*", NEVER, "a star may be a product, a convolution or an adjoint", r"Write a b or a \cdot b, and \odot entry by entry.",
            r"a = b * c"),
    Refusal(r"\\(ldots|cdots|dots|vdots|ddots)|…", NEVER, "dots leave open what they stand for",
            r"Write \sum_{k=1}^{T} or \prod_{T \ge j > k}.", r"a = b_1 + \cdots + b_3"),
    Refusal(r"\|", NEVER, "a bar may be an absolute value, a determinant, or a condition",
            r"Write \left\| … \right\| or \lVert … \rVert for a norm.", r"a = |b|"),
    Refusal(r"\\(pm|mp)(?![a-zA-Z])", NEVER, "two formulas in one", "Write both.", r"a = \pm b"),
    Refusal(r"\\begin\{([pbvVB]?matrix|smallmatrix|array|cases)\}", NOT_YET, "a matrix or a case distinction written out entry by entry",
            "Give the numbers in a code cell, and a letter in the formula.", r"W = \begin{pmatrix} a & b \end{pmatrix}"),
    Refusal(r"\\nabla", NOT_YET, r"the gradient sign ∇", r"Write the row map \frac{\mathrm d E}{\mathrm d W}.", r"\nabla E = a"),
    Refusal(r"\\mathrm\s*(\{d\}|d)\s*\^|\\partial\s*\^?\s*\{?2", NOT_YET, "a second derivative", "Write it as two formulas.",
            r"a = \frac{\mathrm d^2 s_1}{\mathrm d w}"),
    Refusal(r"\\(int|oint|iint)(?![a-zA-Z])", NOT_YET, "an integral", "Nothing in this book needs one yet.", r"a = \int b"),
    Refusal(r"\\(text|mathrm|textbf|mbox)\s*\{", NOT_YET, "words inside a formula",
            r"Put them in the prose; \underbrace{…}_{\text{…}} may carry a remark.", r"a = b \text{ if } c"),
    Refusal(r"\\(mathbb)\s*\{?[^R\s{]", NOT_YET, r"a set other than \mathbb R", r"Write \mathbb R^{n} or \mathbb R^{n \times m}.",
            r"a \in \mathbb C"),
    Refusal(r"\\(infty)", NOT_YET, "infinity", r"Only limits at a finite point are computed.", r"a = \lim_{h \to \infty} b"),
    Refusal(r"\\(Rightarrow|implies|iff|Leftrightarrow|to|mapsto)(?![a-zA-Z])", NOT_YET, "an arrow between formulas",
            "Write each formula on its own, with its own label.", r"a = b \implies c = d"),
)  # fmt: skip

SYNONYMS = {"\\leq": "\\le", "\\geq": "\\ge", "\\neq": "\\ne"}


@cache
def _grammar() -> Lark:
    text = files("recompute").joinpath("tex.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", start="formula", propagate_positions=True)


def parse(tex: str) -> ast.Formula:
    """Read a formula.

    Args:
        tex: LaTeX as it stands on the page, without the dollar signs.

    Returns:
        The formula, with every relation of an aligned chain as a claim of its own.

    Raises:
        AmbiguousError: it has two readings.
        NotYetError: it has one, but the language does not contain it.
        FormulaError: it is not mathematics that can be read at all.
    """
    text = re.sub(r"[\s.,;]+\Z", "", tex)
    _check_size(text)
    try:
        found = _Build(tex).transform(_grammar().parse(text))
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc.at(tex) from None
        raise
    except UnexpectedInput as error:
        raise _refusal(text, error) from None
    assert isinstance(found, ast.Formula)  # noqa: S101 - tells mypy what the start rule gives
    return found


def parse_expression(tex: str) -> ast.Node:
    """Read one side of a formula. Raises what `parse` raises."""
    formula = parse(f"{tex} = 0")  # a grammar with a second start symbol takes twice as long to load
    if len(formula.relations) > 1 or formula.conditions:
        raise FormulaError("a formula, where one side of a formula is expected", "Leave the relation out.", tex=tex)
    return formula.relations[0].left


def _check_size(text: str) -> None:
    if not text.strip():
        raise FormulaError("an empty formula", "Write both sides of a relation.", tex=text)
    if len(text) > LONGEST:
        raise FormulaError(f"a formula of {len(text):,} characters", f"At most {LONGEST:,} are read: split it.")
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter in "{([") - (letter in "})]")
        if depth > DEEPEST:
            raise FormulaError(f"more than {DEEPEST} brackets inside one another", "Name a part of it.", tex=text, span=(position, position + 1))


def _refusal(text: str, error: UnexpectedInput) -> FormulaError:
    """The most helpful reason why `text` is not in the language."""
    at_end = isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END")
    position = len(text) if at_end or error.pos_in_stream is None else error.pos_in_stream
    for pattern, kind, problem, advice, _ in REFUSALS:
        for match in re.finditer(pattern, text):
            if match.start() <= position < match.end() or abs(match.start() - position) <= 2:  # noqa: PLR2004 - beside it
                return kind(problem, advice, tex=text, span=match.span())
    understood = text[:position].split("\n")[-1].strip()
    if at_end:
        problem, span = "the formula ends too early", (max(len(text) - 1, 0), len(text))
    else:
        command = re.match(r"\\[a-zA-Z]+|\\.|.", text[position:], re.DOTALL)
        width = len(command[0]) if command else 1
        problem, span = f"{text[position : position + width]} cannot stand here", (position, position + width)
    advice = f"Read so far: {understood}" if understood else "Nothing was read before it."
    return FormulaError(problem, f"{advice}\nThe page “How formulas are checked here” lists what can be written.", tex=text, span=span)


def _span(meta: Meta) -> tuple[int, int]:
    return (0, 0) if meta.empty else (meta.start_pos, meta.end_pos)


@v_args(meta=True)
class _Build(Transformer[Token, Any]):
    """One method per rule of `tex.lark`: from lark's tree to the nodes of `syntax`."""

    def __init__(self, tex: str) -> None:
        super().__init__()
        self.tex = tex

    def formula(self, meta: Meta, parts: list[Any]) -> ast.Formula:
        rows = [part for part in parts if isinstance(part, list)]
        conditions = tuple(part for part in parts if isinstance(part, ast.Condition))
        relations: list[ast.Relation] = []
        left: ast.Node | None = None
        for first, *rest in rows:
            if not rest:
                advice = "Break a long line before a relation, or put the continued sum in brackets." if len(rows) > 1 else "Write both sides of a relation."
                raise FormulaError("this row claims nothing: it has no relation", advice, span=first.span if first is not None else _span(meta))
            left = first if first is not None else left
            if left is None:
                raise FormulaError("the formula begins with a relation", "Write its left side.", span=_span(meta))
            for sign, right in zip(rest[::2], rest[1::2], strict=True):
                place = (sign.start_pos, sign.end_pos)
                relations.append(ast.Relation(left, SYNONYMS.get(str(sign), str(sign)), right, span=place))
                left = right
        return ast.Formula(tuple(relations), conditions, tex=self.tex, span=_span(meta))

    def row(self, _: Meta, parts: list[Any]) -> list[Any]:
        return parts

    def condition(self, meta: Meta, parts: list[Any]) -> ast.Condition:
        signs = tuple(SYNONYMS.get(str(sign), str(sign)) for sign in parts[1::2])
        return ast.Condition(tuple(parts[::2]), signs, span=_span(meta))

    def space(self, meta: Meta, parts: list[Any]) -> ast.Space:
        return ast.Space(tuple(parts[1:]), span=_span(meta))

    def sum(self, meta: Meta, parts: list[Any]) -> ast.Node:
        minus, first, *rest = parts
        if minus is None and not rest:
            return first
        signs = (-1 if minus else 1, *(1 if sign == "+" else -1 for sign in rest[::2]))
        return ast.Sum((first, *rest[1::2]), signs, span=_span(meta))

    def product(self, meta: Meta, parts: list[Any]) -> ast.Node:
        first, *rest = parts
        dots = (False, *(dot is not None for dot in rest[::2]))
        factors = (first, *rest[1::2])
        for dot, factor in zip(dots[1:], factors[1:], strict=True):
            if isinstance(factor, ast.Number) and not dot:
                raise AmbiguousError("a number right after another factor can be misread", r"Write \cdot before it, or put it first.", span=factor.span)
        return ast.Product(factors, dots, span=_span(meta))

    def hadamard(self, meta: Meta, parts: list[Any]) -> ast.Hadamard:
        return ast.Hadamard(tuple(parts), span=_span(meta))

    def kron(self, meta: Meta, parts: list[Any]) -> ast.Kron:
        return ast.Kron(parts[0], parts[1], span=_span(meta))

    def big(self, meta: Meta, parts: list[Any]) -> ast.Big:
        factor, operator, (bounds, relations), upper, body = parts
        if (relations == ("=",)) != (upper is not None):
            raise FormulaError("the range of the index is not complete", rf"Write {operator}_{{k=1}}^{{T}} or {operator}_{{T \ge j > k}}.", span=_span(meta))
        if upper is None and len(relations) != 2:  # noqa: PLR2004 - a chain a > j > b has two signs
            raise FormulaError("the index needs a bound on either side", rf"Write {operator}_{{T \ge j > k}}.", span=_span(meta))
        index = bounds[0] if upper is not None else bounds[1]
        if not isinstance(index, ast.Symbol) or index.subscripts or index.primed:
            raise FormulaError("the index must be a single letter", rf"Write {operator}_{{k=1}}^{{T}} or {operator}_{{T \ge j > k}}.", span=index.span)
        return ast.Big(str(operator), bounds, relations, upper, body, factor, span=_span(meta))

    def bounds(self, _: Meta, parts: list[Any]) -> tuple[tuple[ast.Node, ...], tuple[str, ...]]:
        return tuple(parts[::2]), tuple(SYNONYMS.get(str(sign), str(sign)) for sign in parts[1::2])

    def limit(self, meta: Meta, parts: list[Any]) -> ast.Limit:
        return ast.Limit(parts[0], parts[1], parts[2], span=_span(meta))

    def transpose(self, meta: Meta, parts: list[Any]) -> ast.Transpose:
        return ast.Transpose(parts[0], span=_span(meta))

    def power(self, meta: Meta, parts: list[Any]) -> ast.Power:
        base, exponent = parts
        if exponent == ast.Symbol("T"):
            raise AmbiguousError("a power T or a transpose?", r"For the transpose write ^\top; T is the last time step.", span=_span(meta))
        return ast.Power(base, exponent, span=_span(meta))

    def apply(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        name = re.sub(r"\\operatorname|[\\{}]", "", str(parts[0]))
        return ast.Apply(name, parts[1], span=_span(meta))

    def root(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        return ast.Apply("sqrt", parts[0], span=_span(meta))

    def remark(self, meta: Meta, parts: list[Any]) -> ast.Remark:
        return ast.Remark(parts[0], str(parts[1]), span=_span(meta))

    def norm(self, meta: Meta, parts: list[Any]) -> ast.Norm:
        return ast.Norm(parts[0], span=_span(meta))

    def group(self, meta: Meta, parts: list[Any]) -> ast.Node:
        group = ast.Group(parts[0], span=_span(meta))
        return ast.Primed(group, span=_span(meta)) if parts[1:] and parts[1] is not None else group

    def fraction(self, meta: Meta, parts: list[Any]) -> ast.Fraction:
        return ast.Fraction(parts[0], parts[1], span=_span(meta))

    def derivative(self, meta: Meta, parts: list[Any]) -> ast.Derivative:
        above, *operand, below, wrt = parts if isinstance(parts[1], ast.Node) else [parts[0], parts[3], parts[1], parts[2]]
        if ("partial" in above) != ("partial" in below):
            raise FormulaError("d above and ∂ below, or the reverse", r"Write both with \mathrm d (total) or both with \partial (immediate).", span=_span(meta))
        vec, variable = wrt
        return ast.Derivative("partial" not in above, operand[0], variable, vec is not None, span=_span(meta))

    def wrt(self, _: Meta, parts: list[Any]) -> tuple[Token | None, ast.Symbol]:
        return parts[0], parts[1]

    def symbol(self, meta: Meta, parts: list[Any]) -> ast.Symbol:
        name, *subscripts, prime = parts
        return ast.Symbol(name, tuple(s for s in subscripts if s is not None), prime is not None, span=_span(meta))

    def name(self, _: Meta, parts: list[Any]) -> str:
        accent, letter = parts if len(parts) == 2 else (None, parts[0])  # noqa: PLR2004 - an accent and a letter
        plain = str(letter).removeprefix("\\")
        if accent is None:
            return plain
        return f"Δ{plain}" if accent == "\\Delta" else f"{plain}_{str(accent)[1:]}"

    def letter(self, meta: Meta, parts: list[Any]) -> ast.Symbol:
        return ast.Symbol(str(parts[0]).removeprefix("\\"), span=_span(meta))

    def digit(self, meta: Meta, parts: list[Any]) -> ast.Number:
        if len(parts[0]) > 1:
            raise FormulaError(f"only the first digit of {parts[0]} would be raised or lowered", f"Write {{{parts[0]}}}.", span=_span(meta))
        return ast.Number(str(parts[0]), span=_span(meta))

    def number(self, meta: Meta, parts: list[Any]) -> ast.Number:
        return ast.Number(str(parts[0]), span=_span(meta))

