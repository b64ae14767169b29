"""The echo task: its gradients against the plain walk, its loss against the plain network, and the cliff."""

import numpy as np
import pytest

from bptt import echo, rnn, truncated

LAG = 2
LOG_2 = 0.6931


def drawn(seed=0, T=6, B=3):
    rng = np.random.default_rng(seed)
    parameters = {name: value + rng.normal(size=value.shape) / 2 for name, value in echo.start(seed).items()}
    return parameters, rng.integers(2, size=(T, B))


def one_sequence(parameters, x):
    y = np.concatenate([np.zeros(LAG, int), x[:-LAG]])
    mask = np.arange(len(x)) >= LAG
    return parameters | {"s_0": np.zeros(len(parameters["b"])), "x": x, "y": y, "mask": mask}


@pytest.mark.parametrize("window", [1, 3, 6, 9])
def test_the_gradients_are_those_of_one_sequence_after_the_other(window):
    parameters, x = drawn()
    found = echo.gradients(parameters, x, LAG, window)
    each = [truncated.sliding(**one_sequence(parameters, column), window=window) for column in x.T]
    for name, gradient in found.items():
        np.testing.assert_allclose(gradient, sum(getattr(one, name) for one in each), rtol=1e-10, atol=1e-13)


def test_the_loss_is_that_of_the_network_per_answer():
    parameters, x = drawn(1)
    each = [rnn.forward(**one_sequence(parameters, column)).total for column in x.T]
    assert echo.loss(parameters, x, LAG) == pytest.approx(sum(each) / (len(x) - LAG) / len(each), rel=1e-12)


def test_the_answer_is_the_symbol_of_lag_steps_ago():
    parameters, x = drawn(2)
    other = x.copy()
    other[-LAG:] = 1 - other[-LAG:]  # these are asked for by no step
    zero = parameters | {"W": 0 * parameters["W"], "U": 0 * parameters["U"]}
    assert echo.loss(zero, other, LAG) == echo.loss(zero, x, LAG)
    other = x.copy()
    other[:-LAG] = 1
    assert echo.loss(zero | {"c": np.array([0.0, 9.0])}, other, LAG) < 1e-3


@pytest.mark.parametrize("seed", [0, 2])
def test_nothing_is_taught_until_the_window_is_longer_than_the_lag(seed):
    short, long = echo.train(3, 3, seed=seed), echo.train(4, 3, seed=seed)
    assert abs(short - LOG_2) < 0.1
    assert long < 0.01


def test_with_a_short_lag_some_networks_echo_by_chance_and_learn_to_read_it():
    assert echo.train(1, 1, seed=0) < 0.2
    assert echo.train(1, 1, seed=1) > 0.6


def test_the_same_arguments_give_the_same_loss():
    assert echo.train(2, 1, steps=5) == echo.train(2, 1, steps=5)
    assert echo.train(2, 1, steps=5) != echo.train(2, 1, steps=5, seed=1)


@pytest.mark.parametrize("lag", [0, 14])
def test_a_lag_without_an_answer_is_refused(lag):
    with pytest.raises(ValueError, match=rf"lag is {lag}; the sequences have 14 steps, so it must be from 1 to 13"):
        echo.train(1, lag)


def test_a_window_below_one_is_refused():
    with pytest.raises(ValueError, match=r"window is 0; it must be at least 1"):
        echo.train(0, 1, steps=1)
