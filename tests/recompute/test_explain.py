"""What the ledger says of how a formula was read: shapes, letters, sides, summands; and never an error."""

import json
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recompute import examples, explain
from recompute.errors import FormulaError
from recompute.notebook import Page
from recompute.outcome import BUILDING
from recompute.parse import parse
from recompute.tensor import Map
from recompute.world import Definition, World

WORLD = examples.small_world()
NUMBER = "a number ()<-()"


def read(tex, world=WORLD, **ranges):
    found = explain.explain(parse(tex), world, ranges, "draw 0")
    assert json.loads(json.dumps(found)) == found
    return found


def values(found):
    return [(side["sign"], side["value"]) for side in found["sides"]]


def test_a_formula_of_numbers():
    found = read("s_3 - b = w s_2 - b")
    assert found == {
        "tex": r"s_3 - b = w \cdot s_2 - b",
        "at": "draw 0",
        "shapes": {NUMBER: []},
        "letters": {"b": "3", "s_2": "4", "s_3": "8", "w": "2"},
        "sides": [
            {"sign": "", "value": "5", "terms": [["s_3", "8"], ["-b", "-3"]]},
            {"sign": "=", "value": "5", "terms": [[r"w \cdot s_2", "8"], ["-b", "-3"]]},
        ],
    }


def test_the_shapes_of_letters_calls_derivatives_and_products():
    found = read(r"\frac{\mathrm d}{\mathrm d x}(x^\top A x) = x^\top (A + A^\top) + 0 \tanh(x)^\top")
    assert found["shapes"] == {
        NUMBER: [r"x^\top \cdot A \cdot x"],
        "a row ()<-(2)": [r"x^\top", r"x^\top \cdot (A + A^\top)", r"0 \cdot (\tanh(x))^\top", r"(\tanh(x))^\top"],
        "a column (2)<-()": ["x", r"\tanh(x)"],
        "a matrix (2)<-(2)": ["A", r"A + A^\top", r"A^\top"],
    }
    assert [side["shape"] for side in found["sides"]] == ["a row ()<-(2)"] * 2
    assert found["letters"] == {"A": "[[1, 2], [3, 4]]", "x": "[1, 2]"}


def test_a_row_and_a_column_are_told_apart_where_the_formula_is_refuted_by_its_shapes():
    found = read(r"A x = x^\top A")
    assert [(side["value"], side["shape"]) for side in found["sides"]] == [
        ("[5, 11]", "a column (2)<-()"),
        ("[7, 10]", "a row ()<-(2)"),
    ]


def test_a_side_without_a_value_says_why_and_its_parts_have_theirs():
    found = read(r"x y = a")
    assert found["sides"][0]["value"].startswith("no value: cannot multiply a column (2)<-() by a column (2)<-()")
    assert "shape" not in found["sides"][0]
    assert found["letters"] == {"a": "2", "x": "[1, 2]", "y": "[3, 4]"}


def test_the_terms_of_a_sum_are_listed_up_to_the_sixth():
    found = read(r"\sum_{k=1}^{9} 2 k = 2 \sum_{k=1}^{3} s_k")
    left, right = found["sides"]
    assert left == {"sign": "", "value": "90", "terms": [[f"k = {k}", f"{2 * k}"] for k in range(1, 7)], "more": 3}
    assert right["terms"] == [["k = 1", "2"], ["k = 2", "4"], ["k = 3", "8"]]
    assert found["letters"] == {"s_1": "2", "s_2": "4", "s_3": "8"}


def test_the_middle_of_the_range_is_looked_at_and_letters_have_the_index_that_they_have_there():
    found = read(r"s_t = w s_{t-1} \qquad 1 \le t \le T")
    assert found["at"] == "draw 0, t = 2"
    assert found["letters"] == {"s_1": "2", "s_2": "4", "w": "2"}
    assert read("s_t = w s_{t-1}", t=(3,))["at"] == "draw 0, t = 3"


def test_a_chain_goes_on_and_rows_that_claim_anew_begin_anew():
    assert values(read("a + b = b + a < 6")) == [("", "5"), ("=", "5"), ("<", "6")]
    assert values(read("a = 2 \\\\ b = 3")) == [("", "2"), ("=", "2"), ("", "3"), ("=", "3")]


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\frac{a}{b} \approx 0.667", [("", "0.6667"), (r"\approx", "0.667")]),
        (r"A \in \mathbb R^{2 \times 2}", [("", "[[1, 2], [3, 4]]"), (r"\in", "R^(2 x 2)")]),
        (r"a \in \mathbb R", [("", "2"), (r"\in", "R^()")]),
        (r"\lim_{h \to 0} \frac{f(a + h) - f(a)}{h} = f'(a)", [("", "4"), ("=", "4")]),
        (r"\lVert x \rVert \le a + b", [("", "2.236"), (r"\le", "5")]),
        ("f(z) = z^2", [("", "0.49"), ("=", "0.49")]),  # the parameter has no number, and is given one
    ],
)
def test_every_kind_of_claim(tex, expected):
    assert values(read(tex)) == expected


