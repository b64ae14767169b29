"""The figure of the difference quotients: its errors are true errors, and the curves have the shape that is claimed."""

from xml.etree import ElementTree as ET

import mpmath
import numpy as np
import pytest

from bptt import draws
from bptt.figures import loglog, v_curves


def by_mpmath(w, u, x, s_0):
    """ds_T/dw with sixty digits, by the product rule."""
    with mpmath.workdps(60):
        s, ds = mpmath.mpf(s_0), mpmath.mpf(0)
        for x_t in x:
            before, s = s, mpmath.tanh(mpmath.mpf(u) * mpmath.mpf(float(x_t)) + mpmath.mpf(w) * s)
            ds = (1 - s**2) * (before + mpmath.mpf(w) * ds)
        return ds


@pytest.mark.parametrize("letters", [draws.example(), draws.scalar(1), draws.scalar(2)], ids=["example", "1", "2"])
def test_the_reference_has_fifty_digits(letters):
    exact = by_mpmath(**letters)
    with mpmath.workdps(60):
        found = mpmath.mpf(str(v_curves.derivative(**letters)))
        assert abs(found / exact - 1) < mpmath.mpf("1e-50")


def test_the_errors_follow_the_theorem_on_the_right():
    """Ten times the step: ten times the error of the forward difference, a hundred times that of the others."""
    found = v_curves.measure(**draws.example())
    h = {exponent: int(np.argmin(abs(found.h - 10.0**exponent))) for exponent in (-5, -4, -3, -2)}
    assert found.forward[h[-4]] / found.forward[h[-5]] == pytest.approx(10, rel=0.01)
    assert found.central[h[-2]] / found.central[h[-3]] == pytest.approx(100, rel=0.01)
    assert found.complex_step[h[-2]] / found.complex_step[h[-3]] == pytest.approx(100, rel=0.01)
    assert found.complex_step[h[-3]] / found.central[h[-3]] == pytest.approx(1, rel=0.01)


def test_only_the_complex_step_stays_right_for_small_steps():
    found = v_curves.measure(**draws.example())
    small = found.h < 1e-8
    assert found.complex_step[small].max() < 1e-15
    assert found.forward[small].max() > 1e-2
    assert found.central[small].max() > 1e-2
    assert 1e-11 < found.forward.min() < 1e-7
    assert 1e-14 < found.central.min() < 1e-9


def test_the_curves_are_what_was_measured():
    html = v_curves.draw(**draws.example())._repr_html_().replace(' xmlns="http://www.w3.org/2000/svg"', "")
    picture = ET.fromstring(html)  # noqa: S314  # our own text
    lines = [np.array([p.split(",") for p in n.get("points").split()], float) for n in picture.iter("polyline")]
    curves = [points for points in lines if len(points) == len(v_curves.EXPONENTS)]
    found = v_curves.measure(**draws.example())
    for points, errors in zip(curves, (found.forward, found.central, found.complex_step), strict=True):
        share = (loglog.BOTTOM - points[:, 1]) / (loglog.BOTTOM - loglog.TOP)
        read = 10 ** (np.log10(v_curves.LEAST) + share * np.log10(v_curves.MOST / v_curves.LEAST))
        np.testing.assert_allclose(read, np.clip(errors, v_curves.LEAST, v_curves.MOST), rtol=2e-3)


def test_the_description_tells_how_good_each_becomes():
    alt = v_curves.draw(**draws.example()).alt
    assert "The forward comes to 10⁻⁹ at its best near h = 10⁻⁸." in alt
    assert "The complex step comes to 10⁻¹⁶ at its best." in alt or "10⁻¹⁷" in alt


def test_powers_of_ten_are_written_with_raised_digits():
    assert loglog.power_of_ten(-16) == "10⁻¹⁶"
    assert loglog.decades(0, 4, 2) == {1.0: "10⁰", 100.0: "10²", 10000.0: "10⁴"}
