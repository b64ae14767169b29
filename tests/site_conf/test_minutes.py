"""The length of a route is the sum of what its pages say."""

import re

INDEX = "# Book\n\nOne: {minutes}`one`. Both: {minutes}`one, two`. All: {minutes}`*`.\n\n```{toctree}\none\ntwo\n```\n"
ONE = "# One\n\n*You need:* nothing. *Reading time:* 20 minutes.\n"
TWO = "# Two\n\n*You need:* one.\n*Reading time:* 45 minutes, with a pencil.\n"


def words(book):
    return re.search(r"<p>(One: .*?)</p>", book.article(), re.DOTALL)[1]


def test_minutes_are_added_up_and_follow_the_pages(build):
    book = build(also=("minutes",), index=INDEX, one=ONE, two=TWO)
    assert (book.status, book.warnings) == (0, "")
    assert words(book) == "One: 20 minutes. Both: 1 hour 5 minutes. All: 1 hour 5 minutes."
    longer = build(also=("minutes",), one=ONE.replace("20", "75"))
    assert words(longer) == "One: 1 hour 15 minutes. Both: 2 hours. All: 2 hours."


def test_a_page_that_says_nothing_breaks_the_build(build):
    book = build(also=("minutes",), index=INDEX, one="# One\n", two=TWO)
    assert book.status == 1
    assert "the page “one” says no *Reading time:* N minutes" in book.warnings
