"""A page asks for one style sheet that holds them all, and for its fonts at once."""

import doctest
import re
from pathlib import Path

import pytest
import sheets


def test_one_sheet_holds_all_in_their_order(build):
    book = build(also=("sheets",), index="# One\n\n```{toctree}\ntwo\n```\n", two="# Two\n")
    styles = [re.findall(r'<link rel="stylesheet"[^>]*href="([^"?]*)', book.html(page)) for page in ("index", "two")]
    assert styles == [["_static/all.css", "_static/colours.css"]] * 2
    css = (book.out / "_static" / "all.css").read_text(encoding="utf-8")
    marks = [".highlight", ".sidebar-drawer", ".cell_input", ".katex-display", ".eqbody"]
    places = [css.index(mark) for mark in marks]
    assert places == sorted(places)


def test_what_a_sheet_names_is_still_found(build):
    book = build(also=("sheets",), index="# One\n")
    folder = book.out / "_static"
    named = re.findall(r"""url\((?!["']?(?:data:|#))["']?([^)"']*)""", (folder / "all.css").read_text(encoding="utf-8"))
    assert len(named) >= 20
    assert [one for one in named if not (folder / one).is_file()] == []
    fonts = re.findall(r'<link rel="preload" href="([^"]*)" as="font"', book.html())
    assert [Path(font).stem for font in fonts] == list(sheets.FONTS)
    assert {str((book.out / font).relative_to(folder)) for font in fonts} <= set(named)  # or it is fetched twice


def test_two_builds_give_the_same_sheet(build):
    first = (build(also=("sheets",), index="# One\n").out / "_static" / "all.css").read_bytes()
    assert (build(also=("sheets",), index="# One\n\nMore.\n").out / "_static" / "all.css").read_bytes() == first


def test_a_rule_that_holds_at_the_top_of_a_file_alone_is_refused():
    with pytest.raises(sheets.ExtensionError, match=r"b\.css says @import"):
        sheets.joined({"a.css": "a {}", "b.css": '@import "c.css";'})


def test_the_examples_hold():
    assert doctest.testmod(sheets).failed == 0
