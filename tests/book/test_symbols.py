"""Every letter of every formula has its row in the index of symbols, for its page, and no row has idle letters."""

import re
from pathlib import Path

import pytest

from recompute.collect import collect
from recompute.errors import FormulaError
from recompute.parse import parse
from recompute.syntax import Symbol

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
INDEX = re.search(r"(?s)```\{symbols\}\n(.*?)```", TEXTS["symbols"])[1]


def letters(tex):
    """The letters of a formula, each with an asterisk if it has an index."""
    try:
        found = [node for node in parse(tex).walk() if isinstance(node, Symbol)]
    except FormulaError:  # the test of its page says so
        return set()
    return {node.name + "*" * bool(node.subscripts) for node in found}


def of_book(texts):
    """The letters by page, and the names that formulas go by."""
    formulas = {page: collect(text).formulas for page, text in texts.items()}
    found = {page: {name for formula in mine for name in letters(formula.tex)} for page, mine in formulas.items()}
    return found, {formula.name for mine in formulas.values() for formula in mine}


def of_index(text):
    """The rows: their letters, and the formula or the pages that they name."""
    rows = [line.split(" | ") for line in text.splitlines() if line.strip()]
    return [({named(form) for form in forms.split(", ")}, home.split(", ")) for forms, _, _, home in rows]


def named(form):
    """The letter of a row; its index is another letter, with a row of its own."""
    left = parse(f"{form} = 0").relations[0].left
    return left.name + "*" * bool(left.subscripts)


def faults(found, names, rows):
    """What a row is missing for, and which row has a letter too many."""
    whole = {name for mine, home in rows if home[0] in names for name in mine}
    by_page = {(name, page) for mine, home in rows if home[0] not in names for name in mine for page in home}
    used = {(name, page) for page, mine in found.items() for name in mine}
    missing = {
        f"{name} on {page} has no row" for name, page in used if name not in whole and (name, page) not in by_page
    }
    idle = {f"{name} is not on {page}" for name, page in by_page - used}
    nowhere = {f"{name} is nowhere" for name in whole if not any(letter == name for letter, _ in used - by_page)}
    return missing | idle | nowhere


@pytest.fixture(scope="module")
def book():
    return of_book(TEXTS)


def test_every_letter_of_the_book_has_its_row_and_every_row_its_letter(book):
    assert faults(*book, of_index(INDEX)) == set()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("\\mu | what", "\\nu | what", "mu on softmax-and-cross-entropy has no row"),
        ("\\mu | what", "\\nu | what", "nu is not on softmax-and-cross-entropy"),
        ("E | loss of", "L | loss of", "E on the-whole-gradient has no row"),
        ("E | loss of", "\\Psi | loss of", "Psi is nowhere"),
        ("| product-rule, gradient-checks\n", "| product-rule\n", "h on gradient-checks has no row"),
    ],
)
def test_what_is_missing_or_too_much_is_named_with_its_page(book, old, new, fault):
    assert old in INDEX
    assert fault in faults(*book, of_index(INDEX.replace(old, new)))


def test_no_letter_has_two_rows_for_one_page(book):
    seen = set()
    for mine, home in of_index(INDEX):
        places = home if home[0] not in book[1] else ["the book"]
        twice = {(name, place) for name in mine for place in places} & seen
        assert twice == set()
        seen |= {(name, place) for name in mine for place in places}


def test_rows_of_pages_name_pages(book):
    assert [home for _, home in of_index(INDEX) if home[0] not in book[1] and not set(home) <= TEXTS.keys()] == []
