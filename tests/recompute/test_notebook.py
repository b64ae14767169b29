"""What a code cell can say to its page, what is published, and what goes wrong in words that help."""

import json
import subprocess
import sys

import numpy as np
import pytest

import recompute
from recompute import notebook
from recompute.errors import FormulaError
from recompute.notebook import BUILDING, CheckError, Page

STATE = r"s_t = \tanh(u x_t + w s_{t-1}) \qquad 1 \le t \le T"
FORMULAS = {
    "state": STATE,
    "square": "(u + w)^2 = u^2 + 2 u w + w^2",
    "wrong": "(u + w)^2 = u^2 + w^2",
    "rule": r"s_3' = (1 - s_3^2) (s_2 + w s_2')",
    "frozen": r"s_3' = (1 - s_3^2) s_2",
    "start": "s_0 = 0",
    "still": "s_1' = 0",
    "index": "s_t^2 = s_t s_t",
    "triangle": r"\lVert v + v_0 \rVert \le \lVert v \rVert",
    "unread": "a = 1/2 b",
    "close": r"w s_0 \approx 0.48",
    "chain": "s_1 = \\tanh(u x_1 + w s_0)",
    "matrix": "M = M^\\top",
}


def draw(seed):
    rng = np.random.default_rng(seed)
    return {"u": rng.uniform(0.4, 1), "w": rng.uniform(0.4, 1), "s_0": rng.uniform(0.4, 1), "x": rng.uniform(0.4, 1, 5)}


EXAMPLE = {"u": 0.5, "w": 0.8, "s_0": 0.6, "x": np.array([0.4, -0.5, 0.7])}


def by_hand(u, w, s_0, x):
    s = [s_0]
    for x_t in x:
        s.append(np.tanh(u * x_t + w * s[-1]))
    return {"s_t": dict(enumerate(s[1:], 1))}


@pytest.fixture
def page():
    made = Page(FORMULAS, claims=["u + w = w + u"], prime="w", strict=False)
    made.draw(draw, sequences=["x"])
    made.example(EXAMPLE)
    made.define("state", by=by_hand)
    return made


@pytest.fixture
def strict():
    made = Page(FORMULAS, prime="w", strict=True)
    made.draw(draw, sequences=["x"])
    return made


def kinds(page):
    return {record.name: record.verdict.kind for record in page.records}


def test_every_way_to_judge_a_formula(page):
    page.check("square", "rule", "u + w = w + u", "close")
    page.refute("frozen")
    page.state("matrix", reason="nobody has drawn M")
    page.check("still", given="start")
    page.check("index", t=range(1, 6))
    assert kinds(page) == {
        "state": "agrees",
        "square": page.verdict("square").kind,
        "rule": page.verdict("rule").kind,
        "u + w = w + u": page.verdict("u + w = w + u").kind,
        "close": "holds",
        "frozen": "refuted",
        "matrix": "stated",
        "still": "holds",
        "index": page.verdict("index").kind,
    }
    assert {page.verdict(name).kind for name in ("square", "rule", "index", "u + w = w + u")} <= {"holds", "exact"}
    assert page.verdict("index").count == 15
    assert set(page.unjudged()) == {"wrong", "start", "triangle", "unread", "chain"}


def test_without_labels_everything_that_nobody_judged_is_checked_and_nothing_raises(page):
    page.check()
    found = kinds(page)
    assert found.keys() == {*FORMULAS, "u + w = w + u"}
    assert {name for name, kind in found.items() if kind == "fails"} == {
        "wrong",
        "frozen",
        "start",
        "still",
        "index",
        "triangle",
        "unread",
        "matrix",
    }
    assert page.unjudged() == []


def test_outside_a_build_a_bad_formula_raises_with_a_message_that_helps(strict):
    with pytest.raises(CheckError) as caught:
        strict.check("wrong")
    message = str(caught.value)
    assert message.startswith(
        "(wrong) fails\nThe two sides differ.\n    (u + w)^2 = u^2 + w^2\n              ^\n    left side   "
    )
    assert "residual" in message
    assert "draw" in message


MESSAGES = {
    "unread": (
        "(unread) fails\na slash leaves open what it divides by. Write \\frac{…}{…}.\n"
        "Never: this has more than one reading, and a program must not guess.\n    a = 1/2 b\n         ^"
    ),
    "index": "(index) fails\nt has no value. If it is an index, state its range",
    "matrix": "(matrix) fails\nM is not defined on this page. Define it by a formula, draw it, or load it under",
    "squares": "(squares) fails\nno formula on this page has the label 'squares'; did you mean 'square'?",
    "zzz": "(zzz) fails\nno formula on this page has the label 'zzz'; its labels are: state, square, wrong",
    "close": "(close) fails\na formula with \\approx is about one example. Give its numbers with page.example(…).",
}


