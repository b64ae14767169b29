"""Every page with cells is a notebook, too, which runs on the wheel beside it and says what the site says."""

import json
import os
import zipfile
from pathlib import Path

import nbclient
import nbformat
import pytest

from recompute.carried import in_text
from recompute.collect import collect
from recompute.extension.kernel import ThisPython
from recompute.judge import judge
from recompute.notebook import current
from recompute.outcome import BUILDING, MIME

DOCS = Path(__file__).parents[2] / "docs"
WITH = ("recompute.extension", "solutions", "symbols", "minutes", "notebooks", "wheel", "addresses")
PAGES = ["product-rule", "the-whole-derivation"]
pytestmark = pytest.mark.filterwarnings(
    "ignore::sphinx.deprecation.RemovedInSphinx11Warning"
)  # of MyST, for dead links
INDEX = "# Book\n\n```{toctree}\n:numbered:\nnotation\n" + "\n".join(PAGES) + "\n```\n"


@pytest.fixture(scope="module")
def notebooks():
    return {}


@pytest.fixture
def book(build, notebooks):
    """The real pages, in a book without the others: their links to these are reported, and nothing else counts here."""
    if not notebooks:
        texts = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in (*PAGES, "notation")}
        made = build(also=WITH, cells=True, index=INDEX, **texts)
        assert "[notebook]" not in made.warnings
        kept = [json.loads(path.read_text(encoding="utf-8")) for path in (made.out.parent / "cells").glob("*.json")]
        notebooks["kept"] = [
            printed(cell for cell in one["outputs"]) for one in kept if isinstance(one["outputs"], list)
        ]
        notebooks |= {path.name: path.read_bytes() for path in (made.out / "notebooks").iterdir()}
    return notebooks


@pytest.fixture
def run(book, tmp_path):
    """Execute a notebook in an empty folder, on the packages of the wheel alone."""
    wheel = next(name for name in book if name.endswith(".whl"))
    (tmp_path / wheel).write_bytes(book[wheel])
    zipfile.ZipFile(tmp_path / wheel).extractall(tmp_path / "installed")
    where = tmp_path / "empty"
    where.mkdir()

    def run(notebook, *, saved=False):
        if saved:
            nbformat.write(notebook, where / "the-whole-derivation.ipynb")
        client = nbclient.NotebookClient(
            notebook, kernel_manager_class=ThisPython, resources={"metadata": {"path": str(where)}}, timeout=120
        )
        environment = {name: value for name, value in os.environ.items() if name not in {BUILDING, "JPY_SESSION_NAME"}}
        client.execute(env={**environment, "PYTHONPATH": str(tmp_path / "installed"), "PYTHONSAFEPATH": "1"})
        return notebook

    return run


def load(book, name):
    return nbformat.reads(book[f"{name}.ipynb"].decode(), as_version=4)


def printed(cells):
    """What cells have printed, and the values of their last lines."""
    every = [one for cell in cells for one in cell]
    return [
        one["text"] if "text" in one else one["data"]["text/plain"]
        for one in every
        if one["output_type"] in {"stream", "execute_result"}
    ]


def published(notebook):
    """The verdicts among the outputs, in their order."""
    data = [one.get("data", {}).get(MIME) for cell in notebook.cells for one in cell.get("outputs", ())]
    return [json.loads(one) if isinstance(one, str) else one for one in data if one]


@pytest.mark.parametrize("name", PAGES)
def test_it_runs_in_an_empty_folder_and_comes_to_the_verdicts_of_the_page(book, run, name):
    notebook = load(book, name)
    nbformat.validate(notebook)
    notebook.cells.append(nbformat.v4.new_code_cell("import bptt, recompute; print(bptt.__file__, recompute.__file__)"))
    done = run(notebook)
    told, *said = printed(cell.outputs for cell in done.cells[:-1] if cell.cell_type == "code")
    assert told.startswith("NOT seen: ")
    assert said in book["kept"]
    assert said
    assert done.cells[-1].outputs[0].text.count("/installed/") == 2
    found = published(done)
    judge(DOCS / f"{name}.md", DOCS / "notation.md")
    expected = [record.as_dict() | {"reading": {}} for record in current().records]
    assert len(found) >= len(collect((DOCS / f"{name}.md").read_text(encoding="utf-8")).formulas)
    assert found == json.loads(json.dumps(expected))
    assert all(one["verdict"]["kind"] not in {"fails", "vacuous", "unchecked"} for one in found)


