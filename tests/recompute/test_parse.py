"""The grammar has one reading for every formula; what it does not contain is refused at the right place."""

import time
from importlib.resources import files

import pytest
from lark import Lark

from recompute import syntax
from recompute.errors import AmbiguousError, FormulaError
from recompute.parse import DEEPEST, LONGEST, _grammar, parse, parse_expression

GRAMMAR = files("recompute").joinpath("tex.lark").read_text(encoding="utf-8")


def refused(tex):
    with pytest.raises(FormulaError) as caught:
        parse(tex)
    return caught.value


def test_the_grammar_is_small_and_has_no_conflict_even_between_its_terminals():
    assert len(GRAMMAR.splitlines()) <= 120
    Lark(GRAMMAR, parser="lalr", start="formula", strict=True)


def test_the_language_is_ready_without_that_comparison(monkeypatch):
    monkeypatch.setattr("lark.lexer._check_regex_collisions", None)  # would be called, for 0.4 seconds
    assert _grammar.__wrapped__().parse("a = b").data == "formula"
    with pytest.raises(TypeError, match="not callable"):
        Lark(GRAMMAR, parser="lalr", start="formula")


def test_strict_mode_would_notice_an_ambiguity():
    ambiguous = GRAMMAR.replace("?factor: primary\n", "?factor: primary\n       | primary primary -> pair\n")
    with pytest.raises(Exception, match="conflict"):
        Lark(ambiguous, parser="lalr", start="formula", strict=True)


MORE = "The page “How formulas are checked here” lists what can be written."
NEVER = AmbiguousError.standing
MESSAGES = {
    "a = b + + c": f"+ cannot stand here\n    a = b + + c\n            ^\nRead so far: a = b +\n{MORE}",
    "= b": "the formula begins with a relation\n    = b\n    ^^^\nWrite its left side.",
    "a = ": f"the formula ends too early\n    a =\n      ^\nRead so far: a =\n{MORE}",
    "a b": "this row claims nothing: it has no relation\n    a b\n    ^^^\nWrite both sides of a relation.",
    "a = \\foo b": f"\\foo cannot stand here\n    a = \\foo b\n        ^^^^\nRead so far: a =\n{MORE}",
    "? = b": f"? cannot stand here\n    ? = b\n    ^\nNothing was read before it.\n{MORE}",
    "a = b \\\\\n+ c": f"+ cannot stand here\n    + c\n    ^\nNothing was read before it.\n{MORE}",
    "a = b \\\\\nc": (
        "this row claims nothing: it has no relation\n    c\n    ^\n"
        "Break a long line before a relation, or put the continued sum in brackets."
    ),
    "a &= b \\\\\n- c &= d": (
        "a row that begins with a minus may continue the row before it\n    - c &= d\n    ^^^\n"
        f"Break a long line before a relation, or put the continued sum in brackets.\n{NEVER}"
    ),
    "{a + b} c = 1": f"+ cannot stand here\n    {{a + b}} c = 1\n       ^\nRead so far: {{a\n{MORE}",
    "x_12 = 1": "only the first digit of 12 would be raised or lowered\n    x_12 = 1\n      ^^\nWrite {12}.",
    "a^23 = 1": "only the first digit of 23 would be raised or lowered\n    a^23 = 1\n      ^^\nWrite {23}.",
    "a 2 = 1": (
        "a number right after another factor can be misread\n    a 2 = 1\n      ^\n"
        f"Write \\cdot before it, or put it first.\n{NEVER}"
    ),
    "a 2^3 = 1": (
        "a number right after another factor can be misread\n    a 2^3 = 1\n      ^^^\n"
        f"Write \\cdot before it, or put it first.\n{NEVER}"
    ),
    "W_{ij} = 1": (
        "a product of two letters, or two indices?\n    W_{ij} = 1\n       ^^\n"
        f"Write W_{{i,j}} for two indices. If they are a name, as in W_{{hh}}, take another letter.\n{NEVER}"
    ),
    r"\sum_{k=1} k = 1": (
        "the index needs a bound on either side\n    \\sum_{k=1} k = 1\n    ^^^^^^^^^^^^\n"
        "Write \\sum_{k=1}^{T} or \\sum_{T \\ge j > k}."
    ),
    r"\sum_{j > k} k = 1": (
        "the index needs a bound on either side\n    \\sum_{j > k} k = 1\n    ^^^^^^^^^^^^^^\n"
        "Write \\sum_{k=1}^{T} or \\sum_{T \\ge j > k}."
    ),
    r"\prod_{s_1=1}^{2} k = 1": (
        "the index must be a single letter\n    \\prod_{s_1=1}^{2} k = 1\n           ^^^\n"
        "Write \\prod_{k=1}^{T} or \\prod_{T \\ge j > k}."
    ),
    r"\frac{\mathrm d s}{\partial w} = 1": (
        "d above and ∂ below, or the reverse\n    \\frac{\\mathrm d s}{\\partial w} = 1\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "Write both with \\mathrm d (total) or both with \\partial (immediate)."
    ),
    r"a = b \qquad t \approx 3": (
        "a range is not stated with \\approx\n    a = b \\qquad t \\approx 3\n"
        "                 ^^^^^^^^^^^\n"
        "Write \\qquad 1 \\le t \\le T."
    ),
    r"a = \log x y": (
        "it is open how far this function reaches\n    a = \\log x y\n        ^^^^^^\n"
        f"Put its argument in brackets.\n{NEVER}"
    ),
    "a \\\\ b": "this row claims nothing: it has no relation\n    a \\\\ b\n    ^\nWrite both sides of a relation.",
    " ": "an empty formula\nWrite both sides of a relation.",
}


