"""A formula with numbers in it is a formula, and right to its printed decimals."""

import pytest

from recompute import substitute
from recompute.errors import FormulaError
from recompute.parse import parse
from recompute.substitute import decimal, with_numbers
from recompute.verdict import check
from recompute.world import Definition, World

LETTERS = {
    "a": 0.5,
    "b": -0.25,
    "w": 0.8,
    "s_0": 0.6,
    "u": 0.5,
    "x_t": {1: 0.4, 2: -0.5, 3: 0.7},
    "T": 3,
    "v": [1.0, 2.0],
}
WORLD = World(
    LETTERS, [Definition.of(parse(tex)) for tex in (r"s_t = \tanh(u x_t + w s_{t-1})", "f(z) = z^2 + 1")], "w"
)

PRINTED = {
    "a + b = a + b": r"a + b \approx 0.5 + (-0.25) \approx 0.2500",
    "a b = b a": r"a b \approx (-0.25) \cdot 0.5 \approx -0.1250",
    "a - b = a - b - b + b": r"a - b \approx 0.5 - (-0.25) - (-0.25) + (-0.25) \approx 0.7500",
    "s_2 = s_2": r"s_2 \approx 0.2196 \approx 0.2196",
    "b^2 = b^2": r"b^2 \approx (-0.25)^2 \approx 0.0625",
    r"\frac{a}{b} = \frac{a + b}{b} - 1": r"\frac{a}{b} \approx \frac{0.5 + (-0.25)}{(-0.25)} - 1 \approx -2.0000",
    "a = 2 a \\cdot a": r"a \approx 2 \cdot 0.5 \cdot 0.5 \approx 0.5000",
    r"\tanh a = \tanh a": r"\tanh a \approx \tanh(0.5) \approx 0.4621",
    r"\tanh b = \tanh b": r"\tanh b \approx \tanh(-0.25) \approx -0.2449",
    r"\tanh(a b) = \tanh(a b)": r"\tanh(a b) \approx \tanh(0.5 \cdot (-0.25)) \approx -0.1244",
    "f(a) = f(a) a \\cdot 2": r"f(a) \approx 1.25 \cdot 0.5 \cdot 2 \approx 1.2500",
    "s_1' = (1 - s_1^2) s_0": r"s_1' \approx (1 - 0.5915^2) \cdot 0.6 \approx 0.3901",
    r"\frac{\mathrm d s_1}{\mathrm d w} = s_1'": r"\frac{\mathrm d s_1}{\mathrm d w} \approx 0.3901 \approx 0.3901",
    r"a = \sum_{t=1}^{3} x_t - 0.1": r"a \approx \left(0.4 + (-0.5) + 0.7\right) - 0.1 \approx 0.5000",
    r"0.6 = \sum_{t=1}^{3} x_t": r"0.6 \approx 0.4 + (-0.5) + 0.7 \approx 0.6000",
    r"a = 1.1 - \sum_{t=1}^{3} x_t": r"a \approx 1.1 - \left(0.4 + (-0.5) + 0.7\right) \approx 0.5000",
    r"1.2 = 2 \sum_{t=1}^{3} x_t": r"1.2 \approx 2 \cdot \left(0.4 + (-0.5) + 0.7\right) \approx 1.2000",
    r"b^2 = \prod_{k=1}^{2} b": r"b^2 \approx (-0.25) \cdot (-0.25) \approx 0.0625",
    r"a^2 = \prod_{k=1}^{2} (k a - a k + a)": (
        r"a^2 \approx (1 \cdot 0.5 - 0.5 \cdot 1 + 0.5) \cdot (2 \cdot 0.5 - "
        r"0.5 \cdot 2 + 0.5) \approx 0.2500"
    ),
    r"a = \prod_{k=2}^{1} k - a": r"a \approx \left(1\right) - 0.5 \approx 0.5000",
    r"a = b = \underbrace{a a}_{\text{an area}} + a a": (
        r"a \approx 0.5 \cdot 0.5 + 0.5 \cdot 0.5 \approx 0.25 + 0.25 \approx 0.5000"
    ),
    r"\left( a + b \right) a = a \left( a + b \right)": (
        r"\left( a + b \right) a \approx 0.5 \cdot \left( 0.5 + (-0.25) "
        r"\right) \approx 0.1250"
    ),
    r"\bigl( a \bigr) = \bigl( a a \bigr) \cdot 2": (
        r"\bigl( a \bigr) \approx \bigl( 0.5 \cdot 0.5 \bigr) "
        r"\cdot 2 \approx 0.5000"
    ),
}


@pytest.mark.parametrize(("tex", "printed"), PRINTED.items(), ids=list(PRINTED))
def test_a_formula_with_numbers_in_it(tex, printed, monkeypatch):
    monkeypatch.setattr(substitute, "LONG", 1000)  # on one line
    found = with_numbers(parse(tex), WORLD)
    assert found == printed
    assert check(parse(found), [WORLD]).kind in {"holds", "vacuous"}


def test_a_long_one_has_rows_and_the_sum_of_its_terms():
    found = with_numbers(parse("s_2' = (1 - s_2^2) s_1 + (1 - s_2^2) w (1 - s_1^2) s_0"), WORLD)
    assert found == (
        "\\begin{aligned}\n"
        "s_2' &\\approx (1 - 0.2196^2) \\cdot 0.5915 + "
        "(1 - 0.2196^2) \\cdot 0.8 \\cdot (1 - 0.5915^2) \\cdot 0.6 \\\\\n"
        "&\\approx 0.5630 + 0.2970 \\\\\n"
        "&\\approx 0.8600\n"
        "\\end{aligned}"
    )
    assert check(parse(found), [WORLD]).kind == "holds"
    assert check(parse(found.replace("0.5630", "0.5632")), [WORLD]).kind == "fails"


def test_a_wrong_result_is_noticed_when_the_printed_formula_is_checked():
    found = with_numbers(parse("s_1' = (1 - s_1^2) s_0"), WORLD)
    assert check(parse(found.replace("0.3901", "0.3902")), [WORLD]).kind == "fails"
    assert check(parse(found.replace("0.5915", "0.6915")), [WORLD]).kind == "fails"


REFUSED = {
    r"s_t = s_t \qquad 1 \le t \le 3": "a formula with a free index has no one value",
    "v = v": "numbers can be put into formulas of numbers",
    "a = v": "numbers can be put into formulas of numbers",
    "a < b": "with = alone",
    r"a \approx 0.5": "with = alone",
    "a = q": "q is not defined",
}


@pytest.mark.parametrize(("tex", "problem"), REFUSED.items(), ids=list(REFUSED))
def test_what_has_no_one_number_is_refused(tex, problem):
    with pytest.raises(FormulaError, match=problem):
        with_numbers(parse(tex), WORLD)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.5, 4, "0.5"),
        (0.42737, 4, "0.4274"),
        (3.0, 4, "3"),
        (-0.25, 4, "-0.25"),
        (100.0, 0, "100"),
        (1200.0, 2, "1200"),
        (-0.00001, 4, "0.0000"),
        (0.0, 2, "0"),
    ],
    ids=str,
)
def test_a_printed_number(value, digits, text):
    assert decimal(value, digits) == text
