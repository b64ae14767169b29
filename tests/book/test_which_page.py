"""The page of questions: fifteen of them, each with a page and with formulas of the book that are judged there."""

import re
from pathlib import Path

import pytest

from recompute.collect import collect

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "which-page.md").read_text(encoding="utf-8")
PARTS = dict(zip(*[iter(re.split(r"(?m)^### (.+)\n", TEXT)[1:])] * 2, strict=True))
LABELS = {
    formula.label: path.stem
    for path in DOCS.glob("*.md")
    for formula in collect(path.read_text(encoding="utf-8")).formulas
    if formula.label
}


def test_there_are_fifteen_questions_and_the_page_says_so():
    assert len(PARTS) == 15
    assert "fifteen questions" in TEXT


@pytest.mark.parametrize("question", PARTS)
def test_every_question_has_an_answer_of_two_sentences_and_a_page(question):
    answer, last = (
        part.replace("\n", " ").strip() for part in re.split(r"\n(?=Pages?: )", PARTS[question].strip(), maxsplit=1)
    )
    assert "?" in question
    assert len(re.findall(r"[.!?](?= [A-Z]|$)", answer)) == 2
    pages = re.findall(r"\]\(([a-z-]+)\.md\)", last)
    assert pages
    assert [page for page in pages if not (DOCS / f"{page}.md").exists()] == []


@pytest.mark.parametrize("question", PARTS)
def test_every_question_is_settled_by_formulas_of_its_pages_each_with_its_verdict(question):
    linked = re.findall(r"\{eq\}`([^`]+)`", PARTS[question])
    quoted = re.findall(r"\{verdict\}`([^`]+)`", PARTS[question])
    assert linked
    assert linked == quoted  # what is named is judged; that it passes, the test of its page says
    assert [label for label in linked if label not in LABELS] == []
    pages = re.findall(r"\]\(([a-z-]+)\.md\)", PARTS[question])
    assert {LABELS[label] for label in linked} <= {*pages, "notation"}