@pytest.mark.parametrize(("tex", "message"), MESSAGES.items(), ids=list(MESSAGES))
def test_a_refusal_says_what_where_and_what_to_do(tex, message):
    plain = "\n".join(line.rstrip() for line in str(refused(tex)).splitlines() if line.strip())
    assert plain == "\n".join(line.rstrip() for line in message.splitlines())


AMBIGUOUS = [
    r"\tanh w s = a",
    r"\tanh w \cdot s = a",
    r"\log x \sum_{k=1}^{2} k = a",
    r"\prod_{j=1}^{2} a_j b_k = c",
    r"\prod_{j=1}^{2} a_j b c = d",
    r"\prod_{j=1}^{2} a_j (b + c) = d",
    r"\prod_{j=1}^{2} a_j \frac{\partial s}{\partial w} = d",
    r"\frac{d E}{d W} = a",
    r"\frac{d}{d w} = a",
    r"A_{t i} = b",
    r"A_{2 t i + 1} = b",
    r"w \underbrace{a + b}_{\text{x}} = c",
    r"\htmlClass{x}{a + b} w = c",
    r"c - \underbrace{a + b}_{\text{x}} = d",
    r"\htmlClass{x}{-a}^2 = c",
    r"-\underbrace{a + b}_{\text{x}} = d",
    r"\sum_{k=1}^{2} \underbrace{k + b}_{\text{x}} = c",
    r"a \odot \htmlClass{x}{b + c} = c",
    r"\htmlClass{x}{\htmlClass{y}{a + b}} w = c",
    r"\htmlClass{x}{\prod_{k=1}^{2} k} w = c",
    r"\htmlClass{x}{a + b}^\top = c",
    r"M \underbrace{x \odot y}_{\text{x}} = c",
    r"\lim_{h \to 0} \htmlClass{x}{a + h} = c",
    r"W^{T} = a",
    r"{W}^T = a",
    "2 3 = 6",
    "a_1 2 = b",
]


@pytest.mark.parametrize("tex", AMBIGUOUS)
def test_what_has_two_readings_is_refused_for_ever(tex):
    assert isinstance(refused(tex), AmbiguousError)


UNAMBIGUOUS = [
    r"\prod_{T \ge j > k} D_j W = A",
    r"\prod_{j=1}^{2} W D_j = A",
    r"\prod_{j=1}^{2} (D_j W s_k) = A",
    r"\left(\prod_{j=1}^{2} D_j\right) s_k = A",
    r"\sum_{j=1}^{2} a_j b_k = c",
    r"a \log x = b",
    r"\tanh(w s) a = b",
    r"a + \underbrace{b + c}_{\text{x}} = d",
    r"w \underbrace{(a + b)}_{\text{x}} = c",
    r"a - \htmlClass{x}{b c} = d",
    r"\htmlClass{x}{a + b} = d",
    r"\htmlClass{x}{D_3} \htmlClass{y}{s_2} - a = d",
    r"\frac{d s}{e w} = a",
    "A_{2t} = b",
    "A_{2t, k+1} = b",
    "W^{T-1} = a",
    r"W^\top = a",
    r"W^{\top} = a",
]


@pytest.mark.parametrize("tex", UNAMBIGUOUS)
def test_what_has_one_reading_is_read(tex):
    assert parse(tex).relations


