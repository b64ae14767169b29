"""The museum: every exhibit has its parts, its formulas are refuted and hold, and the form for a new one works."""

import ast
import re
from pathlib import Path

import pytest

from bptt.figures import misses
from recompute.collect import collect
from recompute.judge import judge
from recompute.parse import parse
from recompute.syntax import Group

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "museum.md"
TEXT = PAGE.read_text(encoding="utf-8")
REFERENCES = (DOCS.parent / "conf" / "references.bib").read_text(encoding="utf-8")
PARTS = (
    "**Where it stands.**",
    "**What is printed.**",
    "**What it misses by.**",
    "**What holds.**",
    "**Repaired since?**",
    "**Explained in**",
)
LEAST = 7


def without_the_form(text):
    return re.sub(r"(?s)````text\n.*?````\n", "", text)


def the_form():
    return re.search(r"(?s)````text\n(.*?)````\n", TEXT).group(1)


def exhibits(text):
    """Title and text of every exhibit, up to the next heading of the same rank."""
    return re.findall(r"(?ms)^## Exhibit (\d+: .+?)\n(.*?)(?=^## |\Z)", text)


EXHIBITS = exhibits(without_the_form(TEXT))
ALL = pytest.mark.parametrize(("title", "text"), EXHIBITS, ids=[title for title, _ in EXHIBITS])


def part(text, name):
    """From the bold words to those of the next part."""
    behind = text.split(name, 1)[1]
    return min((behind.split(other, 1)[0] for other in PARTS), key=len)


@pytest.fixture(scope="module")
def verdicts():
    return {finding.name: finding.verdict.kind for finding in judge(PAGE, DOCS / "notation.md")}


def labels(text):
    return [formula.label for formula in collect(f"# x\n\n{text}").formulas if formula.label]


def test_there_are_enough_of_them_counted_without_a_gap():
    assert len(EXHIBITS) >= LEAST
    assert [int(title.split(":")[0]) for title, _ in EXHIBITS] == list(range(1, len(EXHIBITS) + 1))


@ALL
def test_an_exhibit_has_its_parts_in_order_each_once(title, text):
    places = [text.find(name) for name in PARTS]
    assert -1 not in places, title
    assert places == sorted(places)
    assert all(text.count(name) == 1 for name in PARTS)


@ALL
def test_its_source_is_cited_with_a_place(title, text):
    where = part(text, PARTS[0])
    keys = [key for keys in re.findall(r"\{cite:[pt]\}`([^`]+)`", where) for key in keys.split(",")]
    assert keys, title
    for key in keys:
        assert re.search(rf"@\w+\{{{key},", REFERENCES), key
    assert re.search(r"section|chapter|equation|line|answer|method", where)


@ALL
def test_it_says_whether_the_formula_stands_in_print_or_was_written_out(title, text):
    printed = re.sub(r"(?s)```.*?```|\$\$.*?\$\$", "", part(text, PARTS[1]))
    assert re.search(r"as\sin\sprint|written\sout\sby\sus", printed, flags=re.IGNORECASE), title


@ALL
def test_at_most_one_sentence_is_quoted(title, text):
    prose = re.sub(r"(?s)```.*?```|\$\$.*?\$\$", "", text)
    quoted = re.findall(r'"([^"]+)"', prose)
    assert sum(len(words.split()) > 1 for words in quoted) <= 2, title
    assert sum(len(words.split()) for words in quoted) <= 40


@ALL
def test_what_is_printed_is_refuted_and_what_holds_holds(title, text, verdicts):
    kinds = {label: verdicts[label] for label in labels(text)}
    assert "refuted" in kinds.values(), title
    printed = labels(part(text, PARTS[1]) + part(text, PARTS[2]))
    assert any(kinds[label] == "refuted" for label in printed)
    holds = labels(part(text, PARTS[3]))
    assert any(kinds[label] in {"holds", "exact", "measured"} for label in holds), title
    assert all(kinds[label] != "refuted" for label in holds)


@ALL
def test_every_refutation_says_by_what(title, text):
    calls = re.findall(r"page\.refute\((.*?)\)\n", text, flags=re.DOTALL)
    assert calls, title
    assert all("misses_by=" in call for call in calls)


@ALL
def test_the_repair_is_stated_and_a_chapter_named(title, text):
    assert len(part(text, PARTS[4]).split()) > 10, title
    pages = re.findall(r"\]\(([\w-]+)\.md", part(text, PARTS[5]))
    assert pages
    assert all(page in (DOCS / "index.md").read_text(encoding="utf-8") for page in pages)


def rows():
    """Of the table of origins: number, source, edition, place, repaired."""
    return re.findall(r"(?m)^\| (\d+) \| (.+) \| (.+) \| (.+) \| (.+) \|$", TEXT)


