"""Term, path and mark belong together: the formula that points at the figure points at the right path."""

import re
from pathlib import Path

from bptt import paths
from recompute.collect import collect

PAGE = Path(__file__).parents[2] / "docs" / "one-term-one-path.md"
MARK = r"\\htmlClass\{term-(\d+)\}\{([^{}]*)\}"


def test_every_term_of_the_formula_is_marked_with_its_own_path():
    tex = collect(PAGE.read_text(encoding="utf-8")).labelled()["figure-terms"]
    marked = {int(k): " ".join(term.split()) for k, term in re.findall(MARK, tex)}
    network = paths.unrolled(3)
    found = paths.paths(network, ("W",), ("s", 3))
    expected = {path[1][1]: paths.term(network, path) for path in found}  # path[1] is the use of the weight
    assert marked == expected
    assert re.sub(MARK, "", tex.partition("=")[2]).replace("+", "").strip() == ""  # nothing stands outside a mark
