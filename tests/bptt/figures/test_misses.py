"""The dots of the museum: where the axis says, in the row of their names, with all names inside the drawing."""

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


def words(node):
    return "".join(node.itertext())


def ticks_of(picture):
    """The place of every power of ten, by its exponent."""
    exponents = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return {
        int(words(node)[2:].translate(exponents)): float(node.get("x"))
        for node in picture.iter("text")
        if re.fullmatch(r"10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", words(node))
    }


def test_the_dots_stand_where_the_ticks_say_that_the_errors_are():
    picture = parsed(misses.draw(SOME))
    ticks = ticks_of(picture)
    assert sorted(ticks) == list(range(-2, 4))
    first, last = min(ticks), max(ticks)
    scale = (ticks[last] - ticks[first]) / (last - first)
    read = [first + (float(dot.get("cx")) - ticks[first]) / scale for dot in picture.iter("circle")]
    np.testing.assert_allclose(read, [log10(miss.off) for miss in SOME], atol=1e-3)


def test_a_dot_stands_between_its_name_and_the_next_and_its_number_beside_it():
    picture = parsed(misses.draw(SOME))
    heights = {words(node): float(node.get("y")) for node in picture.iter("text")}
    names = [heights[miss.name] for miss in SOME]
    dots = [float(dot.get("cy")) for dot in picture.iter("circle")]
    assert names == sorted(names)
    for miss, name, dot, following in zip(SOME, names, dots, [*names[1:], np.inf], strict=True):
        assert name + misses.RADIUS < dot < following - 13 - misses.RADIUS
        assert 0 < heights[misses.written_off(miss.off)] - dot < misses.RADIUS


def test_nothing_has_a_length_that_could_be_taken_for_the_error():
    picture = parsed(misses.draw(SOME))
    assert not list(picture.iter("rect"))
    lines = [[point.split(",") for point in drawn.get("points").split()] for drawn in picture.iter("polyline")]
    lengths = {round(float(end[0]) - float(start[0]), 2) for start, end in lines}
    assert lengths == {0, misses.RIGHT - misses.LEFT}


def test_light_and_dark_come_from_the_page():
    colours = re.findall(r'(?:fill|stroke)="([^"]+)"', misses.draw(SOME)._repr_html_())
    assert set(colours) <= {svg.INK, svg.INK_SOFT, svg.PAPER, svg.ACCENTS[0], "none"}


def test_names_and_numbers_stay_inside_and_do_not_touch():
    nodes = list(parsed(misses.draw(SOME)).iter("text"))
    for node in nodes:
        if node.get("text-anchor") == "start":
            assert float(node.get("x")) + 6.8 * len(words(node)) < svg.WIDTH
    beside = [float(node.get("x")) for node in nodes if words(node) in map(misses.written_off, (0.25, 0.031, 499.25))]
    assert len(beside) == len(SOME)
    assert min(beside) > misses.RIGHT + misses.RADIUS + 1


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


def test_one_dot_is_a_figure():
    picture = parsed(misses.draw([misses.Miss("exactly one", 1.0)]))
    (dot,) = picture.iter("circle")
    assert float(dot.get("cx")) == pytest.approx(ticks_of(picture)[0])


@pytest.mark.parametrize("off", [0, -1, float("nan"), float("inf")])
def test_an_error_that_is_none_is_refused(off):
    with pytest.raises(ValueError, match="“odd” is off by"):
        misses.draw([misses.Miss("odd", off)])


def test_nothing_and_too_much_are_refused():
    with pytest.raises(ValueError, match="nothing to draw"):
        misses.draw([])
    with pytest.raises(ValueError, match="room for 8"):
        misses.draw([misses.Miss("small", 1e-9), misses.Miss("large", 1.0)])
