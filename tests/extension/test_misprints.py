"""A build that is asked to tries every misprint: figures stand in the ledger, and a weak check is an error."""

import json
import os
import re

import pytest

from recompute import tally

CELL = (
    "```{code-cell} python\nimport os\nopen(os.environ['RUNS'], 'a').write('%s ')\nfrom recompute import page\n%s```\n"
)
DRAW = "page.draw(lambda seed: {'a': 2.0 + seed / 7,\n    'b': 3.0 - seed / 9})\npage.check()\n"
PAGES = {
    "index": "# Book\n\n```{toctree}\nalpha\nbeta\nledger\n```\n\nA claim: {claim}`1 < 2`.\n\n"
    + CELL % ("index", "page.draw({})\npage.check()\n"),
    "alpha": "# Alpha\n\n$$\n(a + b)^2 = a^2 + 2 a b + b^2\n$$ (square)\n\n" + CELL % ("alpha", DRAW),
    "beta": "# Beta\n\n$$\na b - a = a (b - 1)\n$$ (drawn-out)\n\n" + CELL % ("beta", DRAW),
}


@pytest.fixture(scope="module")
def book(make_book):
    """Built with misprints tried."""
    book = make_book()
    book.write(**PAGES)
    book.environment[tally.TRYING] = "1"
    book.first = book.build()
    return book


def rows(book):
    data = json.loads((book.out / "ledger.json").read_text(encoding="utf-8"))
    return {row["label"] or row["tex"]: row for row in data["formulas"]}


def test_the_ledger_has_the_figures_of_every_formula_and_their_sum(book):
    assert (book.first.status, book.first.said) == (0, "")
    tallies = {name: tally.Tally.of(row["misprints"]) for name, row in rows(book).items()}
    assert {"square", "drawn-out", "1 < 2"} == tallies.keys()
    assert all(one.noticed > 0 and one.missed == () for one in tallies.values())
    html = book.html("ledger")
    for one in tallies.values():
        assert f"<br>{one.summary()}<br>" in html
        assert f"<dd>{one.summary()}</dd>" in book.html("readings/alpha") + book.html("readings/beta") + book.html(
            "readings/index"
        )
    total = sum(tallies.values(), tally.Tally())
    assert re.search(rf"\b{total.tried} misprints of one symbol.*\b{total.noticed} were noticed", html)
    assert " 0 were missed" in html


def test_the_pages_show_nothing_of_it(book):
    assert "misprint" not in book.html("alpha")


def test_a_later_build_without_it_runs_nothing_and_keeps_the_figures(book, monkeypatch):
    monkeypatch.delitem(book.environment, tally.TRYING)
    before = book.html("ledger")
    assert book.build().ran == []
    assert book.html("ledger") == before
    book.edit("docs/beta.md", "a b - a =", "b a - a =")
    assert book.build().ran == ["beta"]
    assert "misprints" not in rows(book)["drawn-out"]
    assert "misprints" in rows(book)["square"]
    assert "without such a trial: 1." in book.html("ledger")


def test_pages_that_were_not_tried_are_run_again_and_no_others(book):
    assert tally.TRYING in book.environment
    book.build()
    book.edit("docs/alpha.md", "2 a b", "2 b a")
    os.environ.pop(tally.TRYING, None)
    del book.environment[tally.TRYING]
    assert book.build().ran == ["alpha"]
    book.environment[tally.TRYING] = "1"
    assert book.build().ran == ["alpha"]
    assert "misprints" in rows(book)["square"]


def test_a_check_that_lets_a_misprint_pass_is_an_error_of_its_formula(book):
    book.edit("docs/alpha.md", "'b': 3.0 - seed / 9", "'b': (2.0 if seed < 99 else 1.0) + seed / 7")
    found = book.build()
    assert found.status == 1
    (message,) = found.messages
    assert (message.page, message.line) == ("alpha", book.line("alpha", "(a + b)^2"))
    assert message.text.startswith("(square) the check would let these misprints pass:\n    name: (b + b)^{2} = a^{2}")
    assert "and 3 more" in message.text or "more\nDraw other numbers" in message.text
    assert "page.refute(…, misses_by=…)" in message.text
    assert book.build().status == 1  # it does not turn green by itself
    book.edit("docs/alpha.md", "'b': (2.0 if seed < 99 else 1.0) + seed / 7", "'b': 3.0 - seed / 9")
    assert book.build().status == 0


def test_a_page_whose_cells_fail_says_so_first(book):
    book.edit("docs/alpha.md", "page.check()", "page.check('sqare')")
    found = book.build()
    assert found.status == 1
    assert "sqare" in found.said
    book.edit("docs/alpha.md", "page.check('sqare')", "page.check()")
    assert book.build().status == 0
