"""An error quotes the formula, marks the place, and says what to do."""

import pytest

from recompute.errors import FormulaError, mark


@pytest.mark.parametrize(
    ("tex", "span", "marked"),
    [
        ("a + b", (4, 5), "    a + b\n        ^"),
        ("a + bc", (4, 6), "    a + bc\n        ^^"),
        ("a\n= b\n= c", (4, 5), "    = b\n      ^"),
        ("a\n= b", (0, 4), "    a\n    ^"),
        ("a +", (3, 3), "    a +\n       ^"),
        ("\ta + b", (5, 6), "    \ta + b\n    \t    ^"),
        ("a\n= b\n", None, "    a\n    = b"),
    ],
    ids=["one", "wide", "second line", "over two lines", "at the end", "behind a tab", "no place"],
)
def test_the_carets_stand_under_the_place(tex, span, marked):
    assert mark(tex, span) == marked


def test_an_error_keeps_the_first_place_and_the_first_formula():
    error = FormulaError("wrong", "Do this.").at(span=(4, 5)).at(span=(0, 5)).at("a + b").at("c", (0, 1))
    assert str(error) == "wrong\n    a + b\n        ^\nDo this."


def test_a_place_is_not_taken_from_another_formula():
    error = FormulaError("wrong").at("a + b").at(span=(100, 101)).at("c")
    assert str(error) == "wrong\n    a + b"
