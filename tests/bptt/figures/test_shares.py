"""The bars of the copies: what they show is what the formulas give, and they end where the shared weight ends."""

import re

import numpy as np
import pytest

from bptt import draws, oracle, scalar
from bptt.figures import shares


@pytest.mark.parametrize("seed", range(4))
def test_the_answers_are_the_terms_and_the_derivative(seed):
    letters = draws.scalar(seed) | {"x": draws.scalar(seed)["x"][:4]}
    alone, shared = shares.measure(**letters)
    np.testing.assert_allclose(alone, scalar.terms(**letters), rtol=1e-6)
    outside = oracle.complex_step(lambda w: scalar.states(**letters | {"w": w})[-1], letters["w"])
    np.testing.assert_allclose(shared, outside, rtol=1e-6)


def test_the_bars_are_as_long_as_their_numbers():
    html = shares.draw(**draws.example())._repr_html_()
    widths = [float(width) for width in re.findall(r'<rect [^>]*? width="([0-9.]+)"', html)]
    alone, shared = shares.measure(**draws.example())
    np.testing.assert_allclose(np.array(widths) / widths[-1], [*(alone / shared), 1], atol=1e-3)
    for value in (*alone, shared):
        assert f"{value:.4f}" in html


def test_the_description_names_every_number():
    drawing = shares.draw(**draws.example())
    assert "0.1824" in drawing.alt
    assert "0.6967" in drawing.alt


def test_too_many_steps_are_refused():
    with pytest.raises(ValueError, match=r"x has 5 steps; the figure has room for 1 to 4 copies"):
        shares.draw(**draws.scalar())
