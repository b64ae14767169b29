"""Every page of the book: its formulas pass, it opens with a question, and it closes with what is now known."""

import re
from pathlib import Path

import pytest

from recompute.collect import collect
from recompute.judge import judge
from recompute.notebook import current
from recompute.trial import trial

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("*.md"))
LOOKED_UP = {"index", "ledger", "api", "references", "which-page", "solutions", "symbols", "glossary", "errata"}
CHAPTERS = [path for path in PAGES if path.stem not in LOOKED_UP]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_formula_of_the_page_passes(path):
    found = judge(path, DOCS / "notation.md")
    assert [finding.report for finding in found if not finding.passes] == []
    assert [finding.name for finding in found if finding.verdict.kind == "stated"] == []
    assert len(found) >= len(collect(path.read_text(encoding="utf-8")).formulas)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_misprint_on_the_page_is_noticed(path, tmp_path):
    """The first formula whose sides are exchanged for something else has to fail, or the page checks nothing."""
    text = path.read_text(encoding="utf-8")
    formula = next(f for f in collect(text).formulas if f.label and "\\approx" not in f.tex and " = " in f.tex)
    broken = tmp_path / path.name
    broken.write_text(
        text.replace(f"$$\n{formula.tex}\n$$", f"$$\n{formula.tex.replace(' = ', ' = 2 ', 1)}\n$$", 1), encoding="utf-8"
    )
    found = {finding.name: finding for finding in judge(broken, DOCS / "notation.md")}
    assert not found[formula.label].passes


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_misprint_of_some_formulas_is_noticed_or_equally_true(path):
    """A sample; `nox -s misprints` tries them all."""
    judge(path, DOCS / "notation.md")
    judged = current().judged
    sample = list(judged)[:: max(7, len(judged) // 5)]
    tallies = [trial(judged[name][0].formula, [one.way for one in judged[name]]) for name in sample]
    assert [tally.missed for tally in tallies if tally.missed] == []
    assert sum(tally.noticed for tally in tallies) > 20


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_its_parts(path):
    text = path.read_text(encoding="utf-8")
    assert re.search(r"(?m)^# .+\n\n> .+", text), "it opens with its question"
    assert "*You need:*" in text
    assert re.search(r"\*Reading time:\* \d+ minutes", text)
    assert ":::{exercise}" in text
    assert text.count(":::{exercise}") == text.count(":::{solution}")
    assert "What is now known" in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_has_a_description_and_no_words_that_hush_the_reader(path):
    text = path.read_text(encoding="utf-8")
    assert re.match(r"---\n(?:.*\n)*?description: \S.{20,}\n", text)
    assert re.findall(r"(?i)\b(clearly|obviously|simply|trivially|it is easy to (?:see|show))\b", text) == []
