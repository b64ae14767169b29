"""The same book built twice is the same, byte for byte, wherever it lies and however many processes build it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (
    "index",
    "notation",
    "product-rule",
    "not-a-constant",
    "references",
    "ledger",
)  # of five no two are read at once
TOCTREE = "```{{toctree}}\n:numbered:\n:hidden:\n\n{}\n```\n"
ELSEWHERE = re.compile(
    rf"\[([^\]]+)\]\((?!(?:{'|'.join(PAGES)})\.md)[a-z-]+\.md[^)]*\)"
)  # links to pages that are not here

pytestmark = pytest.mark.xdist_group("same bytes")  # one worker builds both for all


def small_book(root):
    """Pages of the real book in a folder of their own, with the configuration and the modules."""
    for name in ("conf", "src"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("CITATION.cff", "LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    (root / "docs").mkdir()
    for name in PAGES:
        text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        text = re.sub(r"(?s)```\{toctree\}.*?```\n", "", text)
        text = re.sub(r"(\{minutes\})`[^`*]*`", r"\1`product-rule`", text)
        text += TOCTREE.format("\n".join(PAGES[1:])) if name == "index" else ""
        (root / "docs" / f"{name}.md").write_text(ELSEWHERE.sub(r"\1", text), encoding="utf-8")


def building(root, jobs, seed, zone):
    """Build with no traces of an earlier build, in a process with another order of sets and another time zone."""
    surroundings = {
        "PYTHONPATH": str(root / "src"),
        "PYTHONHASHSEED": seed,
        "TZ": zone,
        "SOURCE_DATE_EPOCH": "1800000000",
    }
    how = ["-q", "-c", str(root / "conf"), "-D", "nitpicky=0", "-j", jobs, "-d", str(root / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *how, str(root / "docs"), str(root / "html")]
    return subprocess.Popen(command, env=os.environ | surroundings, stderr=subprocess.PIPE, text=True, cwd=root)


def files(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    roots = [tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("a-folder-with-another-name")]
    for root in roots:
        small_book(root)
    running = [building(roots[0], "1", "1", "UTC"), building(roots[1], "2", "2", "Asia/Tokyo")]
    said = [process.communicate()[1] for process in running]
    assert said == ["", ""]
    return [files(root / "html") for root in roots]


def test_there_is_something_to_compare(built):
    for one in built:
        assert {"index.html", "ledger.html", "ledger.json", "state.svg", "searchindex.js", "objects.inv"} <= one.keys()
        assert b"<svg" in one["not-a-constant.html"]
        assert b"verdict agrees" in one["notation.html"]
        assert b"read as" in one[str(Path("readings", "notation.html"))]
        assert b"@font-face" in one[str(Path("_static", "all.css"))]


def test_the_same_book_twice_gives_the_same_bytes(built):
    here, there = built
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []


def test_no_page_names_the_folder_in_which_it_was_built(built):
    assert [
        name for one in built for name, text in one.items() if b"another-name" in text or b"pytest-of" in text
    ] == []
