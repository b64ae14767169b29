r"""What can be written and what is refused: the tables of the page on checking, computed where they are shown.

    accepted_table()    # in a cell: every construct, what it means, and what it comes to with the numbers of `LETTERS`
    refused_table()     # what is refused, and the message
    verdict_table()     # the words that a check can end with

The tests run the same tables.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recompute.errors import AmbiguousError, FormulaError, NotYetError, ShapeError
from recompute.evaluate import Evaluate, computing
from recompute.parse import parse, parse_expression
from recompute.refusals import REFUSALS
from recompute.verdict import PASSES, Kind, Verdict, agree, check, refute
from recompute.world import Definition, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recompute.tensor import Map

LETTERS = {
    "a": 2.0, "b": 3.0, "w": 2.0, "s_0": 1.0, "T": 3,
    "x": [1.0, 2.0], "y": [3.0, 4.0],
    "A": [[1.0, 2.0], [3.0, 4.0]], "B_1": [[1.0, 1.0], [0.0, 1.0]], "B_2": [[1.0, 0.0], [1.0, 1.0]],
    "C_g": [1.0, -1.0],
}  # fmt: skip
DEFINITIONS = (r"s_t = w s_{t-1} \qquad 1 \le t \le T", "f(a) = a^2", r"E = x^\top A x")
PRIME = "w"


class Accepted(NamedTuple):
    """An expression that can be written, what it means, and what it comes to, worked out on paper."""

    tex: str
    meaning: str
    value: object


ACCEPTED = (
    Accepted("a b - 1", "a product needs no sign", 5),
    Accepted(r"a \cdot 3", "and may have one; a number in second place must", 6),
    Accepted(r"\frac{a + 1}{b}", "a quotient", 1),
    Accepted(r"(a + b)^2 - b^{-1} b", "powers", 24),
    Accepted(r"\sqrt{a + 2} + \log e", "a root; the natural logarithm; Euler’s number", 3),
    Accepted(r"\tanh(0) + \sigma(0)", "functions; σ with an argument is the logistic function", 0.5),
    Accepted(r"\sigma'(0) + \tanh'(0)", "the slopes of functions, at a number or entry by entry", 1.25),
    Accepted(r"\log \frac{b}{b} + \tanh a - \tanh(a)", "before a letter or a fraction, brackets may be left out", 0),
    Accepted(r"\exp(0) + \sin(0) + \cos(0) + \sinh(0) + \cosh(0)", "more functions", 3),
    Accepted("A x", "a matrix times a column", [5, 11]),
    Accepted(r"x^\top y", "a row times a column", 11),
    Accepted(r"x y^\top", "a column times a row", [[3, 4], [6, 8]]),
    Accepted(r"x \odot y", "entry by entry", [3, 8]),
    Accepted(r"x^\top \otimes y", "the Kronecker product", [[3, 6], [4, 8]]),
    Accepted("1 - x^2", "of a column, powers and sums with a number are taken entry by entry", [0, -3]),
    Accepted("A^2", "of a matrix, a power is a product", [[7, 10], [15, 22]]),
    Accepted("x_2 + A_{1,2}", "entries are counted from 1", 4),
    Accepted(r"C_g^\top x + C_{g,2}", "a letter with a name below, if the page has drawn C_g", -2),
    Accepted(r"\operatorname{diag}(x)", "a column on the diagonal", [[1, 0], [0, 2]]),
    Accepted(r"\operatorname{vec}(A)", "the columns of a matrix below one another", [1, 3, 2, 4]),
    Accepted(r"\operatorname{tr}(A)", "the trace", 5),
    Accepted(r"\operatorname{softmax}(x - x)", "positive numbers that add up to one", [0.5, 0.5]),
    Accepted(r"\lVert y \rVert", "the length of a column; of a matrix the largest singular value", 5),
    Accepted(r"\left\| y \right\|_2 - \lVert y \rVert", "the same, with other bars", 0),
    Accepted(r"\lvert a - b \rvert", "the absolute value of a number", 1),
    Accepted(r"\max(a, b) - \min(a, b)", "the larger and the smaller of two numbers", 1),
    Accepted(r"\operatorname{sign}(a - b)", "1, −1 or 0", -1),
    Accepted(r"\binom{T}{2}", "a binomial coefficient, of counts", 3),
    Accepted(r"\mathbf 1_2", "a column of ones, of the length that stands below", [1, 1]),
    Accepted(r"\sigma_{\max}(B_1 B_1^\top) \sigma_{\min}(B_1 B_1^\top)", "the largest and smallest singular value", 1),
    Accepted(r"\sigma_{\mathrm{max}}(A) - \sigma_{\max}(A)", "the same; upright letters are what the site can set", 0),
    Accepted(r"\sigma_1(y y^\top) + \sigma_2(A - A)", "the singular values, the largest first", 25),
    Accepted(r"\rho(B_1)", "the spectral radius: the largest size of an eigenvalue", 1),
    Accepted("s_2", "a letter with an index: here defined, from the first to the last", 4),
    Accepted(r"\sum_{t=1}^{T} s_t", "a sum runs to the next plus, minus or bracket", 14),
    Accepted(r"\sum_{1 \le j < T} s_j", "a sum whose range is a condition", 6),
    Accepted(r"\prod_{k=1}^{2} B_k", "a product runs upwards", [[2, 1], [1, 1]]),
    Accepted(r"\prod_{2 \ge k \ge 1} B_k", "or downwards, as its condition says", [[1, 1], [1, 2]]),
    Accepted(r"\lim_{h \to 0} \frac{(a + h)^2 - a^2}{h}", "a limit at a point", 4),
    Accepted(r"\frac{\mathrm d s_3}{\mathrm d w}", "the total derivative: all states follow", 12),
    Accepted(r"\frac{\partial s_3}{\partial w}", "the immediate derivative: the other states are held", 4),
    Accepted(r"\frac{\partial s_3}{\partial s_2}", "the same by a state", 2),
    Accepted("s_3' - (w s_2)'", "a prime is a total derivative by the letter that the page names, here w", 0),
    Accepted(r"\frac{\mathrm d}{\mathrm d x}\bigl(A x\bigr)", "a Jacobian", [[1, 2], [3, 4]]),
    Accepted(r"\Bigl(\frac{\mathrm d}{\mathrm d x}[x^\top x]\Bigr)^\top", "of a number: a row", [2, 4]),
    Accepted(r"\nabla_A E", "its gradient, arranged like the matrix; here of E, which is xᵀAx", [[1, 2], [2, 4]]),
    Accepted(r"\frac{\mathrm d}{\mathrm d \operatorname{vec} A}(A x)", "entries column by column",
             [[1, 0, 2, 0], [0, 1, 0, 2]]),
    Accepted("f(3) - f'(3)", "a function that the page defines, and its slope", 3),
    Accepted(r"\underbrace{a b}_{\text{an area}} + {b}", "a remark changes nothing", 9),
)  # fmt: skip


class Claim(NamedTuple):
    """A formula that can be written, and what it claims."""

    tex: str
    meaning: str


CLAIMS = (
    Claim("a + b = b + a", "equal, up to rounding"),
    Claim(r"s_3 = w s_2 = w^2 s_1", "a chain: every sign is a claim"),
    Claim(
        "\\begin{aligned}\n(a + b)^2 &= a^2 + 2 a b + b^2, \\\\\n&= a (a + b) + (a + b) b.\n\\end{aligned}", "aligned"
    ),
    Claim(r"s_t = w^{t} s_0 \qquad 1 \le t \le T", "for every t"),
    Claim(r"s_t = w^{t - k} s_k \qquad 1 \le k < t \le T", "for every pair"),
    Claim(r"\frac{a}{b} \approx 0.667", "right to the printed decimals"),
    Claim(r"x^\top y \le \lVert x \rVert \lVert y \rVert", "an inequality, tried on many draws"),
    Claim(r"A x \ne x", "not equal, and not nearly"),
    Claim(r"A \in \mathbb R^{2 \times 2}", "the shape"),
)


class Refused(NamedTuple):
    """A formula that is refused, with the kind of refusal and the problem that it names."""

    tex: str
    error: type[FormulaError]
    problem: str


REFUSED = (
    *(Refused(refusal.example, refusal.error, refusal.problem) for refusal in REFUSALS),
    Refused(r"x^{(1)} = 1", AmbiguousError, "brackets in an exponent: a power, or an index?"),
    Refused(r"\lvert x \rvert = b", AmbiguousError,
            "bars around a column (2)<-() may mean a norm, a determinant, or the absolute values of its entries"),
    Refused(r"\sigma(A) = A", AmbiguousError,
            "sigma of a matrix (2)<-(2) may be taken entry by entry or as a function of the matrix"),
    Refused(r"\operatorname{tr}'(A) = 1", NotYetError, "the slope of tr"),
    Refused(r"\frac{\mathrm d}{\mathrm d w}(\sigma'(w)) = 1", NotYetError,
            "the slope of sigma inside a limit or a derivative"),
    Refused(r"\frac{\mathrm d}{\mathrm d w}(\lvert w \rvert) = 1", FormulaError,
            "an absolute value inside a derivative or a limit: it is not analytic, and what is computed there would be "
            "wrong"),
    Refused(r"\lim_{h \to 0} \max(h, a) = a", FormulaError,
            r"\max inside a derivative or a limit: it is not analytic, and what is computed there would be wrong"),
    Refused(r"\frac{\mathrm d}{\mathrm d w}(\sigma_{\max}(w A)) = 1", FormulaError,
            "a singular value inside a derivative or a limit: it is not analytic, and what is computed there would be "
            "wrong"),
    Refused(r"\frac{\mathrm d}{\mathrm d w}(\rho(w A)) = 1", FormulaError,
            "a spectral radius inside a derivative or a limit: it is not analytic, and what is computed there would be "
            "wrong"),
    Refused(r"\lim_{h \to 0} \operatorname{sign}(h) = 1", FormulaError,
            "a sign inside a derivative or a limit: it is not analytic, and what is computed there would be wrong"),
    Refused(r"\max(x, y) = b", ShapeError, r"\max takes two numbers, and this is a column (2)<-()"),
    Refused(r"\rho(x) = 1", ShapeError, "a spectral radius is that of a square matrix, not of a column (2)<-()"),
    Refused(r"\sigma_{\mathrm{mid}}(A) = 1", NotYetError, "a word as an index"),
    Refused(r"\sigma_3(A) = 1", FormulaError, "a matrix (2)<-(2) has 2 singular values"),
    Refused(r"\binom{a}{\frac{1}{2}} = 1", FormulaError,
            "a binomial coefficient is of whole numbers that are not negative, not of 2 and 0.5"),
    Refused(r"\binom{10^6}{2} = 1", FormulaError, "a binomial coefficient of 1e+06"),
    Refused(r"\mathbf 1_0 = 1", FormulaError, "a column of 0 ones"),
    Refused(r"\mathbf A x = y", FormulaError, r"\mathbf A is not defined on this page"),
    Refused(r"y = A_q x", FormulaError, "q has no value"),
    Refused("a = ∑", NotYetError, "the character '∑' is not read: formulas are written in plain LaTeX"),
    Refused(r"s_3 = \tanh w s_2", AmbiguousError, "it is open how far this function reaches"),
    Refused(r"\frac{d s_3}{d w} = 12", AmbiguousError,
            "a derivative, or a quotient of two products with the letter d?"),
    Refused("6 = a 3", AmbiguousError, "a number right after another factor can be misread"),
    Refused(r"1 = \sum_{g=1}^{2} C_g", AmbiguousError, "g is an index here, and C_g is a letter with a name below"),
    Refused("A_{ij} = 1", AmbiguousError, "a product of two letters, or two indices?"),
    Refused(r"16 = \prod_{k=1}^{2} s_k b s_0", AmbiguousError,
            "it is open whether this factor belongs to the product or stands behind it"),
    Refused("\\begin{aligned}\na &= b \\\\\n- 1 &= b\n\\end{aligned}", AmbiguousError,
            "a row that begins with a minus may continue the row before it"),
    Refused(r"\tanh(A) = A", AmbiguousError,
            "tanh of a matrix (2)<-(2) may be taken entry by entry or as a function of the matrix"),
    Refused(r"\frac{\mathrm d}{\mathrm d w}(s_3') = 12", NotYetError, "a derivative inside a derivative"),
    Refused(r"\frac{\mathrm d}{\mathrm d x}(x x^\top) = A", NotYetError,
            "the derivative of a matrix (2)<-(2) with respect to a column (2)<-()"),
    Refused("A x = x^\\top", ShapeError, "the left side is a column (2)<-(), the right side a row ()<-(2)"),
    Refused("x y = 11", ShapeError, "cannot multiply a column (2)<-() by a column (2)<-(): "
            "the inputs of the first are not the outputs of the second"),
    Refused("A + x = A", ShapeError, "cannot add a matrix (2)<-(2) and a column (2)<-()"),
    Refused(r"a \odot b = 6", ShapeError,
            r"\odot needs two columns or matrices of one shape, not a number ()<-() and a number ()<-()"),
    Refused(r"\prod_{k=3}^{1} s_k = 1", FormulaError, "the index would run from 3 to 1"),
    Refused(r"\lim_{h \to 0} \frac{1}{h} = 0", FormulaError,
            "this limit does not exist, or the expression is not analytic around it"),
    Refused(r"\lim_{h \to 0} \lVert h \rVert = 0", FormulaError,
            "a norm inside a derivative or a limit: it is not analytic, and what is computed there would be wrong"),
    Refused("s_t = w^2 s_{t-2}", FormulaError, "t has no value"),
    Refused(r"\frac{a}{a - 2} = b", FormulaError, "this side is not finite: inf"),
    Refused("z = 1", FormulaError, "z is not defined on this page"),
    Refused("s_4 = 16", FormulaError, "s_4 is outside the range that its definition states"),
    Refused("(a + b)^10 = 1", FormulaError, "only the first digit of 10 would be raised or lowered"),
    Refused("a b", FormulaError, "this row claims nothing: it has no relation"),
    Refused("(a + b = 5", FormulaError, "this bracket is never closed"),
    Refused("a + b) = 5", FormulaError, "this bracket closes nothing"),
    Refused("a + + b = 5", FormulaError, "+ cannot stand here"),
)  # fmt: skip


class Ending(NamedTuple):
    """A word that a check can end with, what it means, and a formula that ends so."""

    kind: Kind
    meaning: str
    tex: str = ""


ENDINGS = (
    Ending("holds", "Both sides were computed, and agree in every draw.", "(a + b)^2 = a^2 + 2 a b + b^2"),
    Ending("exact", "So they did, and the difference of the two sides is zero with letters as well."),
    Ending("agrees", "A definition. It gives what a program gives that was written by hand.", DEFINITIONS[0]),
    Ending("measured", "A count, which came out as the formula says."),
    Ending("refuted", "A wrong formula, shown as such. It misses in every draw.", "(a + b)^2 = a^2 + b^2"),
    Ending("stated", "Nobody can compute it. The reason is given."),
    Ending("fails", "The two sides differ, or one of them has no value.", "(a + b)^2 = a^2 - 2 a b + b^2"),
    Ending("vacuous", "A check that could not have failed, so that it proves nothing.", "a + b (a - a) = a"),
    Ending("unchecked", "No check has looked at it."),
)


@cache
def small_world() -> World:
    """The numbers and definitions of the examples."""
    return World(LETTERS, [Definition.of(parse(tex)) for tex in DEFINITIONS], PRIME)


def value(tex: str) -> Map:
    """What an expression comes to.

    Raises:
        FormulaError: it is refused.
    """
    with computing():
        return Evaluate(small_world()).visit(parse_expression(tex))


def message(tex: str) -> str:
    """The refusal of a formula.

    Raises:
        ValueError: it is not refused.
    """
    try:
        check(parse(tex), [small_world()])
    except FormulaError as error:
        return str(error.at(tex))
    raise ValueError(f"{tex} is not refused")


def verdict(ending: Ending) -> Verdict:
    """The verdict on the formula of an ending."""
    formula, worlds = parse(ending.tex), [small_world()]
    if ending.kind == "refuted":
        return refute(formula, worlds)
    if ending.kind == "agrees":
        return agree(Definition.of(formula), worlds, [{"s_t": {1: 2.0, 2: 4.0, 3: 8.0}}])
    return check(formula, worlds)


class Table:
    """Rows of HTML for a code cell to show.

    Args:
        heads: the titles of the columns.
        rows: a cell of HTML for every column.
    """

    def __init__(self, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self.heads, self.rows = heads, [list(row) for row in rows]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.heads)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in self.rows)
        table = f'<table class="docutils"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        return f'<div class="table-wrapper docutils container">{table}</div>'


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _printed(found: Map) -> str:
    """A value to four decimals, its rows in brackets: `5`, `[0, −3]`, `[[2, 1], [1, 1]]`."""
    text = str(np.round(np.asarray(found.array, dtype=float) + 0.0, 4).tolist())
    return re.sub(r"\.0\b", "", text).replace("-", "\N{MINUS SIGN}")


def accepted_table() -> Table:
    """Every construct, what it means, and what it comes to with the numbers of `LETTERS`."""
    claims = (
        (_code(claim.tex), escape(claim.meaning), check(parse(claim.tex), [small_world()]).kind) for claim in CLAIMS
    )
    rows = ((_code(tex), escape(meaning), _printed(value(tex))) for tex, meaning, _ in ACCEPTED)
    return Table(("written", "meaning", "comes to"), [*rows, *claims])


def refused_table() -> Table:
    """What is refused, whether for ever, and the message."""
    words = {AmbiguousError: "never", NotYetError: "not yet", ShapeError: "the shapes do not fit"}
    rows = (
        (_code(tex), words.get(error, "no value"), f"<pre>{escape(message(tex))}</pre>") for tex, error, _ in REFUSED
    )
    return Table(("written", "why", "message"), rows)


def verdict_table() -> Table:
    """The words that a check can end with, and what they mean for the build."""
    rows = (
        (
            f"<strong>{kind}</strong>",
            escape(meaning),
            _code(tex) if tex else "",
            "passes" if kind in PASSES else "breaks",
        )
        for kind, meaning, tex in ENDINGS
    )
    return Table(("verdict", "meaning", "example", "the build"), rows)
