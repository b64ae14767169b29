"""Every rule about what a check proves: a table of formulas with the verdict that each must get."""

import json

import numpy as np
import pytest

from recompute.errors import FormulaError, ShapeError
from recompute.parse import parse, parse_expression
from recompute.tensor import Map
from recompute.verdict import PASSES, Verdict, agree, check, digits, refute, state
from recompute.world import Definition, World

DEFINITIONS = [r"s_t = \tanh(w s_{t-1} + a) \qquad 1 \le t \le T", "r = a b", "u(z) = z^2 + a z"]


def letters(seed, **changes):
    rng = np.random.default_rng(seed)
    drawn = {
        "a": rng.uniform(0.4, 1),
        "b": rng.uniform(-1, -0.4),
        "w": rng.uniform(0.4, 1),
        "s_0": rng.uniform(0.4, 1),
        "z": 0.0,
        "T": 5,
        "n": 3,
        "x": rng.normal(size=3),
        "y": rng.normal(size=3),
        "M": rng.normal(size=(3, 3)),
        "N": rng.normal(size=(3, 3)),
    }
    return drawn | changes


def worlds(count=3, definitions=DEFINITIONS, **changes):
    made = [Definition.of(parse(tex)) for tex in definitions]
    return [World(letters(seed, **changes), made, "w") for seed in range(count)]


ONE = {"a": 0.5, "b": -0.25, "c": 0.123456, "v": 2.0}

HOLDS = [
    r"(a + b)^2 = a^2 + 2 a b + b^2",
    "r + a = a (1 + b)",
    r"M (x + y) = M x + M y",
    r"(M N)^\top = N^\top M^\top",
    r"x^\top M y = y^\top M^\top x",
    r"a \le \sqrt{a}",
    r"b < 0 < a",
    r"a > b \ne a",
    r"M N \ne N M",
    r"x \ne y",
    r"x \in \mathbb R^n",
    r"M \in \mathbb R^{n \times n}",
    r"M \in \mathbb R^{3 \times n}",
    r"a \in \mathbb R",
    (
        r"\frac{\mathrm d s_t}{\mathrm d w} = (1 - s_t^2) \Bigl(s_{t-1} + w \frac{\mathrm d "
        r"s_{t-1}}{\mathrm d w}\Bigr) \qquad 1 \le t \le T"
    ),
    "u(a) = 2 a^2",
    r"s_t' = (1 - s_t^2)(s_{t-1} + w s_{t-1}') \qquad 1 \le t \le T",
    r"\sum_{t=1}^{T} s_t = s_1 + \sum_{t=2}^{T} s_t",
    r"a = a + b - b",
    "a \\le a + 1",
]
FAILS = [
    r"(a + b)^2 = a^2 - 2 a b + b^2",
    r"M N = N M",
    r"a = b = a",
    r"a + b = a b = b + a",
    r"\sqrt{a} < a",
    r"a \ne a + 0.0001 a",
    r"a < a + z",
    "a > \\sqrt{a}",
    r"a \le b",
    "s_2 = s_3",
    r"s_t = s_{t-1} \qquad 2 \le t \le T",
    r"u(a) = a^2",
    "a = a + 0.000001",
    r"M^\top x = M x",
    r"s_t' = (1 - s_t^2) s_{t-1} \qquad 1 \le t \le T",
    r"x \odot y = x \odot x",
    r"\lVert x + y \rVert = \lVert x \rVert + \lVert y \rVert",
]
VACUOUS = {
    "a = a": "Both sides are the same expression.",
    "(a + b) = a + b": "Both sides are the same expression.",
    r"a b = \underbrace{a b}_{\text{area}}": "Both sides are the same expression.",
    "a = b + a - b = b + a - b": "Both sides are the same expression.",
    "r = a b": "This is the definition itself",
    "a b = r": "This is the definition itself",
    "r = (a b)": "This is the definition itself",
    r"s_t = \tanh(w s_{t-1} + a) \qquad 1 \le t \le T": "This is the definition itself",
    r"\tanh(w s_{t-1} + a) = s_t \qquad 1 \le t \le T": "This is the definition itself",
    r"s_k = \tanh(w s_{k-1} + a) \qquad 1 \le k \le 2": "This is the definition itself",
    "u(z) = z^2 + a z": "This is the definition itself",
    "a = a + z": "This summand vanishes on every draw, so the check says nothing about it.",
    "a = a + z b x^\\top y": "This summand vanishes on every draw",
    "a + (b - b) = a": "This summand vanishes on every draw",
    r"\sum_{k=0}^{2} k a = 3 a": "This summand vanishes on every draw at k = 0",
    r"a (b + \sum_{k=0}^{2} k) = a b + 3 a": "This summand vanishes on every draw at k = 0",
    r"\sum_{j=1}^{2} \sum_{k=1}^{j} (k - 1) a = a": "This summand vanishes on every draw",
    "a - a = 0": "Both sides vanish on every draw",
    "z a = 0": "Both sides vanish on every draw",
    "z x = z y": "Both sides vanish on every draw",
    r"z \le z a": "Both sides vanish on every draw",
    r"a + b = b + a \prod_{k=2}^{1} q_k": "The index of this sum or product has no values on any draw",
    r"a = a + \sum_{k=2}^{1} q_k": "This summand vanishes on every draw",
    r"\lim_{h \to 0} (a + h + z h) = a": "This summand vanishes on every draw",
}


