"""The index of symbols: where each letter occurs is read off the formulas, and what is missing breaks the build."""

import re

import pytest
from symbols import where

from recompute.extension.domain import Everything

INDEX = "# Book\n\n```{toctree}\n:numbered:\none\ntwo\n```\n\n```{toctree}\nsymbols\n```\n"
ONE = "# One\n\n$$\nE = \\sum_{t=1}^{T} E_t\n$$ (loss)\n\n$$\nh = T\n$$ (window)\n"
TWO = "# Why $E_2$\n\n$$\nh = 2 \\alpha T\n$$ (step)\n\nAnd {claim}`E > 0`.\n"
ROWS = """\
h | a small change | above zero | two
h | a window | steps | one
T | how many steps | from 1 | loss
\\alpha | a share | from 0 to 1 | two
t | a step | from 1 to $T$ | loss
E_t, E_2 | loss of a step | number | loss
E | the loss | number | loss
"""
WITH = ("recompute.extension", "symbols")


def page(rows):
    return f"# Symbols\n\n```{{symbols}}\n{rows}```\n"


def text(html):
    return " ".join(re.sub(r"<annotation.*?</annotation>|<[^>]*>", " ", html).split())


def about(warnings):
    """What was said of symbols; nothing checks the formulas here, which is said as well."""
    return [line.partition("WARNING: ")[2] for line in warnings.splitlines() if "[symbols]" in line]


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_row_leads_to_the_formulas_that_have_its_letter(build, jobs):
    book = build(jobs, also=WITH, index=INDEX, one=ONE, two=TWO, symbols=page(ROWS))
    assert about(book.warnings) == []
    rows = re.findall(r"<tr.*?</tr>", book.article("symbols"), re.DOTALL)
    cells = {text(row.split("<td>")[2]): row.split("<td>")[4] for row in rows[1:]}
    places = {meaning: (text(cell), re.findall('href="(.*?)"', cell)) for meaning, cell in cells.items()}
    loss, window, step = "one.html#equation-loss", "one.html#equation-window", "two.html#equation-step"
    order = ["the loss", "loss of a step", "a window", "a small change", "a step", "how many steps", "a share"]
    assert [*places] == order
    assert places["a window"] == ("One", [window])
    assert places["a small change"] == ("Why E₂", [step])
    assert places["loss of a step"] == ("(1.1) ; One", [loss, loss])
    assert places["how many steps"] == ("(1.1) ; One , Why E₂", [loss, loss, step])
    assert re.fullmatch(r"two.html#claim-\w+", places["the loss"][1][2])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "h | a small change | above zero | two\n",
            "",
            "the letter h on the page “two”, in formula (step), has no row",
        ),
        ("t | a step | from 1 to $T$ | loss\n", "", "the letter t on the page “one”, in formula (loss), has no row"),
        ("T | how", "T, q | how", "the letter q occurs in no formula of the book"),
        (
            "h | a window | steps | one",
            "h, k | a window | steps | one",
            "the letter k occurs in no formula of the page “one”",
        ),
        (
            "h | a window | steps | one",
            "h | a window | steps | one, two",
            "the letter h has two rows for the page “two”",
        ),
        (
            "h | a window | steps | one",
            "h | a window | steps | won",
            "“won” is neither the label of a formula nor a page",
        ),
        ("h | a window | steps | one", "h | a window | one", "a row of the index is: letter | what it stands for |"),
        ("h | a window | steps | one", "h + k | a window | steps | one", "“h + k” is no letter"),
    ],
)
def test_what_is_missing_too_much_or_double_breaks_the_build(build, old, new, said):
    assert old in ROWS
    book = build(also=WITH, index=INDEX, one=ONE, two=TWO, symbols=page(ROWS.replace(old, new)))
    assert book.status == 1
    assert [line for line in about(book.warnings) if said in line]


def test_the_index_is_written_again_whenever_a_page_is_read():
    assert issubclass(where, Everything)  # the tests of the ledger say that this is so for all of these
