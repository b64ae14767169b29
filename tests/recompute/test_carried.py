"""Where a notebook's formulas come from: its first cell, or its text, whichever was changed by hand."""

import json

import pytest

from recompute.carried import CLAIM, FORMULA, digest, in_text, open_notebook
from recompute.notebook import current

LONG = "\\begin{aligned}\n  a &= b \\\\\n  &= c\n\\end{aligned}"
DATA = {
    "formulas": {"one": "a + b = b + a", "two": LONG},
    "claims": ["a > b"],
    "use": [],
    "abbreviations": [],
    "prime": None,
}
TEXT = "\n\n".join([
    "Words.",
    FORMULA.format(label="one", tex="a + b = b + a", number=" \\tag{1.2}"),
    "* A list with\n\n  " + FORMULA.format(label="two", tex=LONG, number="").replace("\n", "\n  "),
    f"And {CLAIM.format(tex='a > b')}.",
])  # fmt: skip


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return tmp_path


def save(path, text=TEXT):
    cells = [{"cell_type": "markdown", "source": text.splitlines(keepends=True)}, {"cell_type": "code", "source": "1"}]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


def test_the_text_gives_back_what_was_put_in():
    assert in_text([TEXT]) == {"formulas": DATA["formulas"], "claims": DATA["claims"]}


def test_without_the_file_the_formulas_of_the_cell_count_and_that_is_said(empty, capsys):
    save(empty / "page (1).ipynb", TEXT.replace("b + a", "b - a"))
    open_notebook("page.ipynb", digest(DATA), DATA)
    assert current().formulas == DATA["formulas"] | {"a > b": "a > b"}
    said = capsys.readouterr().out
    assert said == (
        "NOT seen: a formula changed in the text, for no file page.ipynb was found. Change it in this cell.\n"
        "2 formulas and 1 claims: the formulas are those of this cell.\n"
    )


@pytest.mark.parametrize("told", ["folder", "server"])
def test_a_formula_changed_in_the_text_counts(empty, monkeypatch, capsys, told):
    path = empty / ("page.ipynb" if told == "folder" else "renamed.ipynb")
    save(path, TEXT.replace("b + a", "b - a").replace("a > b", "a < b"))
    if told == "server":
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    open_notebook("page.ipynb", digest(DATA), DATA)
    assert current().formulas == {"one": "a + b = b - a", "two": LONG, "a < b": "a < b"}
    assert f"as it was last saved in {path.name}." in capsys.readouterr().out


def test_a_formula_changed_in_the_cell_counts(empty, capsys):
    save(empty / "page.ipynb")
    changed = DATA | {"formulas": DATA["formulas"] | {"one": "a + b = b"}}
    open_notebook("page.ipynb", digest(DATA), changed)
    assert current().formulas["one"] == "a + b = b"
    assert "this cell, which has been changed" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[]", '{"cells": [{}]}', '{"cells": []}'])
def test_a_file_that_is_no_notebook_of_this_page_is_passed_over(empty, content):
    (empty / "page.ipynb").write_text(content, encoding="utf-8")
    open_notebook("page.ipynb", digest(DATA), DATA)
    assert current().formulas["one"] == "a + b = b + a"