@pytest.mark.parametrize("tex", HOLDS)
def test_a_true_formula_holds(tex):
    verdict = check(parse(tex), worlds())
    assert verdict.kind == "holds", verdict
    assert verdict.draws == 3
    assert verdict.count >= 3
    assert verdict.residual <= verdict.allowed == 1e-12


@pytest.mark.parametrize("tex", FAILS)
def test_a_false_formula_fails_and_says_where(tex):
    verdict = check(parse(tex), worlds())
    assert verdict.kind == "fails"
    assert not verdict.passes
    assert verdict.residual > verdict.allowed
    sign = tex[slice(*verdict.place)]
    assert sign in {"=", "<", ">", r"\le", r"\ne"}
    assert all(
        word in verdict.report(tex) for word in ("left side", "right side", "residual", "draw", tex.splitlines()[0][:5])
    )


@pytest.mark.parametrize(("tex", "note"), VACUOUS.items(), ids=list(VACUOUS))
def test_a_formula_whose_check_could_not_have_failed_is_vacuous(tex, note):
    verdict = check(parse(tex), worlds())
    assert (verdict.kind, verdict.passes) == ("vacuous", False)
    assert note in verdict.note
    assert tex[slice(*verdict.place)]


def test_a_wrong_middle_term_of_a_chain_is_found_and_marked():
    tex = "a^2 - b^2 = (a - b)(a - b) = (a + b)(a - b)"
    verdict = check(parse(tex), worlds())
    assert verdict.kind == "fails"
    assert verdict.place in {(10, 11), (27, 28)}
    assert check(parse("a^2 - b^2 = (a - b)(a + b) = (a + b)(a - b)"), worlds()).count == 6


APPROXIMATIONS = {
    r"c \approx 0.1235": "holds",
    r"c \approx 0.1234": "fails",
    r"c \approx 0.12346": "holds",
    r"c \approx 0.12345": "fails",
    r"c \approx 0.123456": "holds",
    r"c \approx 0.12": "holds",
    r"c \approx 0.13": "fails",
    r"c \approx 0": "holds",
    r"b \approx -0.3": "holds",
    r"b \approx -0.2": "holds",
    r"b \approx -0.25": "holds",
    r"b \approx -0.250": "holds",
    r"b \approx -0.24": "fails",
    r"b \approx 0.3": "fails",
    r"c = 0.1235": "fails",
    r"a c \approx 0.5 \cdot 0.1235 \approx 0.062": "holds",
    r"a c \approx 0.5 \cdot 0.1235 \approx 0.0617": "holds",
    r"a c \approx 0.5 \cdot 0.1235 \approx 0.06173": "fails",
    r"v \approx 2": "holds",
    r"v \approx 2.00": "holds",
    r"v \approx 2.01": "fails",
}


@pytest.mark.parametrize(("tex", "kind"), APPROXIMATIONS.items(), ids=list(APPROXIMATIONS))
def test_an_approximation_is_right_to_its_printed_decimals(tex, kind):
    assert check(parse(tex), [World(ONE)]).kind == kind


def test_ties_may_be_rounded_either_way_and_no_further():
    for text, kind in {"0.12": "holds", "0.13": "holds", "0.11": "fails", "0.14": "fails"}.items():
        assert check(parse(rf"a \approx {text}"), [World({"a": 0.125})]).kind == kind


