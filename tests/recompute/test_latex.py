"""A formula that is written out as it was read, and read again, has the same value; and every product has its dot."""

from pathlib import Path

import numpy as np
import pytest
import typeset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recompute import examples, syntax
from recompute.collect import collect, shared_of
from recompute.errors import FormulaError
from recompute.evaluate import Evaluate, computing
from recompute.explain import printer
from recompute.judge import run
from recompute.latex import Print
from recompute.notebook import open_page
from recompute.parse import parse
from recompute.ranges import assignments, inside
from recompute.tensor import Map

DOCS = Path(__file__).parents[2] / "docs"
SHARED = DOCS / "notation.md"
PAGES = [path for path in sorted(DOCS.glob("*.md")) if collect(path.read_text(encoding="utf-8")).formulas]
WORLD = examples.small_world()
HERE = Evaluate(WORLD, {"t": Map.of(2), "n": Map.of(2)})

CONSTRUCTS = [*(f"{tex} = 1" for tex, *_ in examples.ACCEPTED), *(tex for tex, *_ in examples.CLAIMS)]
MANY = 39  # brackets; of those that are inside one another the language reads forty

WRITTEN = {
    "w s_2": r"w \cdot s_2",
    r"2 a\,(b + w) x": r"2 \cdot a \cdot (b + w) \cdot x",
    "f(a + b) a": r"f(a + b) \cdot a",
    "f(a)^2 f'(b)": r"f(a)^{2} \cdot f'(b)",
    "a (b + 1)": r"a \cdot (b + 1)",
    r"\lim_{f \to 0} (f (a + 1))": r"\lim_{f \to 0} (f \cdot (a + 1))",
    "-a - b a": r"-a - b \cdot a",
    r"w \sum_{k=1}^{3} s_k b + a": r"w \cdot (\sum_{k = 1}^{3} (s_k \cdot b)) + a",
    r"a + \sum_{k=1}^{3} s_k": r"a + (\sum_{k = 1}^{3} s_k)",
    r"\sum_{\sigma=1}^{2} \sigma (a + 1)": r"\sum_{\sigma = 1}^{2} (\sigma \cdot (a + 1))",
    r"\prod_{3 \ge j > 1} D_j A": r"\prod_{3 \ge j > 1} (D_j \cdot A)",
    r"A x \odot y": r"(A \cdot x) \odot y",
    r"a x \otimes y^\top": r"(a \cdot x) \otimes y^\top",
    r"\underbrace{a + b}_{\text{here}} + w": "(a + b) + w",
    r"\htmlClass{term-1}{a b} + w": r"a \cdot b + w",
    r"\tanh x": r"\tanh(x)",
    r"\tanh(a)^2": r"(\tanh(a))^{2}",
    r"\operatorname{vec} A": r"\operatorname{vec}(A)",
    r"\sqrt{a b}": r"\sqrt{a \cdot b}",
    r"\sigma(a)": r"\sigma(a)",
    "(w s_2)'": r"(w \cdot s_2)'",
    "s_3'": "s_3'",
    r"\frac{\mathrm d s_3}{\mathrm d w}": r"\frac{\mathrm d s_3}{\mathrm d w}",
    r"\frac{\partial}{\partial w}\bigl(w s_2\bigr)": r"\frac{\partial}{\partial w}(w \cdot s_2)",
    r"\frac{\mathrm d E}{\mathrm d \operatorname{vec} A}": r"\frac{\mathrm d E}{\mathrm d \operatorname{vec} A}",
    r"\nabla_A E": r"\nabla_{A} E",
    r"\lVert x \rVert": r"\lVert x \rVert",
    r"\lvert a b \rvert": r"\lvert a \cdot b \rvert",
    r"\max(a, a b)": r"\max(a, a \cdot b)",
    r"\binom{3}{2}": r"\binom{3}{2}",
    r"\mathbf 1_n": r"\mathbf 1_{n}",
    r"\sigma_{\max}(A A)": r"\sigma_{\mathrm{max}}(A \cdot A)",
    r"\sigma_{\mathrm{min}}(A)": r"\sigma_{\mathrm{min}}(A)",
    r"\hat y_{t,1}": r"\hat y_{t, 1}",
    r"\Delta W": r"\Delta W",
    r"\tilde{\theta}": r"\tilde{\theta}",
    "s_{t-1}": "s_{t - 1}",
}


def written(tex):
    return printer(HERE).formula(parse(tex))


def sides(formula):
    for relation in formula.relations:
        yield from (relation.left, relation.right)