@pytest.mark.parametrize(("label", "message"), MESSAGES.items(), ids=list(MESSAGES))
def test_the_message_of_what_cannot_be_checked(strict, label, message):
    with pytest.raises(CheckError) as caught:
        strict.check(label)
    assert message in str(caught.value)


def test_a_page_without_numbers_says_so():
    page = Page(FORMULAS, strict=True)
    with pytest.raises(CheckError, match=r"the letters have no numbers. Give the page its numbers with page.draw"):
        page.check("square")


def test_while_building_nothing_raises_and_a_bad_verdict_stays(monkeypatch):
    monkeypatch.setenv(BUILDING, "1")
    page = Page(FORMULAS)
    page.draw(draw, sequences=["x"])
    page.check("wrong")
    page.refute("wrong")
    assert [record.verdict.kind for record in page.records] == ["fails", "fails"]
    monkeypatch.delenv(BUILDING)
    assert Page(FORMULAS).strict


def test_in_a_notebook_a_cell_may_be_run_again(strict):
    with pytest.raises(CheckError):
        strict.check("wrong")
    strict.refute("wrong")
    assert strict.verdict("wrong").kind == "refuted"


def test_a_verdict_is_published_with_the_formula_that_was_judged(page, monkeypatch):
    published = []
    monkeypatch.setattr(notebook, "display", lambda bundle, metadata: published.append((bundle, metadata)))
    page.check("wrong", "nowhere")
    first, second = (bundle[notebook.MIME] for bundle, _ in published)
    assert (first["name"], first["tex"], first["known"], first["typeset"]) == ("wrong", FORMULAS["wrong"], True, False)
    assert (second["known"], second["verdict"]["kind"]) == (False, "fails")
    assert published[0][0]["text/plain"].startswith("(wrong) fails: residual")
    assert json.loads(json.dumps(first)) == json.loads(json.dumps(first))


def test_definitions(page):
    assert page.verdict("state").kind == "agrees"
    page.define("state")
    assert page.records[-1].verdict.note.startswith(
        "a definition is compared with values computed by hand, and none are given."
    )
    page.define("square", by=by_hand)
    assert page.records[-1].verdict.note.startswith("the left side of a definition is a letter.")
    page.define("stat", by=by_hand)
    assert "did you mean 'state'?" in page.records[-1].verdict.note
    assert not any(record.verdict.passes for record in page.records[1:])


def test_a_wrong_definition_fails_and_the_page_goes_on():
    page = Page({"state": STATE.replace("+", "-")}, strict=False)
    page.draw(draw, sequences=["x"])
    page.define("state", by=by_hand)
    assert kinds(page) == {"state": "fails"}


def test_two_formulas_for_one_letter_in_one_line_do_not_vouch_for_each_other():
    page = Page({"wrong": STATE.replace("+", "-"), "right": STATE}, strict=False)
    page.draw(draw, sequences=["x"])
    page.define("wrong", "right", by=by_hand)
    assert kinds(page) == {"wrong": "fails", "right": "agrees"}
    page.define("wrong", by=by_hand)
    assert page.verdict("wrong").kind == "fails"


def test_nodes_and_abbreviations():
    formulas = {"a": r"a_t = u x_t + w s_{t-1} \qquad 1 \le t \le T", "s": r"s_t = \tanh a_t \qquad 1 \le t \le T"}
    slopes = {}
    for short in (True, False):
        page = Page(formulas, abbreviations=["a"] if short else [], strict=False)
        page.example(EXAMPLE)
        page.draw(draw, sequences=["x"])
        page.define("a", "s")
        slopes[short] = page.value(r"\frac{\partial s_2}{\partial w}")
    page.define("a", abbreviation=True)
    assert slopes[False] == 0 != slopes[True] == page.value(r"\frac{\partial s_2}{\partial w}")


def test_hypotheses(page):
    page.check("start", "still", given="start")
    page.check("rule", given="start")
    page.check("chain", given="state")
    page.check("square", given="nowhere")
    found = {record.name: record.verdict for record in page.records}
    assert (found["start"].kind, found["still"].kind, found["rule"].kind) == ("holds", "holds", "vacuous")
    assert found["chain"].note.startswith("In another formula: a hypothesis gives a drawn letter another value")
    assert "no formula on this page has the label 'nowhere'" in found["square"].note


@pytest.mark.parametrize("tex", ["s_0 < 1", "s_0 = s_1 = 0", "u + w = 0", r"s_0 = 0 \qquad t = 1", "q = 0"])
def test_what_is_no_hypothesis(tex):
    page = Page({**FORMULAS, "start": tex}, prime="w", strict=False)
    page.draw(draw, sequences=["x"])
    page.check("still", given="start")
    assert not page.verdict("still").passes
    assert "a hypothesis gives a drawn letter another value" in page.verdict("still").note


def test_a_hypothesis_keeps_the_shape_of_its_letter():
    page = Page({"zero": "v = 0", "claim": r"v^\top v = 0"}, strict=False)
    page.draw(lambda seed: {"v": np.random.default_rng(seed).normal(size=3)})
    page.check("claim", "zero", given="zero")
    assert page.verdict("claim").kind == "holds"