REFUSED = {
    r"a \approx b": "no printed number stands to the right of",
    r"0.5 \approx a": "no printed number stands to the right of",
    r"\frac{a}{z} = b": "this side is not finite: inf",
    r"\frac{z}{z} = a": "this side is not finite: nan",
    r"\log(b) = \log(b) + 0 a": "this side is not finite: nan",
    r"\log(b) \le a": "this side is not finite: nan",
    r"\log(b) \ne a": "this side is not finite: nan",
    r"\log(b) \in \mathbb R": "this side is not finite: nan",
    r"10^{999} = 10^{999} + a": "this side is not finite: inf",
    r"e^{e^{e^{9}}} = a": "this side is not finite: inf",
    r"s_t = s_t + a - a \qquad 3 \le t \le 1": "so nothing was compared",
    "s_t = s_{t-1}": "t has no value",
    r"x \le y": "an inequality compares numbers, not a column",
    r"x = x^\top": "the left side is a column (3)<-(), the right side a row ()<-(3)",
    r"a = x": "the left side is a number ()<-(), the right side a column (3)<-()",
    r"M = \operatorname{vec}(M)": "the left side is a matrix (3)<-(3), the right side a column (9)<-()",
    r"\frac{\mathrm d s_1}{\mathrm d w} = x": "the left side is a number",
    r"x \in \mathbb R": "and not an element of R",
    r"x \in \mathbb R^{4}": "and not an element of R^4",
    r"x^\top \in \mathbb R^{1 \times 3}": "the left side is a row ()<-(3), and not an element of R^1x3",
    r"M \in \mathbb R^{3 \times 3 \times 3}": "a shape has at most two sizes",
    r"x \in \mathbb R^{a}": "an index must be a whole number",
}


@pytest.mark.parametrize(("tex", "problem"), REFUSED.items(), ids=list(REFUSED))
def test_what_cannot_be_compared_never_passes(tex, problem):
    with pytest.raises(FormulaError) as caught:
        check(parse(tex), worlds())
    assert problem in caught.value.problem
    assert caught.value.tex == tex


@pytest.mark.parametrize("tex", ["a = b", "a = 2 b", "a < b", r"a \approx 1.0", "v = b", "a < v"])
def test_huge_and_tiny_numbers_fail_like_others(tex):
    verdict = check(parse(tex), [World({"a": 1.7e308, "b": -0.8e308, "v": 1e-320})])
    assert verdict.kind == "fails"
    assert json.loads(json.dumps(verdict.as_dict(), allow_nan=False))["residual"] > 1e-12


def test_without_a_draw_nothing_passes():
    for judge in (check, refute):
        with pytest.raises(FormulaError, match="there is no draw"):
            judge(parse("a + b = b + a"), [])
    with pytest.raises(FormulaError, match="there is no draw"):
        agree(Definition.of(parse("r = a b")), [], [])


def test_a_draw_on_which_the_range_is_empty_is_not_counted():
    mixed = [World(letters(0, T=1), [Definition.of(parse(DEFINITIONS[0]))]), *worlds(2)]
    verdict = check(parse(r"s_t - s_{t-1} = -(s_{t-1} - s_t) \qquad 2 \le t \le T"), mixed)
    assert (verdict.draws, verdict.count) == (2, 8)


def test_a_free_index_may_be_given_by_the_cell():
    formula = parse(r"s_t^2 = s_t s_t")
    assert check(formula, worlds(), ranges={"t": range(1, 4)}).count == 9
    assert check(formula, worlds(), ranges={"t": iter([1, 2])}).count == 6
    with pytest.raises(FormulaError, match="nothing was compared"):
        check(formula, worlds(), ranges={"t": []})


def test_an_inequality_reports_how_close_it_came():
    verdict = check(parse(r"\lVert x + y \rVert \le \lVert x \rVert + \lVert y \rVert"), worlds(100))
    ratios = [
        np.linalg.norm(x + y) / (np.linalg.norm(x) + np.linalg.norm(y))
        for x, y in ((w.letters["x"], w.letters["y"]) for w in worlds(100))
    ]
    assert verdict.ratio == pytest.approx(max(ratios), rel=1e-12)
    assert (verdict.count, verdict.draws) == (100, 100)
    assert (
        check(parse(r"\lVert x \rVert + \lVert y \rVert \ge \lVert x + y \rVert"), worlds(100)).ratio == verdict.ratio
    )
    assert check(parse("b < a"), worlds()).ratio < 0
    assert check(parse("b < a"), worlds()).residual == 0
    assert check(parse("a < a + z"), worlds()).residual == 2e-12  # equal sides miss `<`, by more than is allowed