def value(node, here=HERE):
    """The numbers of a side, with their shape; the sizes of a space; or that there is no value."""
    try:
        with computing():
            if isinstance(node, syntax.Space):
                return [here.integer(size) for size in node.sizes]
            found = here.visit(node)
            return found.kind, np.nan_to_num(found.array, nan=1.25).tolist()
    except FormulaError:
        return "no value"


def same(tex):
    """Written out and read again it is the same; unless the brackets are too many for the language."""
    formula, text = parse(tex), written(tex)
    if text.count("(") + text.count("{") > MANY:
        return
    again = parse(text)
    assert [r.sign for r in again.relations] == [r.sign for r in formula.relations]
    assert [syntax.bare(c) for c in again.conditions] == [syntax.bare(c) for c in formula.conditions]
    assert [value(side) for side in sides(again)] == [value(side) for side in sides(formula)], text


def test_every_kind_of_node_has_its_rule():
    claims = {syntax.Relation, syntax.Condition, syntax.Formula}
    assert {*Print.RULES, *claims} == {*syntax.Node.__subclasses__()}


@pytest.mark.parametrize("tex", WRITTEN)
def test_what_is_written(tex):
    assert written(f"{tex} = a") == f"{WRITTEN[tex]} = a"
    same(f"{tex} = a")


def test_a_chain_is_written_in_rows_and_a_range_behind_the_last():
    tex = "\\begin{aligned}\nE &= a b \\\\\n&= b a\n\\end{aligned} \\qquad 1 \\le k < t \\le T, k < 3"
    assert written(tex) == (
        "\\begin{aligned}\nE &= a \\cdot b \\\\\n&= b \\cdot a \\qquad 1 \\le k < t \\le T, k < 3\n\\end{aligned}"
    )
    assert written("a = b \\\\ a < w") == "\\begin{aligned}\na &= b \\\\\na &< w\n\\end{aligned}"


@pytest.mark.parametrize("tex", CONSTRUCTS)
def test_every_construct_is_read_again_with_the_same_value(tex):
    same(tex)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_formula_of_the_book_is_read_again_with_the_same_value(path):
    """On another draw than the ledger shows, for every value of the indices; and KaTeX can set it."""
    found = collect(path.read_text(encoding="utf-8"))
    page = open_page(found.data(shared_of([collect(SHARED.read_text(encoding="utf-8"))])), strict=False)
    assert run(found, str(path)) == []
    judged = [one for same in page.judged.values() for one in same]
    assert {*page.judged} >= {formula.name for formula in found.formulas}
    for formula, way in ((one.formula, one.way) for one in judged):
        ranges = getattr(way, "ranges", {})
        world = way.samples.worlds(formula, 2, getattr(way, "supposed", None))[-1]
        tex = printer(Evaluate(world)).formula(formula)
        assert "<math" in typeset.render(tex, display=True)
        again = parse(tex)
        assert list(assignments(again, world, ranges)) == list(assignments(formula, world, ranges))
        for indices in assignments(formula, world, ranges):
            here = inside(world, indices)
            assert [value(side, here) for side in sides(again)] == [value(side, here) for side in sides(formula)], tex


leaves = st.sampled_from(["a", "b", "w", "x", "y", "A", "s_2", "s_t", "2", "0.5", "B_1", "s_2'", "f(a)", "f'(b)"])
PAIRS = [" + ", " - ", " ", r" \cdot ", r" \odot ", r" \otimes "]
AROUND = [
    "({})", "{{({})}}^\\top", r"\tanh({})", r"\tanh {}", "({})^{{-1}}", "({})'",
    r"\lVert {} \rVert", "f({})", "f({})^2",
    r"\underbrace{{{}}}_{{\text{{here}}}}", r"\frac{{\mathrm d}}{{\mathrm d w}}({})", r"\frac{{{}}}{{a}}", r"b^{{{}}}",
    r"\lim_{{h \to 0}} ({} + h)", r"\sum_{{k=1}}^{{2}} s_k {}", r"w \sum_{{k=1}}^{{2}} {} s_k",
    r"\prod_{{2 \ge j > 0}} B_j {}", r"\operatorname{{vec}}({})", r"\sqrt{{{}}}", "-{}", "{}", r"\max(a, {})",
    r"\lvert {} \rvert",
]  # fmt: skip
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(PAIRS), inner).map("".join),
        st.tuples(st.sampled_from(AROUND), inner).map(lambda t: t[0].format(t[1])),
    ),
    max_leaves=9,
)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(expressions)
def test_whatever_can_be_read_is_read_again_with_the_same_value(tex):
    try:
        parse(f"{tex} = a")
    except FormulaError:
        return
    same(f"{tex} = a")
