"""Every value of the free indices is tried, and none is left out in silence."""

import pytest

from recompute.errors import FormulaError
from recompute.parse import parse
from recompute.ranges import assignments
from recompute.world import World

WORLD = World({"T": 4, "n": 2, "a": 1.0, "s_0": 1.0})


def values(tex, **ranges):
    return [tuple(found.values()) for found in assignments(parse(tex), WORLD, ranges)]


RANGES = {
    r"t = t \qquad 1 \le t \le T": [(1,), (2,), (3,), (4,)],
    r"t = t \qquad T \ge t > n": [(3,), (4,)],
    r"t = t \qquad 1 \le t \le T, t \ne 2": [(1,), (3,), (4,)],
    r"t = t \qquad t = 3": [(3,)],
    r"t = t \qquad 3 = t": [(3,)],
    r"t = k \qquad 1 \le k < t \le 3": [(1, 2), (1, 3), (2, 3)],
    r"t = k \qquad 3 \ge t > k \ge 1": [(2, 1), (3, 1), (3, 2)],
    r"t = k \qquad k < t, 1 \le k \le 2, t \le 3": [(1, 2), (1, 3), (2, 3)],
    r"k = t \qquad t < k \le t + 2, 1 \le t \le 2": [(1, 2), (1, 3), (2, 3), (2, 4)],
    r"t = 1 \qquad t = 2 k, 1 \le k \le 3": [(1, 2), (2, 4), (3, 6)],
    r"t = i \qquad 1 \le t \le 2, 1 \le i \le 2": [(1, 1), (1, 2), (2, 1), (2, 2)],
    r"t = t \qquad -1 \le t \le 1": [(-1,), (0,), (1,)],
    r"t = t \qquad 3 \le t \le 2": [],
    "a = a": [()],
}


@pytest.mark.parametrize(("tex", "expected"), RANGES.items(), ids=list(RANGES))
def test_a_stated_range_has_these_values(tex, expected):
    assert sorted(values(tex)) == sorted(expected)


def test_a_cell_may_give_what_the_formula_does_not_state():
    assert values("t = t", t=range(2, 4)) == [(2,), (3,)]
    assert values(r"t = k \qquad 1 \le k < t", t=[2, 3]) == [(2, 1), (3, 1), (3, 2)]


REFUSED = {
    r"t = t \qquad t \le T": "the index t has no bound on one side",
    r"t = t \qquad 1 < t": "the index t has no bound on one side",
    r"t = t \qquad t \ne 3": "the index t has no bound on one side",
    r"t = k \qquad k < t \le 3": "the index k has no bound on one side",
    r"t = t \qquad t + 1 \le T": "the index t has no bound on one side",
    r"t = t \qquad 1 \le t \ge 0": "the index t has no bound on one side",
    r"a = a \qquad 1 \le t \le T": "the index t is not used",
    r"t = t \qquad 1 \le t \le T, 1 \le k \le T": "the index k is not used",
    r"a = a \qquad T = 4": "this range has no index",
    r"t = t \qquad 1 \le t \le T, s_0 = 0": "this range has no index",
    r"t = t \qquad 1 \le t \le a_1": "a number",
    r"t = t \qquad 1 \le t \le 10^9": "1,000,000,000 values of the index t",
    r"t = k \qquad 1 \le t \le 9000, 1 \le k \le 9000": "more than 10,000 values",
    r"t = t \qquad 1 \le t \le 2.5": "an index must be a whole number",
}


@pytest.mark.parametrize(("tex", "problem"), REFUSED.items(), ids=list(REFUSED))
def test_a_range_that_leaves_something_open_is_refused(tex, problem):
    with pytest.raises(FormulaError, match=problem):
        values(tex)


@pytest.mark.parametrize(
    ("tex", "ranges", "problem"),
    [
        (r"t = t \qquad 1 \le t \le T", {"t": [1]}, "the formula states the range of t itself"),
        (r"t = t \qquad 1 \le t, t \le T", {"t": [1]}, "the formula states the range of t itself"),
        (r"t = t \qquad t = 3", {"t": [1]}, "the formula states the range of t itself"),
        ("t = t", {"k": [1]}, "k is no free index of this formula"),
        ("a = a", {"a": [1]}, "a is no free index of this formula"),
    ],
    ids=["narrowed", "narrowed in two conditions", "narrowed to one", "misspelt", "a quantity"],
)
def test_a_cell_may_not_narrow_what_the_formula_says(tex, ranges, problem):
    with pytest.raises(FormulaError, match=problem):
        values(tex, **ranges)