def test_an_inequality_that_is_false_on_one_of_a_hundred_draws_fails():
    hundred = [World({"a": 1.0 if seed != 37 else 2.5}) for seed in range(100)]
    verdict = check(parse("a < 2"), hundred)
    assert (verdict.kind, verdict.where) == ("fails", "draw 37")


@pytest.mark.parametrize(("tex", "kind"), [(r"a \le a b", "holds"), (r"a \le b a", "holds"), (r"a b < a", "fails")])
def test_equality_satisfies_le_and_not_less(tex, kind):
    assert check(parse(tex), [World({"a": 0.3, "b": 1.0})]).kind == kind


# under a hypothesis

GIVEN = {
    r"\frac{\mathrm d s_1}{\mathrm d w} = 0": "holds",
    r"s_1' = 0": "holds",
    r"s_1 = \tanh(a)": "holds",
    r"s_2' = (1 - s_2^2) s_1": "holds",
    r"s_0 = 0": "holds",
    r"s_0 + w s_0 = 0": "holds",
    r"w s_0 = 7 s_0": "holds",
    r"s_0' = w s_0 = 0": "holds",
    r"s_1 = \tanh(a) = s_0": "fails",
    r"s_1' = 1": "fails",
    r"s_2' = (1 - s_2^2)(s_1 + w s_1')": "vacuous",  # true without the hypothesis
    r"a + b = b + a": "vacuous",
    r"s_0' = 0": "vacuous",
    r"z a = 0": "vacuous",
    r"s_1 = \tanh(a) + 3 s_0": "vacuous",  # under the hypothesis the last summand may say anything
    r"s_1' = z = w s_0": "holds",
    r"(a + b)^2 = a^2 + 2 a b + b^2": "vacuous",  # true without the hypothesis, up to rounding
    r"z = z a = w s_0": "vacuous",
}


@pytest.mark.parametrize(("tex", "kind"), GIVEN.items(), ids=list(GIVEN))
def test_a_claim_under_a_hypothesis_has_to_need_it(tex, kind):
    verdict = check(parse(tex), worlds(s_0=0.0), without=worlds())
    assert verdict.kind == kind, verdict


def test_a_claim_that_has_no_value_without_its_hypothesis_is_refused():
    with pytest.raises(FormulaError, match="without its hypothesis: this side is not finite"):
        check(parse(r"\frac{1}{1 - s_0} = 1"), worlds(s_0=0.0), without=worlds(s_0=1.0))


# refutation

REFUTED = {
    r"(a + b)^2 = a^2 + b^2": "refuted",
    r"a = b = a": "refuted",
    r"M N = N M": "refuted",
    r"a < b": "refuted",
    r"a \ne r + a - r": "refuted",
    r"x = x^\top": "refuted",
    r"x y = a": "refuted",
    r"x \in \mathbb R^{4}": "refuted",
    r"s_3' = (1 - s_3^2) s_2": "refuted",
    "a + b = b + a": "fails",
    "a = a": "fails",
    "a = a + 0.0001 a": "fails",
    "a = a + 0.002 a": "refuted",
    r"b \le a": "fails",
    r"z = z a": "fails",
}


@pytest.mark.parametrize(("tex", "kind"), REFUTED.items(), ids=list(REFUTED))
def test_a_refuted_formula_has_to_miss_by_far(tex, kind):
    verdict = refute(parse(tex), worlds())
    assert verdict.kind == kind
    assert verdict.draws == 3
    assert (verdict.note != "") == (kind == "fails" or verdict.residual is None)


def test_a_refuted_formula_has_to_miss_on_every_draw():
    one = World({"a": 2.0, "b": 2.0})
    others = [World({"a": 2.0, "b": 3.0}), World({"a": 1.0, "b": 5.0})]
    assert refute(parse("a + b = a b"), others).kind == "refuted"
    verdict = refute(parse("a + b = a b"), [*others, one])
    assert verdict.kind == "fails"
    assert "misses by 0.0e+00 only" in verdict.note


