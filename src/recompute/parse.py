r"""Read one typeset formula into nodes: `parse(r"s_t = \tanh(a_t)")` gives a `Formula`, or raises a `FormulaError`.

The grammar is `tex.lark`. What it does not contain is refused, with the place marked and the accepted way named; the
table of `refusals` holds what people are likely to write.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedEOF, UnexpectedInput, UnexpectedToken, VisitError
from lark.lexer import ContextualLexer

from recompute import syntax as ast
from recompute.errors import AmbiguousError, FormulaError
from recompute.refusals import REFUSALS, explain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from lark.common import LexerConf
    from lark.tree import Meta

LONGEST = 20_000  # characters; the longest formula of a textbook has under a thousand
MOST_DIGITS = 50  # of one number
DEEPEST = 40  # brackets, sums and products inside one another; beyond it Python's own stack would be the limit
BREAK = "Break a long line before a relation, or put the continued sum in brackets."


SYNONYMS = {"\\leq": "\\le", "\\geq": "\\ge", "\\neq": "\\ne"}
ORDER = frozenset({"=", "<", ">", "\\le", "\\ge", "\\ne"})  # the relations that a range can be stated with

# Full stops and commas end a sentence, not a formula; blanks in their place keep every position.
INNER_STOP = re.compile(r"(?<!\\)[.,;](?=\s*(\\\\|\\end\s*\{))")
LAST_STOP = re.compile(r"\\[,;:! ]\Z|[.,;~\s]\Z")


class _UnvalidatedLexer(ContextualLexer):
    """Lark's own lexer, which does not compare the terminals with one another first: a test has done so.

    Where interegular is installed, that comparison takes 0.4 of the 0.5 seconds until the first formula is read.
    """

    def __init__(
        self, conf: LexerConf, states: dict[int, Collection[str]], always_accept: Collection[str] = ()
    ) -> None:
        conf.skip_validation = True
        super().__init__(conf, states, always_accept)


PROGRAMS_NUMBER = re.compile(r"(?<![a-zA-Z\\])[0-9]e[-+]?[0-9]")  # 1e-8, which reads as a difference


@cache
def _grammar() -> Lark:
    text = files("recompute").joinpath("tex.lark").read_text(encoding="utf-8")
    return Lark(
        text, parser="lalr", start="formula", propagate_positions=True, _plugins={"ContextualLexer": _UnvalidatedLexer}
    )


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
    _check_environments(tex)
    if match := PROGRAMS_NUMBER.search(tex):
        problem = "a number as programs print it, or Euler's number e?"
        raise AmbiguousError(problem, r"Write 10^{-8}, or 2 \cdot e^{…}.", tex, match.span())
    text = INNER_STOP.sub(" ", tex[: _end(tex)])
    try:
        found = _Build(tex).transform(_grammar().parse(text))
    except VisitError as error:
        if isinstance(error.orig_exc, FormulaError):
            raise error.orig_exc.at(tex) from None
        raise
    except UnexpectedInput as error:
        raise explain(text, _position(text, error)).at(tex) from None
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


def _position(text: str, error: UnexpectedInput) -> int:
    """Where the grammar could not go on."""
    at_end = isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END")
    seen: int | None = error.pos_in_stream
    return len(text) if at_end or seen is None else seen


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


def _check_environments(text: str) -> None:
    """Refuse what would not be typeset: the grammar takes no notice of environments."""
    opened: list[re.Match[str]] = []
    for match in re.finditer(r"\\(begin|end)\s*\{([^{}]*)\}", text):
        if match[1] == "begin":
            opened.append(match)
        elif not opened or opened.pop()[2] != match[2]:
            problem = f"{match[0]} ends what has not begun"
            raise FormulaError(problem, r"Write \begin{aligned} … \end{aligned}.", text, match.span())
    if opened:
        problem = f"{opened[-1][0]} has no end"
        raise FormulaError(problem, rf"Write \end{{{opened[-1][2]}}} behind it.", text, opened[-1].span())


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
        if isinstance(parts[1], ast.Group):
            problem = "brackets in an exponent: a power, or an index?"
            raise AmbiguousError(problem, "Write x_t for an index, and x^{t} for a power.", span=_span(meta))
        _refuse_invisible(parts[:1])
        return ast.Power(parts[0], parts[1], span=_span(meta))

    def apply(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        function, *prime, argument = parts
        name = re.sub(r"\\operatorname|[\\{}]", "", str(function))
        return ast.Apply(name, argument, any(prime), span=_span(meta))

    def apply_bare(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        self.bare.add(_span(meta))
        return self.apply(meta, parts)

    def root(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        return ast.Apply("sqrt", parts[0], span=_span(meta))

    def singular(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        return ast.Apply("sigma_max" if "max" in parts[0] else "sigma_min", parts[1], span=_span(meta))

    def absolute(self, meta: Meta, parts: list[Any]) -> ast.Apply:
        return ast.Apply("abs", parts[0], span=_span(meta))

    def pair(self, meta: Meta, parts: list[Any]) -> ast.Pair:
        return ast.Pair(re.sub(r"\\[dt]?(?=binom)|\\", "", parts[0]), parts[1], parts[2], span=_span(meta))

    def ones(self, meta: Meta, parts: list[Any]) -> ast.Ones:
        return ast.Ones(parts[0], span=_span(meta))

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
                advice = "Write W_{i,j} for two indices. If they are a name, as in W_{hh}, take another letter."
                raise AmbiguousError(problem, advice, span=inner.span)
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
            self.number(meta, parts)
            problem = f"only the first digit of {parts[0]} would be raised or lowered"
            raise FormulaError(problem, f"Write {{{parts[0]}}}.", span=_span(meta))
        return ast.Number(str(parts[0]), span=_span(meta))

    def number(self, meta: Meta, parts: list[Any]) -> ast.Number:
        if len(parts[0]) > MOST_DIGITS:
            problem = f"a number of {len(parts[0]):,} digits"
            raise FormulaError(problem, f"Seventeen are computed with; write at most {MOST_DIGITS}.", span=_span(meta))
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
