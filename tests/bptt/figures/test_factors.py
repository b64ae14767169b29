"""The tables of a product: their shades are their numbers, and a product that is none is refused."""

import re

import numpy as np
import pytest

from bptt.figures import factors

ROW, D, W = np.array([1.0, -2.0]), np.diag([3.0, 4.0]), np.array([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]])


def test_a_cell_is_as_dark_as_its_number_is_large():
    html = factors.draw([("row", ROW), ("D", D), ("W", W)], ROW @ D @ W, "result")._repr_html_()
    shades = [float(shade) for shade in re.findall(r'fill-opacity="([0-9.]+)"', html)]
    tables = [ROW @ D @ W, ROW, D.ravel(), W.ravel()]
    expected = np.concatenate([0.85 * np.abs(table) / np.abs(table).max() for table in tables])
    np.testing.assert_allclose(shades, expected, atol=0.006)
    assert html.count("accent-2") == sum(int((table <= 0).sum()) for table in tables)


def test_the_sizes_are_written_below():
    html = factors.draw([("row", ROW), ("W", W)], ROW @ W, "result")._repr_html_()
    assert [f"{a} × {b}" in html for a, b in ((1, 3), (1, 2), (2, 3))] == [True] * 3


def test_a_wrong_product_is_refused():
    with pytest.raises(ValueError, match="row · D is"):
        factors.draw([("row", ROW), ("D", D)], ROW, "result")


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"the tables need .* units and have 420"):
        factors.draw([("a", np.ones((1, 12))), ("b", np.ones((12, 12)))], 12 * np.ones(12), "c")
