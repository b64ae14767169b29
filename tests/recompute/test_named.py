r"""A letter with a name below, such as W_f and a_{f,t}: a letter of its own where a page has given or defined it."""

import numpy as np
import pytest

from recompute.errors import AmbiguousError, FormulaError
from recompute.latex import Print, spelled
from recompute.misprint import Letters, misprints
from recompute.parse import parse
from recompute.verdict import agree, check
from recompute.world import Definition, World

LETTERS = {"W_f": [[1.0, 2.0], [3.0, 4.0]], "W_omega": [[2.0, 1.0], [0.5, 1.0]], "s_0": [1.0, 2.0], "T": 2}
DEFINITIONS = (
    r"a_{f,t} = W_f s_{t-1} \qquad 1 \le t \le T",
    r"s_t = W_{\omega} a_{f,t} \qquad 1 \le t \le T",
    r"E = s_0^\top W_f s_0",
)


@pytest.fixture
def world():
    return World(LETTERS, [Definition.of(parse(tex)) for tex in DEFINITIONS])


HOLD = (
    r"a_{f,1} = W_f s_0",
    r"s_2 = W_\omega W_f W_\omega W_f s_0",
    r"a_{f,t} = W_f W_\omega a_{f,t-1} \qquad 2 \le t \le T",
    r"a_{f,1,2} = 3 s_{0,1} + 4 s_{0,2}",
    r"\frac{\mathrm d s_2}{\mathrm d a_{f,1}} = W_\omega W_f W_\omega",
    r"\nabla_{W_f} E = s_0 s_0^\top",
)


@pytest.mark.parametrize("tex", HOLD)
def test_it_is_a_letter_of_its_own(world, tex):
    assert check(parse(tex), [world]).kind == "holds"


def test_its_derivative(world):
    assert world.derivative("memo", lambda moved: moved.value(("a_f", 1)), ("W_f", None), held=False).array.shape == (
        2,
        2,
        2,
    )
    assert check(parse(r"\frac{\mathrm d a_{f,1}}{\mathrm d s_0} = W_f"), [world]).kind == "holds"


@pytest.mark.parametrize("tex", [r"a_{f,1} = W_\omega s_0", r"a_{f,1} = W_f s_1", r"s_1 = W_f a_{f,1}"])
def test_another_name_is_another_letter(world, tex):
    assert check(parse(tex), [world]).kind == "fails"


def test_a_definition_is_compared_with_the_hand(world):
    definition = Definition.of(parse(DEFINITIONS[0]))
    by_hand = {1: np.array([5.0, 11.0]), 2: np.array(LETTERS["W_f"]) @ world.value(("s", 1)).array}
    assert agree(definition, [world], [{"a_f_t": by_hand}]).kind == "agrees"
    assert agree(definition, [world], [{"a_f_t": {1: by_hand[2], 2: by_hand[1]}}]).kind == "fails"


def test_a_definition_is_not_checked_against_itself(world):
    assert check(parse(r"a_{f,k} = W_f s_{k-1} \qquad 1 \le k \le T"), [world]).kind == "vacuous"


def test_an_index_of_the_same_name_is_refused(world):
    with pytest.raises(AmbiguousError, match="f is an index here, and W_f is a letter with a name below"):
        check(parse(r"s_0 = \sum_{f=1}^{2} W_f s_0"), [world])
    with pytest.raises(AmbiguousError, match="W_f is a name here, and W is a letter that may have an index"):
        World(LETTERS | {"W_1": 1.0})
    with pytest.raises(AmbiguousError, match="Use another letter for W"):
        World(LETTERS | {"W": [1.0]})


def test_a_name_has_no_range():
    """Which of two letters below is a name is said by the range: of s_{t,i} neither is."""
    with pytest.raises(FormulaError, match="the left side of a definition is a letter"):
        Definition.of(parse(r"s_{t,i} = 1 \qquad 1 \le t \le 3, 1 \le i \le 2"))


def test_accents_are_no_names():
    letters = {"y": [1.0, 2.0], "y_hat": [1.0, 3.0]}
    assert check(parse(r"\hat y_1 = y_1"), [World(letters)]).kind == "holds"


def test_its_misprints_are_other_names_and_other_indices(world):
    formula = parse(r"a_{f,t} = W_f s_{t-1}")
    found = {Print().formula(misprint.formula) for misprint in misprints(formula, Letters.of(world, formula))}
    assert {r"a_{f, t} = W_{\omega} \cdot s_{t - 1}", r"a_{f, t + 1} = W_f \cdot s_{t - 1}"} <= found
    assert not [text for text in found if "f + 1" in text or "W_{t}" in text]


@pytest.mark.parametrize("tex", [*DEFINITIONS, *HOLD])
def test_it_is_printed_as_it_is_read(world, tex):
    formula = parse(tex)
    named = next(iter(misprints(formula, Letters.of(world, formula)))).formula
    assert parse(Print().formula(named))
    assert (spelled("W_f"), spelled("a_omega")) == ("W_{f}", r"a_{\omega}")
