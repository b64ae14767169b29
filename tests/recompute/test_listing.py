import re

import pytest

from recompute.listing import TO_TOOLS, between, listing, source


def example(a, b):  # fmt: skip
    """Say something.

    At length.
    """
    total = a + b

    for one in (a, b):
        total *= one
    return total


class Shape:
    """Holds something."""

    side = 2

    def area(self):
        r"""Raw \alpha."""
        return self.side**2


EXAMPLE = """\
def example(a, b):
    total = a + b

    for one in (a, b):
        total *= one
    return total"""

SHAPE = """\
class Shape:
    side = 2

    def area(self):
        return self.side**2"""


def test_a_function_is_shown_without_its_docstring():
    assert source(example) == EXAMPLE


def test_what_is_said_to_tools_is_left_out():
    assert TO_TOOLS.sub("", "def f(  # noqa: PLR0917  # as the formula") == "def f("
    assert TO_TOOLS.sub("", "a = 1  # as the formula") == "a = 1  # as the formula"


def test_a_class_is_shown_without_the_docstrings_of_its_methods():
    assert source(Shape) == SHAPE


def test_a_method_begins_at_the_margin():
    assert source(Shape.area) == "def area(self):\n    return self.side**2"


def test_lines_of_a_function_begin_at_the_margin():
    assert between(example, "for one", "return") == "for one in (a, b):\n    total *= one"
    assert between(example, "def", "total") == "def example(a, b):"
    assert between(example, "return") == "return total"


def test_a_notebook_colours_it_and_a_terminal_does_not():
    shown = listing(example, "# and then\nend = 1\n")
    assert repr(shown) == f"{EXAMPLE}\n\n# and then\nend = 1"
    assert shown._repr_markdown_() == f"```python\n{shown!r}\n```"


@pytest.mark.parametrize(
    ("begin", "end", "says"),
    [
        ("absent", "", "“absent” stands in 0 lines of example, and one was expected; give words of that line alone"),
        ("total", "", "“total” stands in 3 lines of example, and one was expected; give words of that line alone"),
        (
            "for one",
            "total = a",
            "no line of example behind the one with “for one” has “total = a” in it; give words of",
        ),
    ],
)
def test_words_that_do_not_name_a_line_are_refused(begin, end, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        between(example, begin, end)


def test_nothing_to_show_is_refused():
    with pytest.raises(ValueError, match=r"give it a function, or lines of one by between\(\)"):
        listing()
