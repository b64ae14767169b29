import re

import pytest

INDEX = "# Book\n\n```{toctree}\n:numbered:\none\ntwo\n```\n"
ONE = r"""# One

:::{theorem} The rule of $f$
:label: rule
If so, then $x$.
:::

:::{lemma}
Without a title.
:::

:::{proof}
It follows.
:::

::::{exercise} Try it
:label: try
Count.

:::{solution}
Two.

$$
x = 2
$$ (two)
:::
::::
"""
TWO = """# Two

See {numref}`rule`, {numref}`try`, {eq}`two`, {numref}`as {name} <rule>`.

:::{definition} State
It is $s$.
:::
"""


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<annotation.*?</annotation>|<[^>]*>", "", html))


@pytest.mark.parametrize("jobs", [1, 2])
def test_environments_are_numbered_and_referred_to_across_pages(build, jobs):
    book = build(jobs, index=INDEX, one=ONE, two=TWO)
    assert (book.status, book.warnings) == (0, "")
    titles = re.findall(r'<p class="admonition-title">(.*?)</p>', book.article("one"))
    first, *others = map(text, titles)
    assert first.startswith("Theorem 1.1 The rule of ")
    assert others == ["Lemma 1.1 ", "Proof", "Exercise 1.1 Try it"]
    assert "See Theorem 1.1, Exercise 1.1, (1.1), as The rule of" in text(book.article("two"))
    assert "Definition 2.1 State" in text(book.article("two"))


def test_a_solution_is_folded_and_its_formula_is_numbered_and_found(build):
    article = build(index=INDEX, one=ONE, two=TWO).article("one")
    fold = re.compile(r'<details class="solution">\s*<summary>Solution</summary>(.*?)</details>', re.DOTALL)
    folded = fold.search(article)[1]
    assert 'id="equation-two"' in folded
    assert "(1.1)" in folded


def test_a_solution_is_printed_unfolded(build):
    css = (build(index="# One\n").out / "_static" / "book.css").read_text(encoding="utf-8")
    paper = css[css.index("@media print") :]
    assert "details::details-content { block-size: auto; content-visibility: visible;" in paper


def test_titles_are_translated(build):
    book = build(builder="gettext", index=INDEX, one=ONE, two=TWO)
    assert (book.status, book.warnings) == (0, "")
    messages = "".join(file.read_text(encoding="utf-8") for file in book.out.rglob("*.pot"))
    assert 'msgid "The rule of $f$"' in messages
    assert 'msgid "Try it"' in messages


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_other_formats_know_the_environments(build, builder):
    book = build(builder=builder, index=INDEX, one=ONE, two=TWO)
    assert (book.status, book.warnings) == (0, "")


def test_an_empty_environment_is_refused_and_an_unknown_name_is_found(build):
    book = build(index=":::{theorem} Nothing\n:::\n\n# One\n\n{numref}`nobody`\n")
    assert book.status == 1
    assert "Content block expected" in book.warnings
    assert "nobody" in book.warnings
