"""The bars of the museum: as long as the errors, with all names inside the drawing."""

import re
from math import log10
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bptt.figures import misses, svg

SOME = [misses.Miss("an index too many", 0.25), misses.Miss("a row for a column", 0.031), misses.Miss("a sum", 499.25)]


def parsed(drawing):
    html = drawing._repr_html_().replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return ET.fromstring(html)  # noqa: S314  # our own text


def test_the_bars_end_where_the_ticks_say_that_the_errors_are():
    picture = parsed(misses.draw(SOME))
    ticks = {}
    for node in picture.iter("text"):
        words = "".join(node.itertext())
        if re.fullmatch(r"10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", words):
            ticks[int(words[2:].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))] = float(node.get("x"))
    assert sorted(ticks) == list(range(-2, 4))
    first, last = min(ticks), max(ticks)
    bars = [(float(bar.get("x")), float(bar.get("width"))) for bar in picture.iter("rect")]
    assert {x for x, _ in bars} == {ticks[first]}
    scale = (ticks[last] - ticks[first]) / (last - first)
    read = [first + (x + width - ticks[first]) / scale for x, width in bars]
    np.testing.assert_allclose(read, [log10(miss.off) for miss in SOME], atol=1e-3)


def test_names_and_numbers_stay_inside_and_do_not_touch():
    nodes = list(parsed(misses.draw(SOME)).iter("text"))
    for node in nodes:
        if node.get("text-anchor") == "start":
            assert float(node.get("x")) + 6.8 * len("".join(node.itertext())) < svg.WIDTH
    rows = sorted(float(node.get("y")) for node in nodes if node.get("text-anchor") == "start")
    assert min(np.diff(rows)) >= 15


def test_the_description_tells_every_number():
    alt = misses.draw(SOME).alt
    assert all(miss.name in alt and misses.written_off(miss.off) in alt for miss in SOME)
    assert misses.draw(SOME, alt="A picture of nothing much.").alt == "A picture of nothing much."


@pytest.mark.parametrize(
    ("off", "written"),
    [(0.0671, "0.067"), (0.74, "0.74"), (1, "1.0"), (3.21, "3.2"), (499.25, "499"), (12345, "12,345")],
)
def test_two_digits_count(off, written):
    assert misses.written_off(off) == written


def test_one_bar_is_a_figure():
    (bar,) = parsed(misses.draw([misses.Miss("exactly one", 1.0)])).iter("rect")
    assert float(bar.get("width")) > 0


@pytest.mark.parametrize("off", [0, -1, float("nan"), float("inf")])
def test_an_error_that_is_none_is_refused(off):
    with pytest.raises(ValueError, match="“odd” is off by"):
        misses.draw([misses.Miss("odd", off)])


def test_nothing_and_too_much_are_refused():
    with pytest.raises(ValueError, match="nothing to draw"):
        misses.draw([])
    with pytest.raises(ValueError, match="room for 8"):
        misses.draw([misses.Miss("small", 1e-9), misses.Miss("large", 1.0)])
