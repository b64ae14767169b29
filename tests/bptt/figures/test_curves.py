"""Curves on a logarithmic axis: points stand where the logarithm says, bands hold their curve, names do not touch."""

import math
import re

import numpy as np
import pytest

from bptt.figures import curves
from bptt.figures.curves import Curve

ALT = "A curve that falls by a factor of ten in every step."
FALLING = 10.0 ** -np.arange(5)


def drawn(*several, **more):
    return curves.draw(several, **{"over": "steps", "what": "norm", "alt": ALT} | more)._repr_html_()


def points(html):
    return [
        [tuple(map(float, pair.split(","))) for pair in corners.split()]
        for corners in re.findall(r'<polyline points="([^"]+)" fill="none" stroke="[^"]+" stroke-width="2.5"', html)
    ]


def test_equal_factors_are_equal_distances():
    ((*one,),) = points(drawn(Curve("one", FALLING)))
    steps = np.diff(np.array(one), axis=0)
    assert np.allclose(steps, steps[0], atol=0.02)
    assert one[0] == (curves.LEFT, curves.TOP)
    assert one[-1] == (curves.RIGHT, curves.BOTTOM)


def test_what_lies_outside_is_cut_at_the_frame():
    ((*one,),) = points(drawn(Curve("one", FALLING), between=(1e-2, 1e1)))
    assert [y for _, y in one][2:] == [curves.BOTTOM] * 3
    assert one[0][1] == pytest.approx(curves.TOP + (curves.BOTTOM - curves.TOP) / 3, abs=0.01)


def test_the_band_lies_around_its_curve():
    html = drawn(Curve("one", FALLING, FALLING / 2, FALLING * 2), between=(1e-6, 1e2))
    (corners,) = re.findall(r'<polygon points="([^"]+)"', html)
    edge = [float(pair.split(",")[1]) for pair in corners.split()]
    upper, lower = edge[:5], edge[:4:-1]
    ((*one,),) = points(html)
    half = math.log10(2) / 8 * (curves.BOTTOM - curves.TOP)
    for (_, y), above, below in zip(one, upper, lower, strict=True):
        assert y - above == pytest.approx(half, abs=0.02)
        assert below - y == pytest.approx(half, abs=0.02)


@pytest.mark.parametrize("between", [(9.9e-5, 1.01), (1e-8, 1e-3), (1e-9, 1e1)])
def test_names_that_would_touch_are_moved_apart(between):
    several = [Curve(name, FALLING * factor) for name, factor in (("aa", 1), ("bb", 1.01), ("cc", 0.99))]
    html = drawn(*several, between=between)
    places = {
        name: float(re.search(rf'<text x="[0-9.]+" y="([0-9.]+)"[^>]*><tspan>{name}<', html)[1])
        for name in ("aa", "bb", "cc")
    }
    assert places["bb"] <= places["aa"] - curves.ROOM + 0.01
    assert places["aa"] <= places["cc"] - curves.ROOM + 0.01
    assert max(places.values()) <= curves.BOTTOM + 5


def test_powers_of_ten_are_named():
    html = drawn(Curve("one", FALLING))
    for name in ("1", "10⁻¹", "10⁻⁴"):
        assert f"<tspan>{name}</tspan>" in html


def test_dots_mark_the_values_and_the_axis_begins_where_it_is_told():
    html = drawn(Curve("one", FALLING), first=1, dots=True)
    assert html.count("<circle") == 5
    assert "<tspan>5</tspan>" in html
    assert "<tspan>0</tspan>" not in html


@pytest.mark.parametrize(
    ("several", "message"),
    [
        ([], r"there are 0 curves; the figure has colours for 1 to 4"),
        ([Curve("a", FALLING), Curve("b", FALLING[1:])], r"the curves have \[5, 4\] values; all must have as many"),
        ([Curve("a", [1.0, 0.0])], r"a holds \[1. 0.\]; a logarithmic axis has room for positive, finite numbers"),
        ([Curve("a", [1.0, 2.0], [1.0, -1.0], [1.0, 3.0])], r"a holds \[ 1. -1.\]"),
    ],
)
def test_what_cannot_be_drawn_is_refused(several, message):
    with pytest.raises(ValueError, match=message):
        drawn(*several)