@pytest.mark.parametrize(
    ("tex", "problem"),
    [("q = 1", "q is not defined"), (r"\frac{a}{z} = 1", "not finite"), ("s_t = 1", "t has no value")],
)
def test_what_has_no_value_for_another_reason_than_shapes_is_not_refuted(tex, problem):
    with pytest.raises(FormulaError, match=problem):
        refute(parse(tex), worlds())


def test_a_wrong_shape_in_a_definition_refutes_no_formula():
    broken = [World(letters(0), [Definition.of(parse("v = x y"))])]
    with pytest.raises(ShapeError):
        refute(parse("v = a"), broken)


# definitions


def family(function, steps=range(1, 6)):
    return {"s_t": {t: function(t) for t in steps}}


def run(seed, w_factor=1.0, **changes):
    drawn, found = letters(seed, **changes), {}
    s = drawn["s_0"]
    for t in range(1, 6):
        s = found[t] = np.tanh(w_factor * drawn["w"] * s + drawn["a"])
    return found


def agreement(tex, hands, **changes):
    return agree(Definition.of(parse(tex)), worlds(definitions=[tex], **changes), hands)


def test_a_definition_is_not_judged_by_another_formula_for_the_same_letter():
    with pytest.raises(FormulaError, match="another formula defines r here"):
        agree(
            Definition.of(parse("r = a - b")),
            worlds(1, definitions=["r = a b"]),
            [{"r": letters(0)["a"] * letters(0)["b"]}],
        )


def test_a_definition_agrees_with_what_was_computed_by_hand():
    verdict = agreement(DEFINITIONS[0], [{"s_t": run(seed)} for seed in range(3)])
    assert (verdict.kind, verdict.count, verdict.draws) == ("agrees", 15, 3)
    assert (
        agreement("r = a b", [{"r": letters(seed)["a"] * letters(seed)["b"], "other": len} for seed in range(3)]).kind
        == "agrees"
    )
    functions = [{"u": np.poly1d([1, letters(seed)["a"], 0])} for seed in range(3)]
    assert agreement("u(z) = z^2 + a z", functions).kind == "agrees"


def test_a_definition_that_differs_fails():
    verdict = agreement(DEFINITIONS[0], [{"s_t": run(seed, w_factor=1.001)} for seed in range(3)])
    assert (verdict.kind, verdict.note) == (
        "fails",
        "The definition and the value computed by hand differ (right side: by hand).",
    )
    assert agreement("u(z) = z^2 + a z", [{"u": lambda z: z * z}] * 3).kind == "fails"


LITTLE = {
    "nothing": (DEFINITIONS[0], {}, "too little was computed by hand for s_1"),
    "one step missing": (
        DEFINITIONS[0],
        {"s_t": {t: v for t, v in run(0).items() if t != 4}},
        "too little was computed by hand for s_4",
    ),
    "one step, no range": (
        r"s_t = \tanh(w s_{t-1} + a)",
        {"s_1": run(0)[1]},
        "too little was computed by hand for s_t",
    ),
    "the range of another index": (
        r"s_j = \tanh(w s_{t-1} + a) \qquad 1 \le t \le T",
        {"s_j": run(0)},
        "the range is not that of j, the index of s",
    ),
    "nothing at all": ("r = a b", {}, r"too little was computed by hand for r\n.*\n.*\nGiven: nothing\."),
    "no family": ("r = a b", {"r_1": 2.0}, "too little was computed by hand for r"),
    "no function": ("u(z) = z^2", {"u": 3.0}, r"nothing was computed by hand for u\(z\)"),
    "not a number": (DEFINITIONS[0], {"s_t": run(0) | {2: np.nan}}, "by hand s_2 is nan"),
    "infinite": ("r = a b", {"r": np.inf}, "by hand r is inf"),
    "a step too many": (DEFINITIONS[0], {"s_t": run(0) | {6: 0.5}}, "s_6 is outside the range"),
    "a column": ("r = a b", {"r": [1.0, 2.0]}, "the left side is a number"),
    "words": ("r = a b", {"r": "two"}, "is not a real number"),
}


@pytest.mark.parametrize(("tex", "hand", "problem"), LITTLE.values(), ids=list(LITTLE))
def test_a_hand_that_computed_too_little_or_no_numbers_proves_nothing(tex, hand, problem):
    with pytest.raises(FormulaError, match=problem):
        agree(Definition.of(parse(tex)), worlds(1, definitions=[tex]), [hand])


