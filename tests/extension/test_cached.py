"""Right when cached: after every kind of edit exactly the pages run again that it can affect, and no verdict is old."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from html import escape

import pytest

from recompute.collect import collect
from recompute.extension import cachekey

RAN = 'import os\nopen(os.environ["RUNS"], "a").write("{page} ")\n'


def page(title, formulas, cell, use=""):
    text = "".join(f"$$\n{tex}\n$$ ({label})\n\n" for label, tex in formulas.items())
    code = RAN.format(page=title.lower()) + cell
    return (
        f"---\nrecompute:\n  use: [{use}]\n---\n# {title}\n\nSome prose.\n\n{text}```{{code-cell}} python\n{code}```\n"
    )


CHECK = 'from recompute import page\npage.draw({"a": 2.0, "b": 3.0})\npage.check()\n'
DEFINE = (
    'from recompute import page\npage.draw({"a": 2.0, "b": 3.0})\n'
    'page.define("square", "cube", by=lambda a, b: {"q": a * a, "r": a * a * a})\n'
)
PAGES = {
    "index": "# Book\n\n```{toctree}\n:numbered:\nnotation\nalpha\nbeta\ngamma\nledger\n```\n",
    "notation": page("Notation", {"square": "q = a^2", "cube": "r = a^3"}, DEFINE),
    "alpha": page(
        "Alpha", {"use": "q b = a^2 b"}, f"from helpers import direct\nprint(direct.VALUE)\n{CHECK}", "square"
    ),
    "beta": page("Beta", {"one": "a + b = b + a", "two": "a b = b a"}, CHECK),
    "gamma": "# Gamma\n\nSee {eq}`one` and {doc}`beta`.\n",
}
HELPERS = {
    "__init__": "",
    "direct": "from helpers.deep import VALUE\n",
    "deep": "from pathlib import Path\nVALUE = Path(__file__).with_name('table.txt').read_text()\n",
    "other": "",
}
WITH_CELLS = ["alpha", "beta", "notation"]


@pytest.fixture(scope="module")
def book(make_book):
    """A book of five pages, three of them with cells; built once."""
    book = make_book()
    book.write(**PAGES)
    folder = book.root / "src" / "helpers"
    folder.mkdir()
    for name, code in HELPERS.items():
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    (folder / "table.txt").write_text("40", encoding="utf-8")
    assert sorted(book.build().ran) == WITH_CELLS
    return book


def settle(book, outcome):
    """A build is green, and its ledger is about the formulas that stand on the pages now, each with its mark."""
    assert outcome.said == ""
    assert outcome.status == 0
    found = json.loads((book.out / "ledger.json").read_text(encoding="utf-8"))["formulas"]
    expected = []
    for path in book.docs.glob("*.md"):
        for formula in collect(path.read_text(encoding="utf-8")).formulas:
            expected.append((path.stem, formula.label, formula.tex))
            row = re.search(rf'<summary>(.*)</summary><p id="formula-{formula.label}"', book.html("ledger"))[1]
            assert f"<code>{escape(formula.tex)}</code>" in row
            assert f'id="equation-{formula.label}"' in book.html(path.stem)
            assert f"ledger.html#formula-{formula.label}" in book.html(path.stem)
    assert sorted((row["page"], row["label"], row["tex"]) for row in found) == sorted(expected)
    assert all(row["passes"] for row in found)


def write(name, text):
    def edit(book):
        (book.root / name).write_text(text, encoding="utf-8")

    return edit


def change(*edits):
    def edit(book):
        for name, old, new in edits:
            book.edit(name, old, new)

    return edit


def change_unnoticed(name, old, new):
    """An edit after which the file is as old as before, as when an archive is unpacked."""

    def edit(book):
        book.edit(name, old, new)
        os.utime(book.root / name, (1, 1))

    return edit


EDITS = {  # what is edited, how, and which pages run
    "nothing": (lambda _: None, []),
    "time of a file": (lambda book: (book.docs / "beta.md").touch(), []),
    "prose": (change(("docs/beta.md", "Some prose.", "Other prose.")), []),
    "title of the page": (change(("docs/beta.md", "# Beta", "# Bêta")), []),
    "other setting of the head": (change(("docs/beta.md", "---\nrecompute:", "---\nauthor: me\nrecompute:")), []),
    "setting of the head": (change(("docs/beta.md", "use: []", "use: []\n  prime: a")), ["beta"]),
    "formula": (change(("docs/beta.md", "a b = b a", "a b + 1 = b a + 1")), ["beta"]),
    "formula in a file as old as before": (
        change_unnoticed("docs/beta.md", "a + b = b + a", "a + b + b = 2 b + a"),
        ["beta"],
    ),
    "label, and who refers to it": (
        change(("docs/beta.md", "(one)", "(first)"), ("docs/gamma.md", "`one`", "`first`")),
        ["beta"],
    ),
    "code of a cell": (change(("docs/alpha.md", "print(direct.VALUE)", "print(direct.VALUE, 1)")), ["alpha"]),
    "tag of a cell": (change(("docs/alpha.md", "python\n", "python\n:tags: [hide-input]\n")), []),
    "tag that removes a cell": (change(("docs/beta.md", "python\n", "python\n:tags: [remove-cell]\n")), []),
    "shared definition that a page uses": (change(("docs/notation.md", "q = a^2", "q = a a")), ["alpha", "notation"]),
    "shared definition that no page uses": (change(("docs/notation.md", "r = a^3", "r = a a a")), ["notation"]),
    "module": (write("src/helpers/direct.py", "from helpers.deep import VALUE as V\nVALUE = V\n"), ["alpha"]),
    "module of a module": (
        change(("src/helpers/deep.py", "read_text()", "read_text(encoding='utf-8')")),
        ["alpha"],
    ),
    "package": (write("src/helpers/__init__.py", '"""Helpers."""\n'), ["alpha"]),
    "module that nobody imports": (write("src/helpers/other.py", "VALUE = 1\n"), []),
    "file of data of a package": (write("src/helpers/table.txt", "41"), ["alpha"]),
    "new page": (write("docs/delta.md", page("Delta", {"new": "a a = a^2"}, CHECK)), ["delta"]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_runs_the_pages_that_it_can_affect(book, name):
    edit, expected = EDITS[name]
    if name == "new page":
        book.edit("docs/index.md", "gamma\n", "gamma\ndelta\n")
    edit(book)
    outcome = book.build()
    assert outcome.ran == expected
    settle(book, outcome)
    if name == "new page":
        leave(book)


def leave(book):
    """A page that is gone takes its formulas along."""
    (book.docs / "delta.md").unlink()
    book.edit("docs/index.md", "delta\n", "")
    outcome = book.build()
    assert outcome.ran == []
    settle(book, outcome)
    assert "formula-new" not in book.html("ledger")


@pytest.mark.parametrize("setting", [{"html_title": "Another"}, {"myst_heading_anchors": 2}], ids=["html", "reading"])
def test_the_configuration_runs_nothing(book, setting):
    settle(book, changed := book.build(**setting))
    settle(book, back := book.build())
    assert changed.ran == back.ran == []


def test_the_version_of_a_library_runs_every_page(book, monkeypatch):
    known = cachekey.version
    monkeypatch.setattr(cachekey, "version", lambda name: "0" if name == "numpy" else known(name))
    settle(book, outcome := book.build())
    assert outcome.ran == WITH_CELLS
    monkeypatch.undo()
    assert book.build().ran == []


def test_what_a_module_computes_reaches_the_page(book):
    write("src/helpers/table.txt", "4711")(book)
    settle(book, book.build())
    assert "4711" in book.html("alpha")


def test_from_green_to_red_and_back(book):
    change(("docs/beta.md", "a + b", "a - b"))(book)
    red = book.build()
    assert (red.status, red.ran) == (1, ["beta"])
    again = book.build()
    assert (again.status, again.ran, again.messages) == (1, [], red.messages)
    change(("docs/beta.md", "a - b", "a + b"))(book)
    green = book.build()
    settle(book, green)
    assert green.ran == []
    change(("docs/beta.md", "a + b", "a - b"))(book)
    assert book.build().messages == red.messages
    change(("docs/beta.md", "a - b", "a + b"))(book)
    settle(book, book.build())


def test_a_label_that_is_gone_is_missed_on_other_pages(book):
    old = "first" if "(first)" in (book.docs / "beta.md").read_text() else "one"
    change(("docs/beta.md", f"({old})", "(renamed)"))(book)
    for _ in range(2):
        outcome = book.build()
        assert outcome.status == 1
        assert [(m.page, m.line) for m in outcome.messages] == [("gamma", 3)]
        assert old in outcome.messages[0].text
    change(("docs/beta.md", "(renamed)", f"({old})"))(book)
    settle(book, book.build())


def test_a_page_outside_the_contents_leaves_the_ledger_too(book):
    text = page("Zeta", {"zeta": "a a = a^2"}, CHECK).replace("---\n", "---\norphan: true\n", 1)
    book.write(zeta=text)
    settle(book, book.build())
    (book.docs / "zeta.md").unlink()
    settle(book, book.build())
    assert "formula-zeta" not in book.html("ledger")


def test_a_page_that_is_gone_is_missed_on_other_pages(book):
    text = (book.docs / "gamma.md").read_text(encoding="utf-8")
    change(("docs/index.md", "gamma\n", "gamma\nepsilon\n"), ("docs/gamma.md", "See ", "See {doc}`epsilon`, "))(book)
    book.write(epsilon="# Epsilon\n")
    settle(book, book.build())
    (book.docs / "epsilon.md").unlink()
    change(("docs/index.md", "epsilon\n", ""))(book)
    outcome = book.build()
    assert [message.page for message in outcome.messages] == ["gamma"]
    book.write(gamma=text)
    settle(book, book.build())


def test_numbers_that_shift_are_right_on_other_pages(book):
    assert "(3.1)" in book.html("gamma")
    change(("docs/index.md", "notation\nalpha\n", "notation\n"), ("docs/index.md", "ledger", "alpha\nledger"))(book)
    settle(book, book.build())
    assert "(2.1)" in book.html("gamma")
    change(("docs/index.md", "alpha\nledger", "ledger"), ("docs/index.md", "notation\n", "notation\nalpha\n"))(book)
    settle(book, book.build())


def written(book):
    return {path.stem: path.stat().st_mtime_ns for path in book.out.glob("*.html")}


def test_every_page_is_written_when_a_style_of_the_site_has_changed(make_book):
    book = make_book()
    book.write(index="# One\n\n```{toctree}\ntwo\nledger\n```\n", two="# Two\n")
    style = book.root / "own" / "own.css"
    style.parent.mkdir()
    given = {"html_static_path": ["static", str(style.parent)], "html_css_files": ["own.css"]}
    dates = []
    for text in ("a {}", "a {}", "b {}"):
        style.write_text(text, encoding="utf-8")
        assert book.build(**given).status == 0
        dates.append(written(book)["two"])
        sheet, mark = re.search(r'"_static/(all\.css)\?v=(\w+)"', book.html("two")).groups()
        assert hashlib.sha256((book.out / "_static" / sheet).read_bytes()).hexdigest()[:8] == mark
    assert dates[0] == dates[1] < dates[2]


def test_every_page_is_read_when_an_extension_of_the_site_has_changed(make_book, monkeypatch, tmp_path):
    book = make_book()
    book.write(index="# One\n\n```{toctree}\ntwo\nledger\n```\n", two="# Two\n")
    book.build()
    monkeypatch.setattr("stay_fresh.EXTENSIONS", tmp_path)
    for text, expected in (("a = 1", 3), ("a = 1", 0), ("a = 2", 3)):
        (tmp_path / "extension.py").write_text(text, encoding="utf-8")
        read = []
        assert book.build(at="source-read", do=lambda _app, name, _text, read=read: read.append(name)).status == 0
        assert len(read) == expected


CORRUPTIONS = {
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "empty": lambda path: path.write_bytes(b""),
    "a byte altered": lambda path: path.write_bytes(path.read_bytes()[:-30] + b"~" + path.read_bytes()[-29:]),
    "no text": lambda path: path.write_bytes(b"\xff\xfe" + path.read_bytes()),
    "another form": lambda path: path.write_text("[1, 2]"),
    "no outputs": lambda path: path.write_text('{"digest": "0", "outputs": null}'),
    "outputs of another page": lambda path: path.write_bytes(
        next((found for file in path.parent.glob("*.json") if (found := file.read_bytes()) != path.read_bytes()), b"")
    ),
    "a directory": lambda path: (path.unlink(), path.mkdir(), (path / "inside").touch()),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corrupted_cache_is_not_believed(book, name):
    book.build()
    folder = book.root / "build" / "cells"
    shutil.copytree(folder, book.root / "sound", dirs_exist_ok=True)
    for path in folder.glob("*.json"):
        CORRUPTIONS[name](path)
    (book.docs / "beta.md").touch()
    first = book.build()
    settle(book, first)
    assert first.ran == ["beta"]
    (book.docs / "beta.md").touch()
    assert book.build().ran == []
    shutil.rmtree(folder)
    (book.root / "sound").rename(folder)


def test_a_cache_that_cannot_be_written_is_done_without(book):
    folder = book.root / "build" / "cells"
    shutil.rmtree(folder)
    folder.touch()
    (book.docs / "beta.md").touch()
    settle(book, outcome := book.build())
    assert outcome.ran == ["beta"]
    folder.unlink()


@pytest.mark.parametrize("left", [100, 0])
def test_a_corrupted_environment_is_read_anew(book, left):
    path = book.root / "build" / "doctrees" / "environment.pickle"
    path.write_bytes(path.read_bytes()[:left])
    settle(book, book.build())


def stop(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("event", ["env-before-read-docs", "env-updated", "html-page-context", "build-finished"])
def test_a_build_stopped_at_any_stage_is_made_good(book, event):
    number = str(time.time_ns())
    write("src/helpers/table.txt", number)(book)
    change(("docs/beta.md", "prose.", f"prose, {number}."), ("docs/beta.md", "# B", f"# {number} B"))(book)
    with pytest.raises(KeyboardInterrupt):
        book.build(at=event, do=stop)
    settle(book, book.build())
    assert number in book.html("alpha")
    assert f"prose, {number}." in book.html("beta")
    assert number in book.html("gamma")  # which says the title of the other page
    change(("docs/beta.md", f"prose, {number}.", "prose."), ("docs/beta.md", f"# {number} B", "# B"))(book)


def test_a_build_waits_for_the_one_before(book):
    fcntl = pytest.importorskip("fcntl")
    change(("docs/beta.md", "page.check()", "page.check()  # all"))(book)
    with (book.root / "build" / "doctrees" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = book.start()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(4)
        assert (book.root / "build" / "doctrees" / "unfinished.txt").exists() is False
    assert process.communicate()[1] == ""
    assert process.returncode == 0
    change(("docs/beta.md", "page.check()  # all", "page.check()"))(book)
    settle(book, book.build())


def everything(book):
    """What a reader gets; `?v=` tells browsers of a changed style, and MyST-NB leaves it out at first."""
    files = [*book.out.rglob("*.html"), book.out / "ledger.json"]
    return {str(path.relative_to(book.out)): re.sub(rb"\?v=\w+", b"", path.read_bytes()) for path in files}


def test_a_killed_build_and_builds_at_once_and_in_parallel_give_the_same(book):
    settle(book, book.build())
    shutil.rmtree(book.root / "build")
    assert book.build().ran == WITH_CELLS
    expected = everything(book)
    for _ in range(2):
        shutil.rmtree(book.root / "build")
        settle(book, book.build_apart("-j", "2"))
        assert everything(book) == expected

    shutil.rmtree(book.root / "build")
    book.runs.write_text("")
    killed = book.start("-j", "2")
    while not book.runs.read_text() and killed.poll() is None:
        time.sleep(0.05)
    killed.kill()
    killed.communicate()
    settle(book, book.build_apart())
    assert everything(book) == expected

    shutil.rmtree(book.root / "build")
    both = [book.start(), book.start()]
    assert [process.communicate()[1] for process in both] == ["", ""]
    assert [process.returncode for process in both] == [0, 0]
    assert everything(book) == expected