def test_large_values_are_cut():
    value = Map.of(np.arange(12.0).reshape(3, 4) / 3)
    assert explain.short(value) == "0, 0.3333, 0.6667, 1, 1.333, 1.667, and 6 more"
    assert explain.short(Map.of(np.eye(3) * -0.0)) == "[[0, 0, 0], [0, 0, 0], [0, 0, 0]]"
    assert explain.short(Map.of(1.23456789e-7)) == "1.235e-07"


def test_what_has_no_index_or_no_letter_has_a_reduced_reading_or_none():
    assert read(r"s_t = w s_{t-1}")["sides"][0]["value"] == "no value: t has no value"
    assert read("q = a")["sides"][0]["value"].startswith("no value: q is not defined")
    assert read(r"s_t = a \qquad 1 \le t") == {}


def test_a_reading_that_comes_to_something_else_is_not_shown(monkeypatch):
    """As a printer with a mistake would make it."""
    monkeypatch.setattr(explain.Print, "formula", lambda _self, _formula: "a = b + 1")
    assert read("a = b") == {}


@dataclass
class Broken:
    """A way of judging that has no draws."""

    samples: object = None


def test_nothing_is_raised():
    assert explain.reading(parse("a = b"), Broken()) == {}


FORMULAS = {
    "double": r"d_t = 2 a \qquad 1 \le t \le 2",
    "sum": "a + b = b + a",
    "wrong": "a + b = a - b",
    "shape": r"x = x^\top",
    "about": r"a \approx 2.50",
    "null": "b = 0",
    "hypothesis": "a b = 0",
    "less": r"a^2 \ge 0 - b^2",
    "many": "N = a",
}


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setenv(BUILDING, "1")
    page = Page(FORMULAS, ["b = b + 0 a"], strict=False)
    page.draw(lambda seed: {"a": seed + 1.5, "b": 0.5, "x": np.array([1.0, 2.0]), "N": seed + 1.5})
    page.example({"a": 2.5, "b": 1.0})
    page.define("double", by=lambda a, **_: {"d_t": {1: 2 * a, 2: 2 * a}})
    page.refute("wrong", "shape")
    page.check("hypothesis", given="null")
    page.measure("many")
    page.check("sum", "about", "less", "null")
    return page


def test_every_way_of_judging_has_its_reading(page):
    readings = {record.name: record.as_dict()["reading"] for record in page.records}
    assert {name for name, found in readings.items() if not found} == set()
    assert readings["about"]["at"] == "the worked example"
    assert readings["about"]["letters"] == {"a": "2.5"}
    assert readings["double"]["at"] == "draw 0, t = 2"
    assert readings["hypothesis"]["letters"] == {"a": "1.5", "b": "0"}  # under the hypothesis
    assert values(readings["wrong"]) == [("", "2"), ("=", "1")]
    assert [side["shape"] for side in readings["shape"]["sides"]] == ["a column (2)<-()", "a row ()<-(2)"]


def test_outside_a_build_nothing_is_computed(page, monkeypatch):
    monkeypatch.delenv(BUILDING)
    page.check("sum")
    assert page.records[-1].reading == {}


def test_a_formula_that_cannot_be_read_has_no_reading(monkeypatch):
    monkeypatch.setenv(BUILDING, "1")
    page = Page({"unread": "a = 1/2 b"}, strict=False)
    page.draw({"a": 1.0, "b": 2.0})
    page.check()
    assert [(record.verdict.kind, record.reading) for record in page.records] == [("fails", {})]


STRANGE = World(
    examples.LETTERS | {"b": 0.0, "x": [float("inf"), -1.0], "A": [[0.0, 0.0], [0.0, 0.0]]},
    [Definition.of(parse(tex)) for tex in (*examples.DEFINITIONS, "g(z) = g(z - 1)", "v_t = v_{t-1} + 1")],
    "w",
)
ALL = [f"{tex} = 1" for tex, *_ in examples.ACCEPTED] + [claim.tex for claim in examples.CLAIMS]
ALL += ["g(2) = 1", "v_3 = 1", r"\sum_{k=1}^{9999} k = 1", r"\frac{1}{0} = \lVert x \rVert", r"A^{-1} = A"]


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(ALL), st.data())
def test_formulas_with_a_few_changes_have_a_reading_or_none(tex, data):
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.integers(0, len(tex)))
        piece = data.draw(
            st.sampled_from(["", "a", "x", "A", "2", "+", r"\cdot ", "s_2", "(", ")", "^2", "'", "q", "=0"])
        )
        tex = tex[:place] + piece + tex[place + data.draw(st.integers(0, 2)) :]
    try:
        formula = parse(tex)
    except FormulaError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for world in (WORLD, STRANGE):
            found = explain.explain(formula, world)
            assert not found or len(json.dumps(found)) < 6000 + 4 * len(tex)
