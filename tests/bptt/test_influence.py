"""The line of units against a simulation that knows no matrix, and the sign of its truncated derivative."""

from math import comb

import pytest

from bptt import influence


def first_unit(theta, n, p, steps):
    s = [0.0] * n
    for _ in range(steps):
        s = [(s[i] + (s[i + 1] if i + 1 < n else 0)) / 2 + (theta if i < p else -theta) for i in range(n)]
    return s[0]


@pytest.mark.parametrize(("n", "p"), [(3, 1), (7, 3), (6, 5)])
@pytest.mark.parametrize("window", [1, 2, 9])
def test_the_influence_is_how_the_first_unit_moves(n, p, window):
    moved = first_unit(1.5, n, p, window) - first_unit(0.5, n, p, window)  # it is linear in theta
    assert influence.influence(n, p, window) == pytest.approx(moved, rel=1e-12)


def test_in_the_end_it_is_twice_the_pluses_less_the_minuses():
    assert influence.influence(23, 10, None) == pytest.approx(2 * (10 - 13), rel=1e-12)
    assert influence.influence(23, 10, 500) == pytest.approx(-6, rel=1e-12)


@pytest.mark.parametrize(("n", "p", "window"), [(3, 1, 4), (7, 3, 13), (23, 10, 41)])
def test_the_sign_flips_at_the_window(n, p, window):
    assert influence.flip(n, p) == window
    assert influence.influence(n, p, window - 1) > 0 > influence.influence(n, p, window)


def test_the_wrong_sign_walks_uphill_and_the_right_one_down():
    wrong, right = influence.descent(7, 3, 10), influence.descent(7, 3, 20)
    assert wrong[-1] > 2 * wrong[100]
    assert right[-1] < right[100] / 2 < wrong[100]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: influence.line(3, 4), r"p is 4; of 3 units from 0 to 3 can have a plus"),
        (lambda: influence.influence(3, 1, 0), r"window is 0; it must be at least 1"),
        (lambda: influence.flip(4, 2), r"p is 2, half of n = 4; then the influence vanishes in the end"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("n", "p", "h"), [(7, 3, 4), (5, 2, 9)])
def test_it_is_a_sum_of_binomials(n, p, h):
    """The closed form of the page, for a window shorter than the line as well."""
    total = sum((1 if j <= p else -1) * comb(k, j - 1) / 2**k for k in range(h) for j in range(1, n + 1))
    assert influence.influence(n, p, h) == pytest.approx(total, rel=1e-12)
