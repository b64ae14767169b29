"""An error quotes the formula, marks the place, and says what to do."""

import pytest

from recompute.errors import AmbiguousError, FormulaError, NotYetError, mark


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


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        (NotYetError, "Not yet: this has one reading, but the language does not contain it so far."),
        (AmbiguousError, "Never: this has more than one reading, and a program must not guess."),
        (FormulaError, "Do this."),
    ],
)
def test_a_person_sees_whether_the_answer_may_change(kind, last):
    assert str(kind("wrong", "Do this.", "a + b", (0, 1))).splitlines()[3:] == list(dict.fromkeys(("Do this.", last)))
    assert kind("wrong").advice == ("" if kind is FormulaError else last)


def test_what_was_computed_is_quoted_from_its_own_formula():
    error = FormulaError("wrong", "Do this.").knowing([((0, 1), "a row"), ((4, 60), "a column")])
    assert str(error) == "wrong\nDo this."
    error = error.at("a + " + "b  c\n" * 12, (0, 1)).at("another")
    assert str(error).splitlines()[-2:] == [f"Computed so far: a is a row; {'b c ' * 10} … is a column.", "Do this."]
