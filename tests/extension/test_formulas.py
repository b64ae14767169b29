"""What counts as a claim, and how figures are written."""

from __future__ import annotations

import pytest

from recompute.extension.badge import figure
from recompute.extension.cachekey import imports
from recompute.extension.formulas import claims

CLAIMING = [
    "a = b",
    "T > 1",
    r"s_0 \ne 0",
    r"x_t \in \mathbb R^m",
    r"\|W\| \le 1",
    r"a\approx 0.3",
    "t≤T",
    r"W_t \equiv W",
    r"h \to 0",
    r"\sum_{t=1}^T E_t = E",
]
MODEST = [
    "s_t",
    r"\sum_{t=1}^{T} E_t",
    r"\prod_{T \ge j > k} D_j",
    r"\sum_{t_{k}=1}^{T_{n=2}} E_t",
    r"\text{where a = b}",
    r"\left(a + b\right)",
    r"\int f",
    r"\top",
    r"W^\top",
    r"\ell",
]


@pytest.mark.parametrize("tex", CLAIMING)
def test_mathematics_that_can_be_wrong_is_a_claim(tex):
    assert claims(tex)


@pytest.mark.parametrize("tex", MODEST)
def test_a_name_or_an_expression_claims_nothing(tex):
    assert not claims(tex)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (2.2e-16, "2 · 10⁻¹⁶"), (0.0012, "0.0012"), (0.75, "0.75"), (1e-12, "1 · 10⁻¹²")]
)
def test_a_small_number_is_written_as_people_do(value, text):
    assert figure(value) == text


@pytest.mark.parametrize(
    ("code", "package", "modules"),
    [
        ("import numpy as np", "", {"numpy"}),
        ("from bptt import rnn, scalar", "", {"bptt", "bptt.rnn", "bptt.scalar"}),
        ("from . import draws", "bptt", {"bptt", "bptt.draws"}),
        ("from ..oracle import step", "bptt.figures", {"bptt.oracle", "bptt.oracle.step"}),
        ("%matplotlib inline\nimport os", "", {"os"}),
        ("def f():\n    import lark", "", {"lark"}),
        ("not python", "", set()),
    ],
)
def test_the_imports_of_a_piece_of_code(code, package, modules):
    assert imports(code, package) == modules
