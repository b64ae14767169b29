"""The page that leads from the note to the book: eleven steps, each with formulas of the book that pass."""

import re
from pathlib import Path

import pytest

from recompute.judge import judge

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "from-the-note.md").read_text(encoding="utf-8")
ROWS = {row[1]: row[0] for row in re.finditer(r"(?m)^\| (S\d+) \|.*$", TEXT)}


@pytest.fixture(scope="module")
def verdicts():
    labels = {f"$$ ({label})" for label in re.findall(r"\{verdict\}`([^`]+)`", TEXT)}
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
    pages = [path for path, text in texts.items() if any(label in text for label in labels)]
    return {finding.name: finding.verdict for path in pages for finding in judge(path, DOCS / "notation.md")}


def test_there_are_eleven_steps_in_order():
    assert list(ROWS) == [f"S{number}" for number in range(1, 12)]


@pytest.mark.parametrize("step", ROWS)
def test_every_step_has_a_formula_and_a_verdict_that_passes(step, verdicts):
    quoted = re.findall(r"\{verdict\}`([^`]+)`", ROWS[step])
    linked = re.findall(r"\{eq\}`([^`]+)`", ROWS[step])
    assert quoted
    assert set(linked) <= set(quoted) | {"scalar-state"}  # what is named is judged
    assert [name for name in quoted if not verdicts[name].passes] == []