def test_a_definition_wrong_only_at_later_steps_is_noticed():
    wrong = r"s_t = \tanh(w s_0 + a) \qquad 1 \le t \le T"
    hands = [{"s_t": run(seed)} for seed in range(3)]
    assert agree(Definition.of(parse(wrong)), worlds(definitions=[wrong]), hands).kind == "fails"


def test_a_summand_of_a_definition_that_vanishes_on_every_draw_is_noticed():
    tex = r"s_t = \tanh(w s_{t-1} + a + z) \qquad 1 \le t \le T"
    verdict = agree(Definition.of(parse(tex)), worlds(definitions=[tex]), [{"s_t": run(seed)} for seed in range(3)])
    assert (verdict.kind, tex[slice(*verdict.place)]) == ("vacuous", "z")
    assert verdict.note == "This summand vanishes on every draw, so the check says nothing about it."
    assert agreement(r"r = a \cos(z + z b)", [{"r": letters(seed)["a"]} for seed in range(3)]).kind == "vacuous"
    assert agreement("r = a z", [{"r": 0.0}] * 3).kind == "vacuous"


# the verdict itself


def test_only_six_words_pass():
    assert {"holds", "exact", "agrees", "measured", "refuted", "stated"} == PASSES
    for kind in ("fails", "vacuous", "unchecked"):
        assert not Verdict(kind).passes


def test_a_stated_formula_has_a_reason():
    assert state("it is a conjecture").passes
    assert state("three words suffice").passes
    for reason in ("because", "two words"):
        with pytest.raises(ValueError, match="wants the reason"):
            state(reason)


SUMMARIES = {
    "holds: residual 2e-16, 15 comparisons on 3 draws": Verdict("holds", 2e-16, 1e-12, 15, 3),
    "holds: residual 0, 1 comparison on 1 draw": Verdict("holds", 0.0, 1e-12, 1, 1),
    "refuted: misses by 58%, 3 comparisons on 3 draws": Verdict("refuted", 0.58, None, 3, 3),
    "holds: residual 0, the smaller side reaches 97% of the larger, 100 comparisons on 100 draws": Verdict(
        "holds", 0.0, 1e-12, 100, 100, 0.97
    ),
    "stated: it is a conjecture": Verdict("stated", note="it is a conjecture"),
    "unchecked: No cell.": Verdict("unchecked", note="No cell."),
}


@pytest.mark.parametrize(("text", "verdict"), SUMMARIES.items(), ids=list(SUMMARIES))
def test_a_verdict_in_one_line(text, verdict):
    assert verdict.summary() == text


def test_a_report_shows_the_place_both_sides_and_the_residual():
    tex = r"(a + v)^2 = a^2 + v^2"
    report = check(parse(tex), [World(ONE)]).report(tex)
    assert report == (
        "The two sides differ.\n"
        "    (a + v)^2 = a^2 + v^2\n"
        "              ^\n"
        "    left side   6.25\n"
        "    right side  4.25\n"
        "    residual    0.32, allowed 1e-12, at draw 0"
    )


def test_a_verdict_survives_its_way_through_json():
    verdict = check(parse("a = b"), worlds())
    data = verdict.as_dict()
    assert Verdict(**data) == verdict
    assert None not in data.values()
    assert Verdict("holds", 0.0).as_dict() == {"kind": "holds", "residual": 0.0}


@pytest.mark.parametrize(
    ("tex", "kind"),
    [
        (r"(a + b)^n = \sum_{k=0}^{n} \binom{n}{k} a^k b^{n-k}", "holds"),
        (r"a^n = a^{n - z}", "vacuous"),
        (r"\sum_{k=1}^{n} a^{k - z} = \sum_{k=1}^{n} a^k", "vacuous"),
    ],
)
def test_a_summand_of_an_exponent_may_vanish_for_one_index_and_not_for_all(tex, kind):
    worlds = [World({"a": 0.7 + seed / 9, "b": 0.4 + seed / 7, "n": 3 + seed, "z": 0.0}) for seed in range(3)]
    assert check(parse(tex), worlds).kind == kind


def test_small_summands_are_not_dead_and_relatively_small_ones_are():
    world = World({"a": 0.7, "b": 0.4, "c": 1e-8, "v": 1e15})
    assert check(parse("c a + c b = c (a + b)"), [world]).kind == "holds"
    assert check(parse("v a + b = b + v a"), [world]).kind == "vacuous"