@pytest.mark.parametrize("place", ["text", "cell"])
def test_a_formula_that_is_changed_by_hand_turns_red(book, run, place):
    notebook = load(book, "the-whole-derivation")
    formulas = in_text(cell.source for cell in notebook.cells if cell.cell_type == "markdown")["formulas"]
    label, tex = next((label, tex) for label, tex in formulas.items() if tex.startswith("\\frac{\\mathrm d s_3}"))
    wanted = [cell for cell in notebook.cells if cell.cell_type == ("markdown" if place == "text" else "code")]
    cell = next(cell for cell in wanted if tex in cell.source)
    cell.source = cell.source.replace(tex, tex.replace("=", "= 2", 1), 1)
    with pytest.raises(nbclient.exceptions.CellExecutionError, match=rf"\({label}\) fails"):
        run(notebook, saved=place == "text")


def test_the_text_says_what_the_page_says(book):
    notebook = load(book, "product-rule")
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    page = collect((DOCS / "product-rule.md").read_text(encoding="utf-8"))
    assert in_text([text])["formulas"] == page.labelled()
    assert "\\tag{2.1}\n$$" in text
    assert "**Theorem 2.1. Product rule**" in text
    assert "<details>\n<summary>Solution</summary>\n\nThree terms" in text
    assert "**What is now known**" in text
    assert "{eq}" not in text
    assert ":::" not in text
    assert [cell.source for cell in notebook.cells[2:] if cell.cell_type == "code"] == [code for _, code in page.cells]


def test_it_says_how_to_install_what_it_needs(book):
    first = load(book, "product-rule").cells[0].source
    wheel = next(name for name in book if name.endswith(".whl"))
    assert f"```\npip install {wheel}\n```" in first
    assert f"The file `{wheel}` lies beside this notebook" in first


def test_it_says_where_a_formula_is_changed_when_its_file_is_not_found(book):
    first, second, *_ = load(book, "product-rule").cells
    assert "the first code cell prints NOT seen: then change the formula there" in " ".join(first.source.split())
    assert second.cell_type == "code"
    assert second.source.startswith("from recompute.carried import open_notebook")


PAGE = "# One\n\nA {claim}`a + b = b + a`.\n\n$$\na = a\n$$ (same)\n\n```{code-cell}\n1\n```\n"


def test_the_page_links_to_it_and_a_page_without_cells_has_none(build):
    index = "# Book\n\n```{toctree}\none\ntwo\n```\n"
    book = build(also=WITH, cells=True, index=index, one=PAGE, two="# Two\n\nWords.\n")
    assert '<a href="notebooks/one.ipynb" download>' in book.html("one")
    assert 'class="page-links"' not in book.html("two")
    assert [path.name for path in (book.out / "notebooks").glob("*.ipynb")] == ["one.ipynb"]


def test_cells_that_the_page_does_not_show_are_there_in_their_order(build):
    hidden = "```{{code-cell}}\n:tags: [remove-cell]\n{}\n```\n\n"
    page = "# One\n\n" + hidden.format("a = 1") + "Words.\n\n```{code-cell}\na\n```\n\n" + hidden.format("a = 2")
    book = build(also=WITH, cells=True, index="# Book\n\n```{toctree}\none\n```\n", one=page)
    notebook = nbformat.read(book.out / "notebooks" / "one.ipynb", as_version=4)
    assert [cell.source for cell in notebook.cells[2:] if cell.cell_type == "code"] == ["a = 1", "a", "a = 2"]


def test_two_builds_give_the_same_bytes(build):
    index = "# Book\n\n```{toctree}\none\n```\n"
    found = []
    for _ in range(2):
        book = build(also=WITH, cells=True, fresh=True, index=index, one=PAGE)
        found.append({path.name: path.read_bytes() for path in (book.out / "notebooks").iterdir()})
        for path in (book.out / "notebooks").iterdir():
            path.unlink()
    assert found[0] == found[1]
    assert len(found[0]) == 2
