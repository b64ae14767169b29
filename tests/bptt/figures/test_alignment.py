"""The figure of the noise: every point is a mean of computed cosines, and stands where the axes say."""

import re
from math import log2, sqrt

import numpy as np
import pytest

from bptt import oracle, rnn, uoro
from bptt.figures import alignment


def points(colour):
    html = alignment.draw()._repr_html_()
    return [
        (float(x), float(y))
        for x, y, fill in re.findall(r'<circle cx="([0-9.]+)" cy="([0-9.]+)" r="3.2" fill="([^"]+)"', html)
        if fill == colour
    ]


def test_the_first_point_is_the_mean_cosine_of_single_estimates():
    letters, (T, n, _, _) = alignment.network(), alignment.SIZES
    right = oracle.complex_step(lambda W: rnn.loss(**letters | {"W": W}), letters["W"]).ravel()
    signs = np.random.default_rng(1).choice([-1.0, 1.0], (alignment.DRAWN, T + 1, n))
    singles = [uoro.estimate(one, **letters).W.ravel() for one in signs[:200]]
    cosines = [one @ right / np.linalg.norm(one) / np.linalg.norm(right) for one in singles]
    noise = np.std(cosines) / sqrt(len(cosines))
    assert alignment.measure().balanced[0] == pytest.approx(np.mean(cosines), abs=4 * noise)


def test_noise_shrinks_like_the_root_of_the_number_of_estimates():
    """A mean of N estimates has the cosine 1 / sqrt(1 + v**2 / N), nearly; each N gives nearly the same v."""
    for cosines in (alignment.measure().balanced, alignment.measure().unbalanced):
        spreads = [sqrt(count * (1 / c**2 - 1)) for count, c in zip(alignment.COUNTS, cosines, strict=True)]
        assert max(spreads[2:9]) < 1.3 * min(spreads[2:9])


def test_the_points_stand_where_the_cosines_are():
    found = alignment.measure()
    for cosines, colour in ((found.balanced, alignment.ACCENTS[0]), (found.unbalanced, alignment.ACCENTS[1])):
        drawn = np.array(points(colour))
        heights = (alignment.BOTTOM - drawn[:, 1]) / (alignment.BOTTOM - alignment.TOP)
        np.testing.assert_allclose(heights, cosines, atol=1e-3)
        across = (drawn[:, 0] - alignment.LEFT) / (alignment.RIGHT - alignment.LEFT)
        np.testing.assert_allclose(across, [log2(count) / 10 for count in alignment.COUNTS], atol=1e-3)


def test_the_description_tells_the_ends():
    found = alignment.measure()
    for value in (found.balanced[0], found.balanced[-1], found.unbalanced[0], found.unbalanced[-1], found.window):
        assert f"{value:.2f}" in alignment.draw().alt
    assert alignment.draw(alt="A picture of nothing much.").alt == "A picture of nothing much."