def test_a_refuted_formula_has_to_miss_by_what_is_said():
    tex = r"(a + b)^2 = a^2 + b^2"
    for lacks, kind in {"2 a b": "refuted", "a b": "fails", "4 a b": "fails"}.items():
        verdict = refute(parse(tex), worlds(), misses_by=parse_expression(lacks))
        assert verdict.kind == kind
        assert (verdict.note == "") == (kind == "refuted")
    with pytest.raises(FormulaError, match="of a single = alone"):
        refute(parse("a = b = a"), worlds(), misses_by=parse_expression("a"))
    with pytest.raises(FormulaError, match="of a single = alone"):
        refute(parse("a < b"), worlds(), misses_by=parse_expression("a"))
    with pytest.raises(ShapeError):
        refute(parse("x = x^\\top"), worlds(), misses_by=parse_expression("a"))


def test_a_brief_refutation_stops_at_the_first_difference_from_what_is_said():
    wrong, lacks = parse(r"s_t = s_t + a \qquad 1 \le t \le T"), parse_expression("b")
    assert refute(wrong, worlds(), misses_by=lacks, brief=True).count == 1
    assert refute(wrong, worlds(), misses_by=lacks).count == 15


def test_a_wrong_formula_may_have_summands_that_are_all_zero_and_none_that_is_zero_beside_others():
    for tex, kind in {r"a \cos(z + z b) = b": "refuted", "a + z = b": "vacuous"}.items():
        assert refute(parse(tex), worlds()).kind == kind


def test_a_formula_that_no_shape_fits_is_refuted_once():
    verdict = refute(parse("x y = a"), worlds())
    assert (verdict.count, verdict.draws, verdict.place) == (1, 3, (0, 3))


def test_a_brief_check_stops_at_the_first_difference():
    wrong = run(0) | {3: 0.5, 4: 0.5}
    definition, world = Definition.of(parse(DEFINITIONS[0])), worlds(1, definitions=DEFINITIONS[:1])
    assert agree(definition, world, [{"s_t": wrong}], brief=True).count == 3
    assert agree(definition, world, [{"s_t": wrong}]).count == 5
    rounded = {t: s * (1 + 1e-15) for t, s in run(0).items()}  # within what is allowed
    assert agree(definition, world, [{"s_t": rounded}], brief=True).count == 5
    tex = r"s_t = s_1 \qquad 1 \le t \le T"
    assert check(parse(tex), worlds(), brief=True).count == 2
    assert check(parse(tex), worlds()).count == 15


def test_long_values_are_cut_and_others_are_not():
    assert "..." not in digits(Map.of(np.arange(24.0)))
    assert "..." in digits(Map.of(np.arange(25.0)))
    assert digits(Map.of([1 / 3, 2e-7])) == "[3.33333e-01, 2.00000e-07]"


@pytest.mark.parametrize(
    ("tex", "residual"),
    [(r"x \in \mathbb R^n", 0.0), (r"x \ne y", 0.0), (r"b \le a", 0.0), (r"a \ne a + 0.0001 a", 1.0)],
)
def test_what_holds_or_not_without_a_difference_has_a_plain_residual(tex, residual):
    assert check(parse(tex), worlds()).residual == residual


def test_two_sides_differ_when_they_do_relative_to_their_size():
    assert check(parse(r"a \ne b"), [World({"a": 1e4, "b": 1e4 + 1})]).kind == "fails"
    assert check(parse(r"a \ne b"), [World({"a": 1e-4, "b": 2e-4})]).kind == "holds"


def test_the_values_of_the_free_indices_on_all_draws_are_limited_together(monkeypatch):
    formula = parse(r"s_t^2 = s_t s_t \qquad 1 \le t \le T")
    monkeypatch.setattr("recompute.verdict.MOST_TOGETHER", 15)
    assert check(formula, worlds()).count == 15
    monkeypatch.setattr("recompute.verdict.MOST_TOGETHER", 14)
    with pytest.raises(FormulaError, match="15 cases"):
        check(formula, worlds())


def test_two_indices_are_enough_where_no_range_is_stated():
    tex = r"s_t = \tanh(w s_{t-1} + a)"
    assert agreement(tex, [{"s_t": {t: run(seed)[t] for t in (1, 2)}} for seed in range(3)]).count == 6
