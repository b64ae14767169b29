"""The tables that the page on checking shows are true, and cover the language."""

import re

import numpy as np
import pytest

from recompute import examples, syntax
from recompute.errors import AmbiguousError, FormulaError, NotYetError, ShapeError
from recompute.evaluate import CLAIMS, Evaluate
from recompute.parse import parse, parse_expression
from recompute.refusals import REFUSALS
from recompute.tensor import FUNCTIONS, PAIRS
from recompute.verdict import Kind, check


@pytest.mark.parametrize("example", examples.ACCEPTED, ids=lambda e: e.tex)
def test_an_accepted_expression_comes_to_what_paper_says(example):
    found = examples.value(example.tex).array
    assert found.shape == np.shape(example.value)
    np.testing.assert_allclose(found, example.value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("example", examples.CLAIMS, ids=lambda e: e.tex)
def test_an_accepted_claim_holds(example):
    assert check(parse(example.tex), [examples.small_world()]).kind == "holds"


@pytest.mark.parametrize("example", examples.REFUSED, ids=lambda e: e.tex)
def test_a_refused_formula_is_refused_with_its_problem(example):
    with pytest.raises(FormulaError) as caught:
        check(parse(example.tex), [examples.small_world()])
    assert (type(caught.value), caught.value.problem) == (example.error, example.problem)


def test_the_tables_contain_every_node_and_function_of_the_language():
    nodes = [node for tex, *_ in examples.ACCEPTED for node in parse_expression(tex).walk()]
    nodes += [node for tex, _ in examples.CLAIMS for node in parse(tex).walk()]
    assert {type(node) for node in nodes} == {*Evaluate.RULES, *CLAIMS}
    called = {node.function for node in nodes if isinstance(node, syntax.Apply)} | {"sigma", "rho"}
    assert called == FUNCTIONS.keys()
    assert {node.function for node in nodes if isinstance(node, syntax.Pair)} == PAIRS.keys()


def test_the_refused_table_contains_every_refusal_and_every_kind_of_error():
    assert {refusal.example for refusal in REFUSALS} <= {example.tex for example in examples.REFUSED}
    assert {example.error for example in examples.REFUSED} == {AmbiguousError, NotYetError, ShapeError, FormulaError}


@pytest.mark.parametrize("ending", [e for e in examples.ENDINGS if e.tex], ids=lambda e: e.kind)
def test_an_example_ends_as_it_says(ending):
    assert examples.verdict(ending).kind == ending.kind


def test_every_ending_is_listed_once():
    assert [ending.kind for ending in examples.ENDINGS] == list(Kind.__args__)


@pytest.mark.parametrize(
    ("table", "rows", "within"),
    [
        (examples.accepted_table, len(examples.ACCEPTED) + len(examples.CLAIMS), "<td>[[1, 2], [3, 4]]</td>"),
        (examples.refused_table, len(examples.REFUSED), "a power T or a transpose?\n    W^T s_1 = s_2\n    ^^^"),
        (examples.verdict_table, len(examples.ENDINGS), "<strong>vacuous</strong>"),
    ],
    ids=["accepted", "refused", "verdicts"],
)
def test_a_table_has_a_row_for_every_example(table, rows, within):
    html = table()._repr_html_()
    assert html.count("<tr>") == rows + 1
    assert within in html


def test_values_are_printed_as_a_reader_writes_them():
    html = examples.accepted_table()._repr_html_()
    assert all(f"<td>{one}</td>" in html for one in ("5", "1.25", "−2", "[5, 11]", "[0, −3]", "[[2, 1], [1, 1]]"))
    cells = re.findall(r"<td>([^<a-z]*)</td></tr>", html)
    assert len(cells) == len(examples.ACCEPTED)
    assert [cell for cell in cells if "-" in cell or ". " in cell or ".]" in cell or cell.endswith(".")] == []


def test_a_table_escapes_what_it_shows():
    assert "&lt;" in examples.refused_table()._repr_html_() or "&amp;" in examples.accepted_table()._repr_html_()
    assert "& =" not in examples.accepted_table()._repr_html_()


def test_a_message_of_a_formula_that_is_not_refused_is_an_error():
    with pytest.raises(ValueError, match="a b = b a is not refused"):
        examples.message("a b = b a")
