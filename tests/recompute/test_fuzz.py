"""Whatever is written: `check` gives a verdict or raises a FormulaError, in no time, and nothing else happens."""

import time
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recompute import examples
from recompute.errors import FormulaError
from recompute.parse import parse
from recompute.verdict import Verdict, check, refute
from recompute.world import Definition, World

ACCEPTED = [f"{tex} = 1" for tex, *_ in examples.ACCEPTED] + [tex for tex, _ in examples.CLAIMS]
ACCEPTED += [tex for tex, *_ in examples.REFUSED]
TOKENS = [
    *"abcdehikstuwxyzABETW0123456789 ()[]{}^_+-='<>,.;&|/*%~\n\\",
    r"\frac",
    r"\mathrm d",
    r"\partial",
    r"\sum",
    r"\prod",
    r"\lim",
    r"\to",
    r"\infty",
    r"\tanh",
    r"\log",
    r"\exp",
    r"\sqrt",
    r"\sigma",
    r"\operatorname{vec}",
    r"\operatorname{diag}",
    r"\operatorname{softmax}",
    r"\operatorname{tr}",
    r"\odot",
    r"\otimes",
    r"\cdot",
    r"\top",
    r"\le",
    r"\ge",
    r"\ne",
    r"\approx",
    r"\in",
    r"\mathbb R",
    r"\times",
    r"\qquad",
    r"\quad",
    r"\\",
    r"\left",
    r"\right",
    r"\lVert",
    r"\rVert",
    r"\hat",
    r"\Delta",
    r"\nabla",
    r"\underbrace",
    r"\text{x}",
    "s_t",
    "s_{t-1}",
    "s_0",
    "^{-1}",
    "^2",
    r"^\top",
    "10^{99}",
    "0.5",
    "{T}",
    "_{k=1}^{3}",
    r"_{3 \ge k > 0}",
    r"\begin{aligned}",
    r"\end{aligned}",
    "=0",
    "a^{a^{a}}",
    "f(a)",
    "f'",
    "B_k",
    "x_1",
    "A_{1,2}",
    r"\frac{1}{0}",
    r"\log(-1)",
]
WORLD = World(
    examples.LETTERS,
    [Definition.of(parse(tex)) for tex in (*examples.DEFINITIONS, "g(z) = g(z - 1)", "v_t = v_{t-1} + 1")],
    "w",
)
STRANGE = World(examples.LETTERS | {"b": 0.0, "x": [float("inf"), -1.0], "A": [[0.0, 0.0], [0.0, 0.0]], "T": 100})


def judged(tex, worlds=(WORLD,)):
    """The verdict, or the refusal; within seconds, and without a warning."""
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = check(parse(tex), worlds)
            assert isinstance(refute(parse(tex), worlds), Verdict)
        except FormulaError as error:
            found = error
            str(error)
    assert time.process_time() - began < 5, tex
    if isinstance(found, Verdict):
        assert isinstance(found.summary() + found.report(tex), str)
        assert found.as_dict()["kind"] in {"holds", "fails", "vacuous"}
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(TOKENS), max_size=25).map("".join))
def test_random_tokens(tex):
    judged(tex)
    judged(f"a = {tex}")


@st.composite
def mutated(draw):
    tex = draw(st.sampled_from(ACCEPTED))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(tex)))
        width = draw(st.integers(0, 6))
        tex = tex[:place] + draw(st.sampled_from(["", *TOKENS])) + tex[place + width :]
    return tex


@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
@example(r"\sum_{k=1}^{3} \sum_{j=1}^{9999} j = 1")
@example("g(2) = 1")
@example("v_3 = 1")
@example(r"A^{-1} = A^{\frac{0}{0}}")
@example(r"\lVert \frac{1}{0} A \rVert = 1")
@example("x_{10^{400}} = 1")
@example("a^{b^{a^{b^{a^{b^{9}}}}}} = b")
@example(r"\lim_{h \to \frac{1}{0}} h = 1")
def test_accepted_and_refused_formulas_with_a_few_changes(tex):
    judged(tex)
    judged(tex, (STRANGE,))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_random_text(text):
    judged(text)


expressions = st.recursive(
    st.sampled_from(["a", "b", "w", "x", "y", "A", "s_2", "2", "0.5", "B_1", "0"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", " ", r" \cdot ", r" \odot ", r" \otimes "]), inner).map(
            lambda t: f"({t[0]}{t[1]}{t[2]})"
        ),
        inner.map(lambda e: rf"{{({e})}}^\top"),
        inner.map(lambda e: rf"\tanh({e})"),
        inner.map(lambda e: f"({e})^{{-1}}"),
        inner.map(lambda e: rf"\lVert {e} \rVert"),
        inner.map(lambda e: rf"\operatorname{{vec}}({e})"),
        inner.map(lambda e: rf"\operatorname{{diag}}({e})"),
        inner.map(lambda e: rf"\frac{{\mathrm d}}{{\mathrm d w}}({e})"),
        inner.map(lambda e: rf"\frac{{\mathrm d}}{{\mathrm d x}}({e})"),
        inner.map(lambda e: rf"(\lim_{{h \to 0}} ({e} + h))"),
        inner.map(lambda e: rf"(\sum_{{k=1}}^{{2}} (k {e}))"),
        st.tuples(inner, inner).map(lambda t: rf"\frac{{{t[0]}}}{{{t[1]}}}"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]})^{{{t[1]}}}"),
    ),
    max_leaves=8,
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions, expressions)
def test_random_expressions(left, right):
    found = judged(rf"{left} = {right}")
    assert not isinstance(found, FormulaError) or "cannot stand here" not in str(found)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions, st.sampled_from([" + 1", " + 0.001 x", " + A", "^2"]))
def test_what_holds_is_equal(expression, change):
    found = judged(rf"({expression}) = ({expression}){change}")
    if isinstance(found, Verdict) and found.kind == "holds":
        left, right = (examples.value(tex).array for tex in (expression, f"({expression}){change}"))
        assert np.abs(left - right).max() <= 1e-11 * np.abs(left).max()


@pytest.mark.parametrize("tex", ACCEPTED)
def test_every_prefix_of_a_formula(tex):
    for end in range(len(tex)):
        judged(tex[:end])
