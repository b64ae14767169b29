"""After any edit the search knows what it would know after a clean build."""

import json
import shutil

import pytest

GLOSSARY = "# Glossary\n\n```{glossary}\nresidual\n  残差、余量 – How far the sides are apart.\n```\n"
PAGES = {
    "index": "# Book\n\n```{toctree}\none\ntwo\nglossary\nledger\n```\n",
    "one": "# One question, one glossary\n\nA xylophone.\n",
    "two": "# Two answers\n\nNo glossary.\n",
    "glossary": GLOSSARY,
}
EDITS = {
    "a word is gone": ("docs/one.md", "xylophone", "glockenspiel"),
    "an entry is gone": ("docs/glossary.md", "余量", "余"),
    "a page without entries": ("docs/two.md", "No", "Not one"),
}


def found(book):
    written = (book.out / "searchindex.js").read_text(encoding="utf-8")
    return json.loads(written.removeprefix("Search.setIndex(").removesuffix(")"))


@pytest.mark.parametrize("edit", EDITS)
def test_a_later_build_finds_what_a_clean_one_finds(make_book, edit):
    book = make_book()
    book.write(**PAGES)
    book.build()
    book.edit(*EDITS[edit])
    fed = []
    assert book.build(at="doctree-resolved", do=lambda _app, _tree, name: fed.append(name)).status == 0
    later = found(book)
    shutil.rmtree(book.root / "build")
    assert book.build().status == 0
    clean = found(book)
    assert len(set(fed)) < len(clean["docnames"])  # some pages were kept
    assert "残差" in clean["indexentries"]
    assert later == clean


def test_a_search_index_that_cannot_be_read_is_written_anew(make_book):
    book = make_book()
    book.write(**PAGES)
    book.build()
    clean = found(book)
    (book.out / "searchindex.js").write_text("Search.setIndex({})")
    shutil.rmtree(book.root / "build" / "doctrees")
    assert book.build().status == 0
    assert found(book) == clean
