"""Norms of journeys against journeys that are simulated, and exponents against those that are known."""

import numpy as np
import pytest

from bptt import growth, oracle

SHEAR = np.array([[0.9, 10.0], [0.0, 0.9]])


def random_net(seed, n=4, T=7):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, n)), rng.normal(size=n) / 2, rng.normal(size=(T, n)) / 2


def test_the_powers_of_a_shear():
    found = growth.powers(SHEAR, 12)
    for t in (0, 1, 10, 12):
        power = np.array([[0.9**t, t * 10 * 0.9 ** max(t - 1, 0)], [0, 0.9**t]])
        assert found[t] == pytest.approx(np.sqrt(np.linalg.eigvalsh(power.T @ power)[-1]), rel=1e-12, abs=0)
    assert found.argmax() == 9
    assert found[10] == pytest.approx(38.745, abs=5e-4)


def test_the_spectral_radius():
    assert growth.spectral_radius(SHEAR) == pytest.approx(0.9, rel=1e-6)
    turn = 3 * np.array([[np.cos(1), -np.sin(1)], [np.sin(1), np.cos(1)]])  # a pair of complex eigenvalues
    assert growth.spectral_radius(turn) == pytest.approx(3, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_norm_is_that_of_a_journey_that_is_run_again(seed):
    W, s_0, x = random_net(seed)

    def last(start, T):
        s = start
        for x_t in x[:T]:
            s = np.tanh(W @ s + x_t)
        return s

    found = growth.travelled(W, growth.states(W, s_0, x))
    for T in (0, 1, 3, 7):
        jacobian = oracle.complex_step(lambda start, T=T: last(start, T), s_0) if T else np.eye(len(W))
        assert found.norm[T] == pytest.approx(np.sqrt(np.linalg.eigvalsh(jacobian.T @ jacobian)[-1]), rel=1e-9, abs=0)


@pytest.mark.parametrize("seed", range(6))
def test_the_bounds_hold_and_are_reached_where_the_draw_says_so(seed):
    letters = growth.journey(seed)
    W, U, b = letters["W"], letters["U"], letters["b"]
    s = growth.states(W, letters["s_0"], letters["x"] @ U.T + b)
    found = growth.travelled(W, s)
    assert (found.least <= found.norm * (1 + 1e-12)).all()
    assert (found.norm <= found.most * (1 + 1e-12)).all()
    sharp = seed % 3 < 2
    assert np.allclose(found.least, found.most, rtol=1e-9) == sharp
    sizes = np.abs(s)
    assert np.allclose(sizes, sizes[:, :1], rtol=1e-6) == sharp


@pytest.mark.parametrize("w", [0.5, 1.7])
def test_the_exponent_of_one_unit_that_stays_at_zero(w):
    assert growth.exponent([[w]], np.zeros((5001, 1))) == pytest.approx(np.log(w), rel=1e-12)  # 1.7**5000 is too large


def test_the_exponent_is_the_logarithm_of_the_norm():
    W, s_0, x = random_net(3)
    s = growth.states(W, s_0, x)
    assert growth.exponent(W, s) == pytest.approx(np.log(growth.travelled(W, s).norm[-1]) / len(x), rel=1e-12)


def test_the_inputs_lead_through_the_states():
    rng = np.random.default_rng(0)
    U, W, b, s = rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=3), rng.uniform(-0.9, 0.9, (6, 3))
    x = growth.inputs(U, W, b, s)
    np.testing.assert_allclose(growth.states(W, s[0], x @ U.T + b), s, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: growth.powers(np.ones((2, 3)), 3), r"W has shape \(2, 3\); it must be square, with at least one row"),
        (lambda: growth.powers([[np.nan]], 3), r"W holds NaN or infinity; every number must be finite"),
        (lambda: growth.exponent([[1.0]], [[0.0]]), r"s holds 1 state; there must be at least one step"),
        (lambda: growth.exponent([[1.0]], [[0.0], [1.0]]), r"the derivative of s_1 by s_0 is zero"),
        (
            lambda: growth.inputs([[1.0]], [[1.0]], [0.0], [[0.0], [1.5]]),
            r"s holds 1.5 in absolute value; tanh reaches",
        ),
        (lambda: growth.inputs([1.0], [[1.0]], [0.0], [[0.0]]), r"U has shape \(1,\); it must be square"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
