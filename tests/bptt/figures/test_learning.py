"""The falling loss: means stand where their values say, names do not touch, and what cannot be drawn is refused."""

import re
from itertools import pairwise

import numpy as np
import pytest

from bptt.figures import learning

ALT = "A curve that falls from five bits to two, and three lines."
LOSSES = np.linspace(5, 2, 400)


def drawn(losses=LOSSES, levels=None, held_out=2.5):
    return learning.draw(losses, levels or {"pairs": 3.0}, held_out=held_out, alt=ALT)._repr_html_()


def height(bits, low=2, high=5):
    return learning.BOTTOM - (bits - low) / (high - low) * (learning.BOTTOM - learning.TOP)


def test_the_curve_goes_through_the_means():
    (corners,) = re.findall(r'<polyline points="([^"]+)" fill="none" stroke="[^"]+" stroke-width="2"', drawn())
    points = [tuple(map(float, pair.split(","))) for pair in corners.split()]
    assert len(points) == learning.POINTS
    for i in (0, 50, 99):
        x, y = points[i]
        assert x == pytest.approx(learning.LEFT + (4 * i + 2) / 400 * (learning.RIGHT - learning.LEFT), abs=0.01)
        assert y == pytest.approx(height(LOSSES[4 * i : 4 * i + 4].mean()), abs=0.01)


def test_levels_and_the_dot_stand_at_their_values():
    html = drawn()
    (dashed,) = re.findall(r'<polyline points="([^"]+)"[^>]*stroke-dasharray', html)
    assert [float(pair.split(",")[1]) for pair in dashed.split()] == pytest.approx([height(3.0)] * 2, abs=0.01)
    assert float(re.search(r'<circle cx="[0-9.]+" cy="([0-9.]+)"', html)[1]) == pytest.approx(height(2.5), abs=0.01)


def test_names_that_would_touch_are_moved_apart():
    html = drawn(levels={"aa": 2.01, "bb": 2.0, "cc": 2.02}, held_out=2.015)
    places = [
        float(re.search(rf'<text x="[0-9.]+" y="([0-9.]+)"[^>]*>(?:<tspan[^>]*>)?{name} 2.0', html)[1])
        for name in ("bb", "aa", "held out", "cc")
    ]
    assert all(before - after >= learning.ROOM - 0.01 for before, after in pairwise(places))
    assert places[0] <= learning.BOTTOM + 5


@pytest.mark.parametrize("losses", [[1.0], [[1.0, 2.0]], [1.0, np.nan]])
def test_what_cannot_be_drawn_is_refused(losses):
    with pytest.raises(ValueError, match=r"losses has shape .*; it must hold at least 2 finite numbers"):
        drawn(losses)