INVISIBLE = [
    r"a = b\,.",
    r"a = b\;",
    r"a = b\ ",
    "a = b~,",
    r"\begin{aligned} a &= b. \end{aligned}",
    r"a\!=\,b",
    "a = b;",
    "a = b % = c",
    r"\left( a \right) = \bigl( b \bigr)",
    "a = b \\nonumber",
    "{a} = {{b}}",
    "a & = & b",
    "\n\na =\n b \n",
]


@pytest.mark.parametrize("tex", INVISIBLE)
def test_spaces_full_stops_and_comments_say_nothing(tex):
    relation = parse(tex).relations[0]
    assert (syntax.bare(relation.left), syntax.bare(relation.right)) == (syntax.Symbol("a"), syntax.Symbol("b"))
    assert len(parse(tex).relations) == 1


@pytest.mark.parametrize(
    ("tex", "other"),
    [
        ("s_t", "s_{t}"),
        (r"\hat y", r"\hat{y}"),
        (r"\mathrm d", r"\mathrm{d}"),
        (r"\leq", r"\le"),
        (r"\lVert a \rVert", r"\left\| a \right\|"),
        (r"^\top", r"^{\top}"),
        (r"\mathbb R", r"\mathbb{R}"),
    ],
)
def test_two_spellings_are_one_formula(tex, other):
    frame = {
        r"\mathrm d": r"\frac{X s}{X w} = a",
        r"\leq": "a X b",
        r"^\top": "WX = a",
        r"\mathbb R": "a \\in X",
    }.get(tex, "X = c")
    assert parse(frame.replace("X", tex)) == parse(frame.replace("X", other))


def test_different_letters_stay_different():
    letters = [
        "w",
        "W",
        r"\hat w",
        r"\bar w",
        r"\tilde w",
        r"\mathbf w",
        r"\mathcal w",
        r"\Delta w",
        "w_1",
        "w'",
        r"\omega",
    ]
    found = {parse_expression(tex) for tex in letters}
    assert len(found) == len(letters)


@pytest.mark.parametrize(
    "command",
    [r"\cdots", r"\cdotp", r"\odott", r"\sumx", r"\lim x", r"\leftarrow", r"\tan", r"\topx", r"\begin{aligned}[b]"],
)
def test_a_longer_command_is_not_taken_for_a_shorter_one(command):
    refused(f"a {command} b = c")


def test_a_chain_is_a_claim_for_every_sign():
    formula = parse("a = b < c \\\\ \\le e \\\\ f = g")
    names = [(r.left.name, r.sign, r.right.name) for r in formula.relations]
    assert names == [("a", "=", "b"), ("b", "<", "c"), ("c", "\\le", "e"), ("f", "=", "g")]


def test_every_node_knows_its_place():
    tex = r"s_t = \tanh(U x_t) + \sum_{k=1}^{T} \frac{\partial a}{\partial W} b^\top \qquad 1 \le t \le T"
    formula = parse(tex)
    texts = {tex[slice(*node.span)] for node in formula.walk()}
    assert {"s_t", r"\tanh(U x_t)", "x_t", r"\frac{\partial a}{\partial W}", r"b^\top", r"1 \le t \le T"} <= texts
    assert r"\sum_{k=1}^{T} \frac{\partial a}{\partial W} b^\top" in texts


@pytest.mark.parametrize(
    "tex",
    [
        "(" * 10_000 + "a" + ")" * 10_000 + " = b",
        "{" * 9_000 + "a" + "}" * 9_000 + " = b",
        "a" * 1_000_000 + " = b",
        "(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1) + " = b",
        "a = " + r"\sum_{k=1}^{2}" * 900 + "k",
        "a^" * 5_000 + "a = b",
        "a_{" * 3_000 + "a" + "}" * 3_000 + " = b",
        "\\frac{" * 2_000 + "a",
        "a = b" + "\n" * 19_000 + "?",
    ],
    ids=["brackets", "braces", "long", "just too deep", "sums", "powers", "subscripts", "fractions", "lines"],
)
def test_a_monster_is_refused_at_once(tex):
    began = time.process_time()
    error = refused(tex)
    assert isinstance(str(error), str)
    assert time.process_time() - began < 1


def test_the_largest_formulas_are_read():
    assert parse("(" * DEEPEST + "a" + ")" * DEEPEST + " = b")
    assert parse("a = " + "a + " * (LONGEST // 4 - 2) + "a")


def test_one_side_is_one_side():
    assert parse_expression("a + b") == syntax.Sum((syntax.Symbol("a"), syntax.Symbol("b")), (1, 1))
    with pytest.raises(FormulaError, match="one side of a formula is expected"):
        parse_expression("a = b")