def test_numbers(page):
    page.numbers("rule")
    record = page.records[-1]
    assert (record.name, record.typeset, record.verdict.kind) == ("rule-in-numbers", True, "holds")
    assert record.tex == page.formulas["rule-in-numbers"]
    assert record.tex.startswith("\\begin{aligned}\ns_3' &\\approx (1 - 0.")
    page.numbers("index")
    assert (page.records[-1].name, page.records[-1].verdict.kind) == ("index", "fails")
    page.numbers("nowhere")
    assert (page.records[-1].known, page.records[-1].verdict.kind) == (False, "fails")


def test_values(page):
    assert page.value("s_1") == pytest.approx(np.tanh(0.68))
    assert page.value("s_1", seed=0) == pytest.approx(by_hand(**draw(0))["s_t"][1])
    assert isinstance(page.value("s_1"), float)
    page.example({"x": np.eye(2), "v": np.ones(3)})
    np.testing.assert_array_equal(page.value("2 v"), [2, 2, 2])
    with pytest.raises(FormulaError, match="q is not defined on this page"):
        page.value("q")
    with pytest.raises(FormulaError, match="one side of a formula is expected"):
        page.value("s_1 = 1")


def test_a_trial_publishes_and_raises_nothing(page):
    before = len(page.records)
    assert page.trial("u + w = w + u").passes
    assert page.trial("s_t = s_t + u - u", t=range(1, 3)).count == 6
    assert not page.trial("u = w").passes
    assert page.trial("u = 1/2").note.startswith("a slash leaves open")
    assert len(page.records) == before


def test_draws(page):
    assert page.value("T", seed=0) == 5
    assert page.value("T") == 3
    assert page.value(r"\sum_{t=1}^{T} x_t", seed=0) == pytest.approx(draw(0)["x"].sum())
    page.draw(draw(1), sequences=["x"], n=7)
    assert page.value("n", seed=0) == 7
    page.check("square")
    assert page.verdict("square").draws == 1
    page.draw(lambda _: {"x": [1, 2], "y": [1, 2, 3]}, sequences=["x", "y"])
    page.check("wrong")
    assert "sequences of different lengths (x: 2, y: 3)" in page.verdict("wrong").note.lower()


def test_an_inequality_gets_a_hundred_draws(page):
    page.formulas["below"] = "u < 1.5"
    page.check("below")
    assert page.verdict("below").draws == 100
    page.check("below", draws=7)
    assert page.verdict("below").draws == 7


def test_new_numbers_forget_old_values(page):
    first = page.value("s_1")
    page.example({**EXAMPLE, "w": 0.1})
    assert page.value("s_1") != first


def test_stated_formulas_have_reasons(page):
    with pytest.raises(ValueError, match="wants the reason"):
        page.state("wrong", reason="no")
    page.state("nowhere", reason="it stands on no page")
    assert not page.records[-1].known


def test_a_verdict_that_nobody_has_given(page):
    with pytest.raises(KeyError, match="nobody has judged wrong yet"):
        page.verdict("wrong")


def test_glue_prints_plain_numbers(page, monkeypatch):
    published = []
    monkeypatch.setattr(notebook, "display", lambda bundle, metadata: published.append((bundle, metadata)))
    page.glue("share", np.float64(0.25))
    assert published == [
        (
            {"application/papermill.record/text/plain": "0.25"},
            {"scrapbook": {"name": "share", "mime_prefix": "application/papermill.record/"}},
        )
    ]


def test_shared_definitions_are_in_force_from_the_start_or_by_name():
    use = [
        {"label": "one", "tex": "r = u w", "abbreviation": False},
        {"label": "two", "tex": "r = u - w", "abbreviation": False},
    ]
    page = Page({}, use=use[:1], strict=False)
    page.example(EXAMPLE)
    assert page.value("r") == pytest.approx(0.4)
    page = Page({}, use=use, strict=False)
    page.example(EXAMPLE)
    page.use("two")
    assert page.value("r") == pytest.approx(-0.3)
    page.use("one")
    assert page.value("r") == pytest.approx(0.4)
    with pytest.raises(KeyError, match="three: not under “recompute: use:”"):
        page.use("three")


def test_the_page_that_code_runs_on():
    data = json.dumps({"formulas": {"a": "b = b"}, "claims": [], "abbreviations": [], "use": [], "prime": None})
    opened = notebook.open_page(data, strict=True)
    assert recompute.page is opened
    assert notebook.current() is opened


def test_without_a_page_the_import_says_what_to_do():
    program = "from recompute import page"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        "ImportError: there is no page here: `from recompute import page` works in a code cell of a page; "
        "run `python -m recompute docs/page.md`, or build the site"
    ) in done.stderr
    with pytest.raises(AttributeError, match="module 'recompute' has no attribute 'pages'"):
        _ = recompute.pages
