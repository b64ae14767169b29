"""The figure of the three ways: it shows what was counted, on axes where a power is a straight line."""

import re
from math import comb, log2
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from bptt.figures import costs, loglog, svg


def parsed(drawing):
    html = drawing._repr_html_().replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return ET.fromstring(html)  # noqa: S314  # our own text


def expected(T):
    n, m, q = costs.SIZES
    visits, apart = comb(T + 1, 2), comb(T, 2)
    return {
        "one sweep": 2 * T * n * q + T * n * (n + m + 1) + (T - 1) * n * n,
        "a walk per loss": 2 * T * n * q + visits * n * (n + m + 1) + apart * n * n,
        "all products": 2 * T * n * q + visits * n * (2 * n + m + 1) + comb(T + 1, 3) * (n**3 + n * n),
    }


def test_what_is_measured_are_the_counts_of_the_chapter():
    found = costs.measure()
    for place, T in enumerate(costs.LENGTHS):
        assert {name: growth.counts[place] for name, growth in found.items()} == expected(T)
    for growth in found.values():
        assert growth.slope == pytest.approx(log2(growth.counts[-1] / growth.counts[-2]))


def test_the_dots_stand_where_the_counts_are():
    """Read them back with the help of the ticks alone."""
    picture = parsed(costs.draw())
    across, up = {}, {}
    for node in picture.iter("text"):
        words = "".join(node.itertext())
        if node.get("text-anchor") == "end":
            up[float(words[2:].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))] = float(node.get("y")) - 4.5
        elif re.fullmatch(r"\d+", words):
            across[log2(float(words))] = float(node.get("x"))
    dots = np.array([(float(dot.get("cx")), float(dot.get("cy"))) for dot in picture.iter("circle")])

    def read(places, ticks):
        (first, last) = (min(ticks), max(ticks))
        return first + (places - ticks[first]) / (ticks[last] - ticks[first]) * (last - first)

    counts = [count for growth in costs.measure().values() for count in growth.counts]
    np.testing.assert_allclose(2 ** read(dots[:, 0], across), np.tile(costs.LENGTHS, 3), rtol=2e-3)
    np.testing.assert_allclose(10 ** read(dots[:, 1], up), counts, rtol=2e-3)


def test_the_names_do_not_touch_and_stay_inside():
    names = [node for node in parsed(costs.draw()).iter("text") if float(node.get("x")) > loglog.RIGHT]
    places = sorted(float(node.get("y")) for node in names)
    assert len(names) == 6
    assert min(np.diff(places)) >= 15
    longest = max(len("".join(node.itertext())) for node in names)
    assert loglog.RIGHT + 10 + 7.6 * longest < svg.WIDTH + 5


def test_the_description_tells_the_counts_and_the_slopes():
    alt = costs.draw().alt
    for growth in costs.measure().values():
        assert str(growth.counts[-1]) in alt
        assert f"{growth.slope:.2f}" in alt
    assert costs.draw(alt="A picture of nothing much.").alt == "A picture of nothing much."
