"""The scalar recursion against oracles that share no code with it, and its wrong derivative against its right one."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import draws, oracle, scalar

seeds = st.integers(0, 2**32 - 1)


def last_state_in_50_digits(w, u, x, s_0):
    s = mpmath.mpf(s_0)
    for x_t in x:
        s = mpmath.tanh(mpmath.mpf(u) * mpmath.mpf(float(x_t)) + w * s)
    return s


def derivative_in_50_digits(w, u, x, s_0):
    """Run the program twice in 50 digits, 1e-15 to either side of w: 30 digits of the quotient are right."""
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -15
        ahead = last_state_in_50_digits(mpmath.mpf(w) + h, u, x, s_0)
        behind = last_state_in_50_digits(mpmath.mpf(w) - h, u, x, s_0)
        return float((ahead - behind) / (2 * h))


def draw(seed, T):
    rng = np.random.default_rng(seed)
    w, u, s_0 = rng.uniform(-1.2, 1.2, 3)
    return {"w": w, "u": u, "x": rng.uniform(-1.2, 1.2, T), "s_0": s_0}


def last_state(letters):
    return lambda w: scalar.states(**letters | {"w": w})[-1]


@settings(deadline=None)
@given(seeds, st.integers(0, 12))
def test_the_terms_add_up_to_what_every_oracle_says(seed, T):
    letters = draw(seed, T)
    total = scalar.terms(**letters).sum()
    told = {
        "50 digits": derivative_in_50_digits(**letters),
        "recursion": scalar.derivative(**letters),
    }
    if T:  # without a step the program never uses w, and there is no imaginary part to follow
        told["complex step"] = oracle.complex_step(last_state(letters), letters["w"])
    for name, value in told.items():
        assert value == pytest.approx(total, rel=1e-12, abs=1e-14), f"{name}: {value}, sum of the terms: {total}"
    estimate = oracle.central_difference(last_state(letters), letters["w"])
    assert abs(estimate.value - total) <= 3 * estimate.error + 1e-15
    assert estimate.error < 1e-8


@settings(deadline=None)
@given(seeds)
def test_every_intermediate_derivative_is_that_of_its_state(seed):
    letters = draw(seed, 6)
    told = oracle.complex_step(lambda w: scalar.states(**letters | {"w": w}), letters["w"])
    np.testing.assert_allclose(scalar.derivatives(**letters), told, rtol=1e-12, atol=1e-14)


@settings(deadline=None)
@given(seeds)
def test_term_k_is_what_the_k_th_use_of_w_contributes(seed):
    """Give every step a weight of its own; the derivative with respect to the k-th is the k-th term."""
    letters = draw(seed, 6)

    def last_state_with_own_weights(weights):
        s = letters["s_0"]
        for weight, x_t in zip(weights, letters["x"], strict=True):
            s = scalar.states(weight, letters["u"], [x_t], s)[-1]
        return s

    told = oracle.complex_step(last_state_with_own_weights, np.full(6, letters["w"]))
    np.testing.assert_allclose(scalar.terms(**letters), told, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("letters", [draws.scalar(), draws.example()], ids=["draw", "example"])
def test_the_frozen_derivative_is_the_last_term_and_far_from_the_total(letters):
    frozen, total = scalar.frozen(**letters), scalar.derivative(**letters)
    assert frozen == pytest.approx(scalar.terms(**letters)[-1], rel=1e-14, abs=0)
    assert abs(frozen - total) > 0.4 * abs(total)


@settings(deadline=None)
@given(seeds)
def test_the_frozen_derivative_is_the_slope_of_the_frozen_experiment(seed):
    letters = draw(seed, 4)
    told = oracle.complex_step(lambda nudged: scalar.frozen_state(nudged, **letters), letters["w"])
    assert told == pytest.approx(scalar.frozen(**letters), rel=1e-13)
    assert scalar.frozen_state(letters["w"], **letters) == scalar.states(**letters)[-1]


def test_one_step_has_nothing_to_forget():
    letters = draws.scalar() | {"x": [0.3]}
    assert scalar.frozen(**letters) == pytest.approx(scalar.derivative(**letters), rel=1e-14)


def test_no_step_at_all():
    letters = {"w": 0.5, "u": 0.5, "x": [], "s_0": 0.25}
    assert scalar.states(**letters).tolist() == [0.25]
    assert scalar.terms(**letters).shape == (0,)
    assert scalar.derivative(**letters) == scalar.frozen(**letters) == 0
    assert scalar.frozen_state(0.7, **letters) == 0.25


def test_states_and_slopes_by_hand():
    s = scalar.states(0.5, 2.0, [1.0, -1.0], 1.0)
    assert s.tolist() == [1.0, np.tanh(2.5), np.tanh(-2.0 + 0.5 * np.tanh(2.5))]
    assert scalar.slopes([0.0, 0.5, -1.0]).tolist() == [1.0, 0.75, 0.0]


def test_complex_numbers_stay_complex():
    letters = draws.scalar() | {"w": 0.5 + 0.1j}
    assert scalar.states(**letters).dtype == complex
    assert isinstance(scalar.derivative(**letters), complex)
    assert isinstance(scalar.derivative(**draws.scalar()), float)


def test_inputs_are_neither_changed_nor_kept():
    x = np.array([0.1, 0.2])
    before = x.copy()
    s = scalar.states(0.5, 0.5, x, 0.5)
    s[:] = 7
    assert (x == before).all()


@pytest.mark.parametrize(
    ("letters", "error", "message"),
    [
        ({"w": "a"}, TypeError, "w has dtype <U1; it must hold real or complex numbers."),
        ({"w": None}, TypeError, "w has dtype object; it must hold real or complex numbers."),
        ({"u": [1.0, 2.0]}, ValueError, "u has shape (2,); it must be one number."),
        ({"x": 3.0}, ValueError, "x has shape (); it must be a sequence of numbers with shape (T,)."),
        ({"x": [[1.0]]}, ValueError, "x has shape (1, 1); it must be a sequence of numbers with shape (T,)."),
        ({"s_0": float("nan")}, ValueError, "s_0 holds NaN or infinity: nan; every number must be finite."),
        ({"x": [1.0, float("inf")]}, ValueError, "x holds NaN or infinity: [1.0, inf]; every number must be finite."),
    ],
)
@pytest.mark.parametrize(
    "function", [scalar.states, scalar.terms, scalar.derivative, scalar.derivatives, scalar.frozen]
)
def test_bad_arguments(function, letters, error, message):
    with pytest.raises(error) as caught:
        function(**draws.scalar() | letters)
    assert str(caught.value) == message
