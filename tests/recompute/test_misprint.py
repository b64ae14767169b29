"""Misprints are made where a typesetter would make them, and each still reads as mathematics."""

import pytest

from recompute import syntax
from recompute.latex import Print
from recompute.misprint import Letters, misprints
from recompute.parse import parse
from recompute.world import World

NUMBERS = Letters(plain=("w", "u"), families=("s", "x"), functions=("f",), indices=("t", "T"), matrices=False)
MATRICES = Letters(plain=("U", "W"), families=("s",), indices=("t",))


def made(tex, letters):
    """The misprints of a formula as LaTeX without spaces."""
    return {Print().formula(one.formula).replace(" ", "") for one in misprints(parse(tex), letters)}


def read(lines):
    """The same of lines that were written by hand."""
    return {Print().formula(parse(line)).replace(" ", "") for line in lines.strip().splitlines()}


BY_HAND = {
    "a number": (r"w = 2", NUMBERS, r"""
        -w = 2
        u = 2
        w = -2
        w = 3
        w = 1"""),
    "decimals": (r"w \approx 0.90", NUMBERS, r"""
        -w \approx 0.90
        u \approx 0.90
        w \approx -0.90
        w \approx 0.91
        w \approx 0.89"""),
    "a family": (r"s_1 = 0", NUMBERS, r"""
        -s_1 = 0
        x_1 = 0
        s_0 = 0
        s_2 = 0
        s_1 = 1"""),
    "a product of matrices": (r"W U = 1", MATRICES, r"""
        -W U = 1
        U U = 1
        W W = 1
        W = 1
        U = 1
        U W = 1
        W \odot U = 1
        W^\top U = 1
        W U^\top = 1
        W U = -1
        W U = 0
        W U = 2"""),
    "a difference": (r"w - u = 0", NUMBERS, r"""
        -w - u = 0
        w + u = 0
        w = 0
        -u = 0
        u - w = 0
        u - u = 0
        w - w = 0
        w - u = 1"""),
    "a sum over an index": (r"w = \sum_{t=1}^{T} u", Letters(plain=("u", "w"), indices=("t",), matrices=False), r"""
        -w = \sum_{t=1}^{T} u
        u = \sum_{t=1}^{T} u
        w = -\left(\sum_{t=1}^{T} u\right)
        w = \prod_{t=1}^{T} u
        w = \sum_{t=0}^{T} u
        w = \sum_{t=2}^{T} u
        w = \sum_{t=1}^{T-1} u
        w = \sum_{t=1}^{T+1} u
        w = \sum_{t=1}^{T} w"""),
    "an inequality": (r"u < w", Letters(plain=("u", "w"), matrices=False), r"""
        -u < w
        u < -w
        w < w
        u < u
        u > w"""),
    "a derivative": (r"\frac{\partial s_t}{\partial w} = 0", NUMBERS, r"""
        -\frac{\partial s_t}{\partial w} = 0
        \frac{\mathrm d s_t}{\mathrm d w} = 0
        \frac{\partial x_t}{\partial w} = 0
        \frac{\partial s_{t+1}}{\partial w} = 0
        \frac{\partial s_{t-1}}{\partial w} = 0
        \frac{\partial s_T}{\partial w} = 0
        \frac{\partial s_t}{\partial u} = 0
        \frac{\partial s_t}{\partial w} = 1"""),
    "a call": (r"f(w) = w^2", Letters(plain=("w",), functions=("f", "g"), matrices=False), r"""
        -f(w) = w^2
        g(w) = w^2
        f'(w) = w^2
        f(w) = -w^2
        f(w) = w
        f(w) = w^{-2}
        f(w) = w^1
        f(w) = w^3"""),
    "a transposed column": (r"U^\top W = 0", Letters(plain=("U", "W")), r"""
        -U^\top W = 0
        U W = 0
        U^\top W^\top = 0
        W^\top W = 0
        U^\top U = 0
        U^\top = 0
        W = 0
        W U^\top = 0
        U^\top \odot W = 0
        U^\top W = 1"""),
    "a prime": (r"s_2' = w", Letters(plain=("u", "w"), families=("s", "x"), matrices=False, prime="w"), r"""
        -s_2' = w
        x_2' = w
        s_1' = w
        s_3' = w
        s_2 = w
        s_2' = -w
        s_2' = u
        s_2' = w'"""),
    "a range": (r"s_t = 0 \qquad 1 \le t < T", Letters(families=("s",), indices=("t",), plain=("T",), matrices=False),
        r"""
        -s_t = 0 \qquad 1 \le t < T
        s_{t+1} = 0 \qquad 1 \le t < T
        s_{t-1} = 0 \qquad 1 \le t < T
        s_t = 1 \qquad 1 \le t < T
        s_t = 0 \qquad 0 \le t < T
        s_t = 0 \qquad 2 \le t < T
        s_t = 0 \qquad 1 \le t < T - 1
        s_t = 0 \qquad 1 \le t < T + 1
        s_t = 0 \qquad 1 < t < T
        s_t = 0 \qquad 1 \ge t < T
        s_t = 0 \qquad 1 \le t \le T
        s_t = 0 \qquad 1 \le t > T"""),
}  # fmt: skip


