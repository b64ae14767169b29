"""The glossary: sorted, nothing twice, each term with its Chinese name, one sentence and a page."""

import re
from itertools import chain
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "glossary.md").read_text(encoding="utf-8")
BLOCKS = re.search(r"(?s)```\{glossary\}\n:sorted:\n\n(.*?)```", TEXT)[1].strip().split("\n\n")
ENTRIES = {tuple(terms): words for *terms, words in (block.split("\n") for block in BLOCKS)}
TERMS = list(chain(*ENTRIES))
CHINESE = [words.strip().partition(" – ")[0] for words in ENTRIES.values()]


def test_the_terms_are_sorted_and_none_stands_twice():
    first = [terms[0].lower() for terms in ENTRIES]
    assert first == sorted(first)
    assert len(ENTRIES) == len(BLOCKS) > 60
    assert len({term.lower() for term in TERMS}) == len(TERMS)
    assert len(set(CHINESE)) == len(CHINESE)


@pytest.mark.parametrize("terms", ENTRIES, ids=lambda terms: terms[0])
def test_an_entry_has_a_chinese_name_one_sentence_and_a_page(terms):
    found = re.fullmatch(r"  (\S.*?) – ([A-Z].*?\.) See \[.+?\]\(([a-z-]+)\.md\)\.", ENTRIES[terms])
    assert found
    chinese, sentence, page = found.groups()
    assert re.search(r"[\u4e00-\u9fff]", chinese) or chinese == "softmax"
    assert re.findall(r"[.!?](?= [A-Z])", sentence) == []
    assert (DOCS / f"{page}.md").exists()


def test_cut_is_said_of_truncation_alone():
    """The two Chinese words are mixed up in print: 截断 is truncation, 裁剪 is clipping."""
    assert [terms[0] for terms, name in zip(ENTRIES, CHINESE, strict=True) if "截断" in name] == [
        "randomised truncation",
        "truncated BPTT",
    ]


def test_every_term_that_a_page_refers_to_is_there():
    used = {
        term.rpartition("<")[2].rstrip(">")
        for path in DOCS.glob("*.md")
        for term in re.findall(r"\{term\}`([^`]+)`", path.read_text(encoding="utf-8"))
    }
    assert used - set(TERMS) == set()
