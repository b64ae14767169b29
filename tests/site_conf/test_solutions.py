"""The list of exercises: what it links to, and what breaks the build."""

import re

import pytest

INDEX = "# Book\n\n```{toctree}\n:numbered:\ntwo\none\n```\n\n```{solutions}\n```\n"
NESTED = "::::{exercise} Count to $n$\n:label: count\nHow?\n\n:::{solution}\nSo.\n:::\n::::\n"
BEHIND = ":::{exercise} Wait\n:label: wait\nHow long?\n:::\n\n:::{solution}\nThis long.\n:::\n"
LISTED = ("recompute.extension", "solutions")


def text(html):
    return " ".join(re.sub(r"<annotation.*?</annotation>|<[^>]*>", " ", html).split())


@pytest.mark.parametrize("jobs", [1, 2])
def test_exercises_are_listed_in_the_order_of_the_chapters(build, jobs):
    book = build(jobs, also=LISTED, index=INDEX, one=f"# One\n\n{NESTED}", two=f"# Two\n\n{BEHIND}")
    assert (book.status, book.warnings) == (0, "")
    rows = re.findall(r"<li><p>(.*?)</p>", book.article())
    assert [re.findall('href="(.*?)"', row) for row in rows] == [
        ["two.html#wait", "two.html#solution-of-wait"],
        ["one.html#count", "one.html#solution-of-count"],
    ]
    assert text(rows[0]) == "1.1 Wait · solution"
    assert text(rows[1]).startswith("2.1 Count to ")


def test_a_link_to_a_solution_leads_inside_the_fold(build):
    article = build(also=LISTED, index=INDEX, one=f"# One\n\n{NESTED}", two="# Two\n").article("one")
    folded = re.search(r"<details.*?</summary>(.*?)</details>", article, re.DOTALL)[1]
    assert 'id="solution-of-count"' in folded


def test_the_list_follows_a_page_that_changes(build):
    build(also=LISTED, index=INDEX, one=f"# One\n\n{NESTED}", two="# Two\n")
    again = build(also=LISTED, one=f"# One\n\n{NESTED.replace('Count to', 'Add up to')}")
    assert "Add up to" in again.article()
    assert "Wait" in build(also=LISTED, two=f"# Two\n\n{BEHIND}").article()


def test_a_cell_or_a_paragraph_may_stand_between(build):
    apart = BEHIND.replace(":::\n\n:::{solution}", ":::\n\nTry it with a pencil.\n\n:::{solution}")
    assert "Try it" in apart
    book = build(also=LISTED, index=INDEX, one="# One\n", two=f"# Two\n\n{apart}")
    assert (book.status, book.warnings) == (0, "")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (f":::{{exercise}} Alone\nWhy?\n:::\n\n{BEHIND}", "the exercise “Alone” has no solution: write one behind it"),
        (f"{BEHIND}\n:::{{solution}}\nAgain.\n:::\n", "this solution belongs to no exercise"),
    ],
)
def test_one_without_the_other_breaks_the_build(build, page, said):
    book = build(also=LISTED, index=INDEX, one=f"# One\n\n{page}", two="# Two\n")
    assert book.status == 1
    assert re.search(rf"one.md:\d+: WARNING: {said}", book.warnings)