@pytest.mark.parametrize(("tex", "letters", "lines"), BY_HAND.values(), ids=list(BY_HAND))
def test_the_misprints_are_those_that_were_listed_by_hand(tex, letters, lines):
    assert made(tex, letters) == read(lines)


MORE = {
    "⊙ for the matrix product": (r"U \odot W = 0", r"U W = 0"),
    "⊗ for ⊙": (r"U \odot W = 0", r"U \otimes W = 0"),
    "⊙ for ⊗": (r"U \otimes W = 0", r"U \odot W = 0"),
    "⊗ the other way round": (r"U \otimes W = 0", r"W \otimes U = 0"),
    "the order of three": (r"W U s_1 = 0", r"s_1 U W = 0"),
    "the order of a product over an index": (
        r"\prod_{3 \ge t > 1} W s_t = 0",
        r"\prod_{1 < t \le 3} W s_t = 0",
    ),
    "a bound that counts or does not": (r"\sum_{3 \ge t > 1} s_t = 0", r"\sum_{3 \ge t \ge 1} s_t = 0"),
    "a factor before a sum": (r"W \sum_{t=1}^{2} s_t = 0", r"\sum_{t=1}^{2} s_t = 0"),
    "vec dropped": (
        r"\frac{\mathrm d s_1}{\mathrm d \operatorname{vec} W} = 0",
        r"\frac{\mathrm d s_1}{\mathrm d W} = 0",
    ),
    "by another letter": (r"\nabla_W s_1 = 0", r"\nabla_U s_1 = 0"),
    "a quotient upside down": (r"\frac{1}{2} = 0", r"\frac{2}{1} = 0"),
    "a function for another": (r"\tanh(s_1) = 0", r"\cosh(s_1) = 0"),
    "a function dropped": (r"\tanh(s_1) = 0", r"s_1 = 0"),
    "a sign in an exponent": (r"2^{s_1} = 0", r"2^{-s_1} = 0"),
    "components exchanged": (r"W_{1,2} = 0", r"W_{2,1} = 0"),
    "a norm dropped": (r"\lVert W \rVert = 0", r"W = 0"),
    "the point of a limit": (r"\lim_{h \to 0} h = 0", r"\lim_{h \to 1} h = 0"),
    "a size": (r"W \in \mathbb R^{2}", r"W \in \mathbb R^{3}"),
    "the larger for the smaller": (r"\max(1, 2) = 0", r"\min(1, 2) = 0"),
    "a side in the middle of a chain": (r"1 = W = 2", r"1 = U = 2"),
    "inside a remark": (r"\underbrace{W}_{\text{weight}} = 0", r"U = 0"),
}


@pytest.mark.parametrize(("tex", "wrong"), MORE.values(), ids=list(MORE))
def test_a_misprint_is_made(tex, wrong):
    assert syntax.bare(parse(wrong)) in {syntax.bare(one.formula) for one in misprints(parse(tex), MATRICES)}


def test_a_side_in_the_middle_of_a_chain_is_misprinted_in_both_relations():
    for one in misprints(parse(r"W = U = s_1"), MATRICES):
        first, second = one.formula.relations
        assert first.right == second.left


@pytest.mark.parametrize("tex", sorted({tex for tex, *_ in (*BY_HAND.values(), *MORE.values())}))
@pytest.mark.parametrize("letters", [NUMBERS, MATRICES], ids=["numbers", "matrices"])
def test_every_misprint_is_another_formula_that_can_be_read_and_comes_once(tex, letters):
    found = [syntax.bare(one.formula) for one in misprints(parse(tex), letters)]
    assert found
    assert len(found) == len(set(found))
    assert syntax.bare(parse(tex)) not in found
    for one in misprints(parse(tex), letters):
        assert parse(Print().formula(one.formula)).relations


def test_a_misprint_says_where_it_was_made():
    tex = r"w = s_1 + u"
    places = {(one.kind, tex[slice(*one.span)]) for one in misprints(parse(tex), NUMBERS)}
    assert {("index", "1"), ("name", "u"), ("sign", "s_1 + u"), ("dropped term", "s_1 + u")} <= places


def test_a_size_is_no_index_and_a_horizon_is():
    world = World({"W": [[1.0, 2.0]], "s_t": {0: 1.0, 1: 2.0}, "T": 5, "n": 2})
    formula = parse(r"s_t = 0 \qquad 0 \le t \le 1")
    assert Letters.of(world, formula).indices == ("T", "n", "t")
    assert Letters.of(world, formula, ["n"]).indices == ("T", "t")