def test_the_table_of_origins_has_a_row_for_each():
    assert [int(row[0]) for row in rows()] == list(range(1, len(EXHIBITS) + 1))
    for _, source, edition, place, repaired in rows():
        assert min(len(source), len(edition), len(place)) > 3
        assert re.search(r"\b20\d\d\b|\bcommits? [0-9a-f]{7}\b", edition), "it needs a date or a commit"
        assert re.match(r"yes|no", repaired)


def test_the_form_for_a_new_exhibit_passes_when_it_is_put_in(tmp_path):
    (title, text), *others = exhibits(the_form())
    assert not others
    assert title.startswith(f"{len(EXHIBITS) + 1}: ")
    assert all(text.count(name) == 1 for name in PARTS)
    page = tmp_path / "museum.md"
    page.write_text(without_the_form(TEXT).replace("## How wrong they are\n", f"{the_form()}\n## How wrong they are\n"))
    found = {finding.name: finding for finding in judge(page, DOCS / "notation.md")}
    assert [finding.report for finding in found.values() if not finding.passes] == []
    assert found["museum-name-printed"].verdict.kind == "refuted"
    assert found["museum-name"].verdict.kind == "exact"


def test_the_requirements_name_what_the_test_insists_on():
    asked = TEXT.split("## How to contribute an exhibit")[1]
    for word in ("source", "formula", "misses_by", "that holds", "repaired", "kind sentence", "references.bib"):
        assert word in asked


def test_an_exhibit_that_holds_is_not_let_pass(tmp_path):
    """Mend the first one: then nothing is refuted any more."""
    page = tmp_path / "museum.md"
    page.write_text(TEXT.replace(r"\tanh'(a) = -(\tanh a)^2", r"\tanh'(a) = 1 - (\tanh a)^2", 1))
    found = {finding.name: finding for finding in judge(page, DOCS / "notation.md")}
    assert not found["museum-slope-printed"].passes


def test_every_exhibit_has_a_dot_whose_error_is_that_of_a_refuted_formula(verdicts):
    calls = [re.findall(r'\bmiss\("([^"]+)",\s+"([^"]+)"', text) for _, text in EXHIBITS]
    assert min(map(len, calls)) >= 1
    dots = dict(call for found in calls for call in found)
    assert len(dots) == sum(map(len, calls))
    assert {verdicts[label] for label in dots.values()} == {"refuted"}
    misses.draw([misses.Miss(name, 1.0) for name in dots])


@ALL
def test_the_sentences_show_the_errors_in_the_order_in_which_they_were_computed(title, text):
    computed = re.findall(r'\bmiss\("([^"]+)"', text)
    shown = re.findall(r"\{glue:text\}`((?:a|an|the) [^`:]+):", text)
    assert shown in (computed, []), title


def test_the_head_says_how_many_there_are():
    numerals = ("seven", "eight", "nine", "ten", "eleven", "twelve")
    assert TEXT.splitlines()[1].startswith(f"description: {numerals[len(EXHIBITS) - LEAST].capitalize()} formulas")


def test_the_table_and_the_exhibits_name_the_same_lines_and_requests():
    for number, _, _, place, repaired in rows():
        _, text = EXHIBITS[int(number) - 1]
        named = re.findall(r"\d+", re.sub(r"§[\d.]+\d", "", place)) + re.findall(r"\d{3,}", repaired)
        assert all(re.search(rf"\b{name}\b", text) for name in named if name != "2013"), (number, named)


def test_what_exhibit_3_has_no_value_for_is_the_right_product_in_another_order():
    """The page shows it in a sentence, tries it in a cell, and has the right order as a formula that is checked."""
    _, text = EXHIBITS[2]
    (shown,) = re.findall(r"reads\s\$(W\^[^$]+)\$", text)
    cell = assigned("printed", text)
    (right,) = re.findall(r"\$\$\n(.+) \\qquad.*\n\$\$ \(museum-order\)", text)
    assert cell == rf"\nabla_{{s_t}} E = {shown} + V^\top \nabla_{{o_t}} E"
    tried, meant = (parse(tex).relations[0].right.terms for tex in (cell, right))
    assert tried[1:] == meant[1:]
    tried, meant = ([bare(factor) for factor in terms[0].factors] for terms in (tried, meant))
    assert tried != meant
    assert sorted(map(repr, tried)) == sorted(map(repr, meant))


def assigned(name, text):
    """The string that a cell gives this name, however its lines are broken."""
    cells = re.findall(r"(?ms)^```\{code-cell\} ipython3\n(.*?)^```$", text)
    lines = [line for cell in cells for line in ast.parse(re.sub(r"(?m)^:.*$", "", cell)).body]
    (value,) = [line.value for line in lines if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == name]
    return ast.literal_eval(value)


def bare(factor):
    return factor.operand if isinstance(factor, Group) else factor
