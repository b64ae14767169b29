"""The printed programs, written anew: what they return is compared with programs that share nothing with them."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import cost, draws, museum, oracle, scalar, truncated

SEEDS = st.integers(0, 200)


def walked(letters, truncate):
    given_ = cost.given(**letters)
    return museum.walk(**{name: given_[name] for name in ("W", "V", "s", "D", "g")}, truncate=truncate)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 10))
def test_the_printed_loop_is_a_window_that_is_one_longer(seed, truncate):
    letters = draws.rnn(seed)
    found, T = walked(letters, truncate), len(letters["x"])
    right = truncated.sliding(**letters, window=truncate + 1).W
    np.testing.assert_allclose(found.W, right, rtol=0, atol=1e-14 * np.abs(right).max())
    assert found.steps == [min(t, truncate + 1) for t in range(1, T + 1)]
    if truncate < T:
        shorter = truncated.sliding(**letters, window=truncate).W
        assert np.abs(found.W - shorter).max() > 1e-6 * np.abs(right).max()


@pytest.mark.parametrize(("truncate", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError)])
def test_a_loop_is_given_a_whole_number(truncate, error):
    with pytest.raises(error, match="truncate is"):
        walked(draws.rnn(), truncate)


@settings(deadline=None)
@given(SEEDS)
def test_factors_of_one_give_the_derivative_itself(seed):
    letters = draws.scalar(seed)
    T = len(letters["x"])
    found = museum.stand_ins(np.ones(T), **letters)

    def last_state(w, t):
        return scalar.states(**letters | {"w": w[()], "x": letters["x"][:t]})[-1]

    right = [oracle.complex_step(partial(last_state, t=t), letters["w"]) for t in range(1, T + 1)]
    np.testing.assert_allclose(found.printed, right, rtol=1e-13)
    np.testing.assert_allclose(found.meant, right, rtol=1e-13)


@settings(deadline=None)
@given(SEEDS, st.integers(1, 4))
def test_a_zero_ends_the_walk_in_one_of_the_two_alone(seed, cut):
    letters = draws.scalar(seed)
    T = len(letters["x"])
    xi = np.ones(T)
    xi[cut] = 0
    found = museum.stand_ins(xi, **letters)
    assert found.meant[-1] == pytest.approx(scalar.terms(**letters)[cut:].sum(), rel=1e-13)
    assert (found.printed[-1] == pytest.approx(scalar.derivative(**letters), rel=1e-13)) == (cut < T - 1)


@settings(deadline=None)
@given(SEEDS, st.floats(0.1, 0.9))
def test_both_have_the_right_mean_and_one_has_two_values(seed, pi):
    letters = draws.scalar(seed)
    right = scalar.derivative(**letters)
    found = museum.outcomes(pi, **letters)
    scale = max(abs(value) for chances in found for value in chances)
    for chances in found:
        assert sum(chances.values()) == pytest.approx(1)
        assert sum(value * chance for value, chance in chances.items()) == pytest.approx(right, abs=1e-12 * scale)
    assert len(found.printed) == 2
    assert len(found.meant) == len(letters["x"])


@pytest.mark.parametrize("pi", [0, 1, -0.5, float("nan")])
def test_a_chance_is_between_zero_and_one(pi):
    with pytest.raises(ValueError, match="pi is"):
        museum.outcomes(pi, **draws.scalar())


def test_patterns_are_counted_before_they_are_gone_through():
    with pytest.raises(ValueError, match="T is 17"):
        museum.outcomes(0.5, **draws.scalar() | {"x": np.ones(17)})
    with pytest.raises(ValueError, match="T is 0"):
        museum.outcomes(0.5, **draws.scalar() | {"x": []})
    with pytest.raises(ValueError, match=r"xi has shape \(2,\); it must be \(5,\)"):
        museum.stand_ins([1, 1], **draws.scalar())


def test_nothing_that_is_given_is_changed():
    letters = draws.rnn()
    before = {name: np.copy(value) for name, value in letters.items()}
    walked(letters, 2)
    xi = np.ones(5)
    museum.stand_ins(xi, **draws.scalar())
    assert all(np.array_equal(before[name], letters[name]) for name in letters)
    assert np.array_equal(xi, np.ones(5))
