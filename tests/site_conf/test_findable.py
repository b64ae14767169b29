"""The search finds a symbol however it is typed; the entries stand in the search index alone."""

import json

import pytest
from findable import names

WITH = ("recompute.extension", "symbols", "findable")
INDEX = "# Book\n\n```{toctree}\n:numbered:\none\ntwo\n```\n\n```{toctree}\nsymbols\nglossary\n```\n"
ONE = "# One\n\n$$\nE = \\alpha E_t\n$$ (loss)\n\n:::{exercise} Two\nHow many?\n:::\n"
TWO = "# Two\n\n$$\nE = T\n$$ (step)\n"
ROWS = """\
\\alpha | a share | from 0 to 1 | one
E_t | a loss | number | loss
E | the loss | number | loss
T | steps | from 1 | two
"""
GLOSSARY = (
    "# Glossary\n\n```{glossary}\nresidual\n  残差、余量 – How far the sides are apart.\n\n"
    "back-propagation\nfeed-back\n  反向 – Walks back.\n```\n"
)
SIGNS = (
    "\n| sign | meaning |\n|--|--|\n| $\\mathrm d$, $\\partial$ | derivatives |\n| $E$ and more | no symbol alone |\n"
)


@pytest.fixture
def index(build):
    symbols = f"# Symbols\n\n```{{symbols}}\n{ROWS}```\n{SIGNS}"
    book = build(also=WITH, index=INDEX, one=ONE, two=TWO, symbols=symbols, glossary=GLOSSARY)
    written = (book.out / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(written.removeprefix("Search.setIndex(").removesuffix(")"))
    return book, {
        entry: [(found["docnames"][page], anchor) for page, anchor, _ in places]
        for entry, places in found["indexentries"].items()
    }


def test_symbols_signs_labels_numbers_and_chinese_names_have_entries(index):
    book, entries = index
    for typed, where in {"α": "symbols", "alpha": "symbols", "∂": "symbols", "E_2": "symbols", "残差": "glossary",
                         "余量": "glossary", "loss": "one", "(2.1)": "two", "step": "two",
                         "E2": "symbols", "E_t-1": "symbols", "backpropagation": "glossary", "feedback": "glossary",
                         "equation 2.1": "two", "exercise 1.1": "one"}.items():  # fmt: skip
        assert where in [page for page, _ in entries[typed.lower()]], typed
        for name, anchor in entries[typed.lower()]:
            assert f'id="{anchor}"' in book.article(name), typed
    assert "and more" not in " ".join(entries)


def test_the_long_words_of_a_title_lead_to_its_page(index):
    assert index[1]["glossary"] == [("glossary", "")]


def test_no_page_shows_them(index):
    book, _ = index
    assert "α" not in book.html("genindex")
    assert "残差" not in book.html("genindex")


@pytest.mark.parametrize(
    ("tex", "typed"),
    [
        ("\\delta_t", "δ"),
        ("\\delta_t", "delta"),
        ("\\delta_t", "δ_t"),
        ("\\delta_t", "\\delta_t"),
        ("\\delta_t", "δ₂"),
        ("s_t", "s_2"),
        ("s_t", "s₂"),
        ("s_t", "s2"),
        ("s_t", "st"),
        ("s_t", "s_t-1"),
        ("s_t", "s"),
        ("D_k", "D_2"),
        ("\\delta_k", "δ2"),
        ("W", "W"),
        ("\\lambda", "λ"),
        ("\\varepsilon", "ε"),
        ("\\rho", "ρ"),
        ("\\hat\\rho_i", "hatrho_i"),
        ("\\odot", "⊙"),
    ],
)
def test_what_a_reader_may_type(tex, typed):
    assert typed in names(tex)


def test_a_letter_alone_means_the_row_without_an_index_and_without_a_hat():
    assert "W" not in names("W_f", frozenset("W"))
    assert "ρ" not in names("\\hat\\rho_i")
