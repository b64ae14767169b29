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
    from collections.abc import Iterable, Iterator

    from lark.tree import Meta

LONGEST = 20_000  # characters; the longest formula of a textbook has under a thousand
DEEPEST = 40  # brackets, sums and products inside one another; beyond it Python's own stack would be the limit
NEAR = 2  # characters between a construct and the place where the grammar notices it
BREAK = "Break a long line before a relation, or put the continued sum in brackets."
MORE = "The page “How formulas are checked here” lists what can be written."


class Refusal(NamedTuple):
    """A construct outside the language: how it is recognised, why it is refused, what to write instead."""

    pattern: str
    error: type[FormulaError]
    problem: str
    advice: str
    example: str


NEVER, NOT_YET = AmbiguousError, NotYetError
REFUSALS = (
    Refusal(
        r"\^\s*\{?\s*T\s*\}?(?![a-zA-Z_{}^])", NEVER, "a power T or a transpose?",
        r"For the transpose write ^\top; T is the last time step.",
        r"W^T s_1 = s_2"),
    Refusal(
        r"/", NEVER, "a slash leaves open what it divides by",
        r"Write \frac{…}{…}.",
        r"a = 1/2 b"),
    Refusal(
        r"\\partial\s*\^\s*\{?\+", NEVER,
        "the sign ∂⁺ means the total derivative in some texts and the immediate one in others",
        r"Write \frac{\mathrm d …}{\mathrm d …} for the total and \frac{\partial …}{\partial …} for the immediate one.",
        r"a = \frac{\partial^+ s_1}{\partial w}"),
    Refusal(
        r"\\times", NEVER, "a cross may be a product of numbers, of vectors, or of sets",
        r"Write a b or a \cdot b; \times stands in \mathbb R^{n \times m} alone.",
        r"a = b \times c"),
    Refusal(
        r"\*", NEVER, "a star may be a product, a convolution or an adjoint",
        r"Write a b or a \cdot b, and \odot entry by entry.",
        r"a = b * c"),
    Refusal(
        r"\\(ldots|cdots|dots|vdots|ddots)|…", NEVER, "dots leave open what they stand for",
        r"Write \sum_{k=1}^{T} or \prod_{T \ge j > k}.",
        r"a = b_1 + \cdots + b_3"),
    Refusal(
        r"\|", NEVER, "a bar may be an absolute value, a determinant, or a condition",
        r"Write \left\| … \right\| or \lVert … \rVert for a norm.",
        r"a = |b|"),
    Refusal(
        r"\\(pm|mp)(?![a-zA-Z])", NEVER, "two formulas in one",
        "Write both.",
        r"a = \pm b"),
    Refusal(
        r"\\quad(?![a-zA-Z])", NEVER, "a wide space may part two formulas",
        r"Write each formula on its own; \qquad stands before the range of an index.",
        r"a = b \quad c = d"),
    Refusal(
        r"\\begin\{([pbvVB]?matrix|smallmatrix|array|cases)\}", NOT_YET,
        "a matrix or a case distinction written out entry by entry",
        "Give the numbers in a code cell, and a letter in the formula.",
        r"W = \begin{pmatrix} a & b \end{pmatrix}"),
    Refusal(
        r"\\nabla\s*[^\s_]", NEVER, "a gradient, and nothing says by what",
        r"Write \nabla_W E.",
        r"\nabla E = a"),
    Refusal(
        r"\\mathrm\s*(\{d\}|d)\s*\^|\\partial\s*\^", NOT_YET, "a second derivative",
        "Write it as two formulas.",
        r"a = \frac{\mathrm d^2 s_1}{\mathrm d w}"),
    Refusal(
        r"\\(int|oint|iint)(?![a-zA-Z])", NOT_YET, "an integral",
        "Nothing in this book needs one yet.",
        r"a = \int b"),
    Refusal(
        r"\\(text|mathrm|textbf|mbox)\s*\{", NOT_YET, "words inside a formula",
        r"Put them in the prose; \underbrace{…}_{\text{…}} may carry a remark.",
        r"a = b \text{ if } c"),
    Refusal(
        r"\\mathbb\s*\{?[^R\s{]", NOT_YET, r"a set other than \mathbb R",
        r"Write \mathbb R^{n} or \mathbb R^{n \times m}.",
        r"a \in \mathbb C"),
    Refusal(
        r"\\infty", NOT_YET, "infinity",
        "Only limits at a finite point are computed.",
        r"a = \lim_{h \to \infty} b"),
    Refusal(
        r"\\ln(?![a-zA-Z])", NOT_YET, "a second name for the logarithm",
        r"Write \log, which is the natural logarithm here.",
        r"a = \ln b"),
    Refusal(
        r"\\(Rightarrow|implies|iff|Leftrightarrow|to|mapsto)(?![a-zA-Z])", NOT_YET, "an arrow between formulas",
        "Write each formula on its own, with its own label.",
        r"a = b \implies c = d"),
)  # fmt: skip

SYNONYMS = {"\\leq": "\\le", "\\geq": "\\ge", "\\neq": "\\ne"}
ORDER = frozenset({"=", "<", ">", "\\le", "\\ge", "\\ne"})  # the relations that a range can be stated with

# Full stops and commas end a sentence, not a formula; blanks in their place keep every position.
INNER_STOP = re.compile(r"(?<!\\)[.,;](?=\s*(\\\\|\\end\s*\{))")
LAST_STOP = re.compile(r"\\[,;:! ]\Z|[.,;~\s]\Z")


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
    _check_size(tex)
    text = INNER_STOP.sub(" ", tex[: _end(tex)])
    try:
        found = _Build(tex).transform(_grammar().parse(text))
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc.at(tex) from None
        raise
    except UnexpectedInput as error:
        raise _refusal(text, error).at(tex) from None
    except RecursionError:
        raise FormulaError("a formula that is nested too deeply", "Name a part of it.") from None
    assert isinstance(found, ast.Formula)
    return found


def parse_expression(tex: str) -> ast.Node:
    """Read one side of a formula. Raises what `parse` raises."""
    formula = parse(f"{tex} = 0")  # a grammar with a second start symbol takes twice as long to load
    if len(formula.relations) > 1 or formula.conditions:
        raise FormulaError("a formula, where one side of a formula is expected", "Leave the relation out.", tex=tex)
    return formula.relations[0].left


def _end(tex: str) -> int:
    """Where a formula ends, before the spaces and the full stop behind it."""
    end = len(tex)
    while match := LAST_STOP.search(tex, max(end - 2, 0), end):
        end = match.start()
    return end


def _check_size(text: str) -> None:
    if len(text) > LONGEST:
        raise FormulaError(f"a formula of {len(text):,} characters", f"At most {LONGEST:,} are read: split it.")
    if not text[: _end(text)]:
        raise FormulaError("an empty formula", "Write both sides of a relation.", tex=text)
    depth = 0
    for match in re.finditer(r"[][{}()]|\\(sum|prod|lim)(?![a-zA-Z])", text):
        depth += -1 if match[0] in "])}" else 1
        if depth > DEEPEST:
            problem = f"more than {DEEPEST} brackets, sums or products inside one another"
            raise FormulaError(problem, "Name a part of it.", tex=text, span=match.span())


def _refusal(text: str, error: UnexpectedInput) -> FormulaError:
    """The most helpful reason why `text` is not in the language."""
    at_end = isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END")
    seen: int | None = error.pos_in_stream
    position = len(text) if at_end or seen is None else seen
    for pattern, kind, problem, advice, _ in REFUSALS:
        for match in re.finditer(pattern, text):
            if match.start() <= position < match.end() or abs(match.start() - position) <= NEAR:
                return kind(problem, advice, span=match.span())
    understood = text[text.rfind("\n", 0, position) + 1 : position].strip()
    advice = f"Read so far: {understood}" if understood else "Nothing was read before it."
    if at_end:
        return FormulaError("the formula ends too early", f"{advice}\n{MORE}", span=(max(len(text) - 1, 0), len(text)))
    command = re.match(r"\\[a-zA-Z]+|\\.|.", text[position:], re.DOTALL)
    width = len(command[0]) if command else 1
    found = text[position : position + width]
    return FormulaError(f"{found} cannot stand here", f"{advice}\n{MORE}", span=(position, position + width))


def _span(meta: Meta) -> tuple[int, int]:
    return (0, 0) if meta.empty else (meta.start_pos, meta.end_pos)


def _signs(parts: list[Any]) -> tuple[str, ...]:
    """The relation signs between the parts of a chain, each in one spelling."""
    return tuple(SYNONYMS.get(str(sign), str(sign)) for sign in parts[1::2])


@v_args(meta=True)
class _Build(Transformer[Token, Any]):
    """One method per rule of `tex.lark`: from lark's tree to the nodes of `syntax`."""

    def __init__(self, tex: str) -> None:
        super().__init__()
        self.tex = tex
        self.bare: set[tuple[int, int]] = set()  # functions whose argument has no brackets

    def formula(self, meta: Meta, parts: list[Any]) -> ast.Formula:
        rows = [part for part in parts if isinstance(part, list)]
        conditions = tuple(part for part in parts if isinstance(part, ast.Condition))
        relations: list[ast.Relation] = []
        for row in rows:
            relations += self.relations(row, relations[-1].right if relations else None, _span(meta))
        return ast.Formula(tuple(relations), conditions, tex=self.tex, span=_span(meta))

    def relations(self, row: list[Any], last: ast.Node | None, place: tuple[int, int]) -> Iterator[ast.Relation]:
        """The claims of one row; one that begins with a relation continues the row before it."""
        first, *rest = row
        left = last if first is None else first
        if left is None:
            raise FormulaError("the formula begins with a relation", "Write its left side.", span=place)
        if not rest:
            advice = "Write both sides of a relation." if last is None else BREAK
            raise FormulaError("this row claims nothing: it has no relation", advice, span=left.span)
        if last is not None and isinstance(first, ast.Sum) and first.signs[0] < 0:
            raise AmbiguousError("a row that begins with a minus may continue the row before it", BREAK, span=left.span)
        for sign, token, right in zip(_signs(row), rest[::2], rest[1::2], strict=True):
            yield ast.Relation(left, sign, right, span=(token.start_pos, token.end_pos))
            left = right

    def row(self, _: Meta, parts: list[Any]) -> list[Any]:
        return parts

    def condition(self, meta: Meta, parts: list[Any]) -> ast.Condition:
        if not ORDER.issuperset(_signs(parts)):
            raise FormulaError(r"a range is not stated with \approx", r"Write \qquad 1 \le t \le T.", span=_span(meta))
        return ast.Condition(tuple(parts[::2]), _signs(parts), span=_span(meta))

    def space(self, meta: Meta, parts: list[Any]) -> ast.Space:
        return ast.Space(tuple(parts[1:]), span=_span(meta))

    def sum(self, meta: Meta, parts: list[Any]) -> ast.Node:
        minus, first, *rest = parts
        if minus is None and not rest:
            only: ast.Node = first
            return only
        signs = (-1 if minus else 1, *(1 if sign == "+" else -1 for sign in rest[::2]))
        terms = (first, *rest[1::2])
        _refuse_invisible(term for term, sign in zip(terms, signs, strict=True) if sign < 0)
        return ast.Sum(terms, signs, span=_span(meta))

    def product(self, meta: Meta, parts: list[Any]) -> ast.Node:
        first, *rest = parts
        dots = (False, *(dot is not None for dot in rest[::2]))
        factors = (first, *rest[1::2])
        for dot, factor in zip(dots[1:], factors[1:], strict=True):
            if not dot and isinstance(_leftmost(factor), ast.Number):
                problem = "a number right after another factor can be misread"
                raise AmbiguousError(problem, r"Write \cdot before it, or put it first.", span=factor.span)
        for factor in factors[:-1]:
            self.refuse_bare(factor)
        _refuse_invisible(factors)
        return ast.Product(factors, dots, span=_span(meta))

    def refuse_bare(self, factor: ast.Node | None) -> None:
        r"""Refuse \\tanh x y, which may be tanh(x y) or tanh(x) y."""
        if isinstance(factor, ast.Apply) and factor.span in self.bare:
            problem = "it is open how far this function reaches"
            raise AmbiguousError(problem, "Put its argument in brackets.", span=factor.span)

    def hadamard(self, meta: Meta, parts: list[Any]) -> ast.Hadamard:
        _refuse_invisible(parts)
        return ast.Hadamard(tuple(parts), span=_span(meta))

    def kron(self, meta: Meta, parts: list[Any]) -> ast.Kron:
        _refuse_invisible(parts)
        return ast.Kron(parts[0], parts[1], span=_span(meta))

    def big(self, meta: Meta, parts: list[Any]) -> ast.Big:
        factor, operator, (bounds, relations), upper, body = parts
        advice = rf"Write {operator}_{{k=1}}^{{T}} or {operator}_{{T \ge j > k}}."
        if (relations == ("=",)) != (upper is not None) or len(relations) != (1 if upper is not None else 2):
            raise FormulaError("the index needs a bound on either side", advice, span=_span(meta))
        index = bounds[0] if upper is not None else bounds[1]
        if not isinstance(index, ast.Symbol) or index.subscripts or index.primed:
            raise FormulaError("the index must be a single letter", advice, span=index.span)
        self.refuse_bare(factor.factors[-1] if isinstance(factor, ast.Product) else factor)
        _refuse_invisible([body, *([factor] if factor is not None else [])])
        if operator == "\\prod":
            _refuse_tail(body, index.name)
        return ast.Big(str(operator), bounds, relations, upper, body, factor, span=_span(meta))

    def bounds(self, _: Meta, parts: list[Any]) -> tuple[tuple[ast.Node, ...], tuple[str, ...]]:
        return tuple(parts[::2]), _signs(parts)

    def limit(self, meta: Meta, parts: list[Any]) -> ast.Limit:
        _refuse_invisible(parts[2:])
        return ast.Limit(parts[0], parts[1], parts[2], span=_span(meta))

    def transpose(self, meta: Meta, parts: list[Any]) -> ast.Transpose:
        _refuse_invisible(parts)
        return ast.Transpose(parts[0], span=_span(meta))

    def power(self, meta: Meta, parts: list[Any]) -> ast.Power:
        if parts[1] == ast.Symbol("T") and not isinstance(parts[0], ast.Number):
            raise AmbiguousError(REFUSALS[0].problem, REFUSALS[0].advice, span=_span(meta))
        _refuse_invisible(parts[:1])
        return ast.Power(parts[0], parts[1], span=_span(meta))

    def apply(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        name = re.sub(r"\\operatorname|[\\{}]", "", str(parts[0]))
        return ast.Apply(name, parts[1], span=_span(meta))

    def apply_bare(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        self.bare.add(_span(meta))
        return self.apply(meta, parts)

    def root(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        return ast.Apply("sqrt", parts[0], span=_span(meta))

    def remark(self, meta: Meta, parts: list[Any]) -> ast.Remark:
        return ast.Remark(parts[0], str(parts[1]), span=_span(meta))

    def marked(self, meta: Meta, parts: list[Any]) -> ast.Remark:
        return ast.Remark(parts[1], str(parts[0]), span=_span(meta))

    def gradient(self, meta: Meta, parts: list[Any]) -> ast.Gradient:
        variable, operand = parts
        derivative = ast.Derivative(total=True, operand=operand, variable=variable, vec=False, span=_span(meta))
        return ast.Gradient(derivative, span=_span(meta))

    def norm(self, meta: Meta, parts: list[Any]) -> ast.Norm:
        return ast.Norm(parts[0], span=_span(meta))

    def group(self, meta: Meta, parts: list[Any]) -> ast.Node:
        group = ast.Group(parts[0], span=_span(meta))
        return ast.Primed(group, span=_span(meta)) if parts[1:] and parts[1] is not None else group

    def braces(self, _: Meta, parts: list[Any]) -> ast.Node:
        node: ast.Node = parts[0]
        return node

    def fraction(self, meta: Meta, parts: list[Any]) -> ast.Fraction:
        above, below = parts
        if _leftmost(above) == _leftmost(below) == ast.Symbol("d"):
            problem = "a derivative, or a quotient of two products with the letter d?"
            advice = r"Write \frac{\mathrm d …}{\mathrm d …} for the total and \frac{\partial …}{\partial …} for the "
            raise AmbiguousError(problem, f"{advice}immediate derivative.", span=_span(meta))
        return ast.Fraction(above, below, span=_span(meta))

    def derivative(self, meta: Meta, parts: list[Any]) -> ast.Derivative:
        above, operand, below, (vec, variable) = parts
        if ("partial" in above) != ("partial" in below):
            advice = r"Write both with \mathrm d (total) or both with \partial (immediate)."
            raise FormulaError("d above and ∂ below, or the reverse", advice, span=_span(meta))
        return ast.Derivative("partial" not in above, operand, variable, vec is not None, span=_span(meta))

    def operator(self, meta: Meta, parts: list[Any]) -> ast.Derivative:
        above, below, wrt, operand = parts
        return self.derivative(meta, [above, operand, below, wrt])

    def wrt(self, _: Meta, parts: list[Any]) -> tuple[Token | None, ast.Symbol]:
        return parts[0], parts[1]

    def symbol(self, meta: Meta, parts: list[Any]) -> ast.Symbol:
        name, *subscripts, prime = parts
        found = tuple(s for s in subscripts if s is not None)
        for inner in (inner for subscript in found for inner in subscript.walk()):
            if isinstance(inner, ast.Product) and sum(isinstance(f, ast.Symbol) for f in inner.factors) > 1:
                problem = "a product of two letters, or two indices?"
                raise AmbiguousError(problem, r"Write W_{i,j} for two indices.", span=inner.span)
        return ast.Symbol(name, found, prime is not None, span=_span(meta))

    def name(self, _: Meta, parts: list[Any]) -> str:
        *accents, letter = (str(part).removeprefix("\\") for part in parts if part is not None)
        if not accents:
            return letter
        return f"Δ{letter}" if accents == ["Delta"] else f"{letter}_{accents[0]}"

    def letter(self, meta: Meta, parts: list[Any]) -> ast.Symbol:
        return ast.Symbol(str(parts[0]).removeprefix("\\"), span=_span(meta))

    def digit(self, meta: Meta, parts: list[Any]) -> ast.Number:
        if len(parts[0]) > 1:
            problem = f"only the first digit of {parts[0]} would be raised or lowered"
            raise FormulaError(problem, f"Write {{{parts[0]}}}.", span=_span(meta))
        return ast.Number(str(parts[0]), span=_span(meta))

    def number(self, meta: Meta, parts: list[Any]) -> ast.Number:
        return ast.Number(str(parts[0]), span=_span(meta))


def _leftmost(node: ast.Node) -> ast.Node:
    """What is typeset first on the line."""
    match node:
        case ast.Product(factors=(first, *_)) | ast.Power(base=first) | ast.Transpose(operand=first):
            return _leftmost(first)
    return node


def _refuse_invisible(nodes: Iterable[ast.Node]) -> None:
    r"""Refuse w \underbrace{a + b}_{\text{…}}, which is typeset like w a + b with a brace below."""
    for node in nodes:
        inner = node
        while isinstance(inner, ast.Remark):
            inner = inner.operand
        if inner is not node and isinstance(inner, ast.Sum | ast.Big | ast.Limit | ast.Hadamard | ast.Kron):
            problem = "brackets that nobody sees: a remark or a mark does not hold a sum together"
            raise AmbiguousError(problem, "Put brackets inside it.", span=node.span)


def _refuse_tail(body: ast.Node, index: str) -> None:
    r"""Refuse \prod_j a_j b_k, where b_k may belong to the product or stand behind it; a last plain letter belongs."""
    factors = list(body.factors) if isinstance(body, ast.Product) else [body]
    while len(factors) > 1 and not ast.mentions(factors[-1], index):
        last = factors.pop()
        plain = isinstance(last, ast.Symbol) and not last.subscripts
        if not plain or not ast.mentions(factors[-1], index):
            problem = "it is open whether this factor belongs to the product or stands behind it"
            raise AmbiguousError(
                problem, r"Put \left(\prod … \right) in brackets, or what is multiplied.", span=last.span
            )
