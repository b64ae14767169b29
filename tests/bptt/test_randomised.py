"""The mean over all patterns is the gradient that an oracle finds, and the noise is what theory says for one unit."""

import numpy as np
import pytest

from bptt import backward, draws, oracle, randomised, rnn


@pytest.mark.parametrize("chance", [0.2, 0.5, 1.0])
def test_the_patterns_are_all_that_can_happen(chance):
    found = list(randomised.patterns(5, chance))
    assert len({tuple(xi) for xi, _ in found}) == 16
    assert sum(likely for _, likely in found) == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(sum(likely * xi for xi, likely in found), np.ones(4), rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("chance", [0.3, 0.8])
def test_the_mean_gradient_is_that_of_the_loss(seed, chance):
    letters = draws.rnn(seed)
    s = rnn.forward(**letters).s
    found = randomised.expected(chance, **letters).T @ s[:-1]
    outside = oracle.complex_step(lambda W: rnn.loss(**letters | {"W": W}), letters["W"])
    np.testing.assert_allclose(found, outside, rtol=1e-9, atol=1e-13)


def test_ones_are_the_full_walk_and_a_zero_ends_it():
    letters = draws.rnn()
    T = len(letters["x"])
    np.testing.assert_allclose(randomised.errors(np.ones(T - 1), **letters), backward.backward(**letters).delta)
    xi = np.ones(T - 1)
    xi[2] = 0
    first_three = letters | {"x": letters["x"][:3], "y": letters["y"][:3]}
    stopped = randomised.errors(xi, **letters)
    np.testing.assert_allclose(stopped[:3], backward.backward(**first_three).delta)
    np.testing.assert_allclose(stopped[3:], backward.backward(**letters).delta[3:])


@pytest.mark.parametrize("chance", [0.4, 0.9])
def test_the_noise_of_two_steps_is_that_of_one_coin(chance):
    """Only delta_1 is random, by one factor xi_1, whose variance is 1/p - 1."""
    letters = {name: value[:2] if name in {"x", "y"} else value for name, value in draws.rnn().items()}
    s = rnn.forward(**letters).s
    full, cut = randomised.errors([1.0], **letters), randomised.errors([0.0], **letters)
    carried = np.linalg.norm(np.outer(full[0] - cut[0], s[0]))
    expected = np.sqrt(1 / chance - 1) * carried / np.linalg.norm(full.T @ s[:-1])
    assert randomised.spread(chance, **letters) == pytest.approx(expected, rel=1e-9)


def test_a_smaller_chance_makes_more_noise_and_certainty_none():
    noise = [randomised.spread(chance, **draws.rnn()) for chance in (1.0, 0.9, 0.6, 0.3)]
    assert noise[0] == pytest.approx(0, abs=1e-12)
    assert noise == sorted(noise)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: list(randomised.patterns(17, 0.5)),
            r"T is 17; to go through 2\^\(T-1\) patterns it must be from 1 to 16",
        ),
        (lambda: list(randomised.patterns(3, 0)), r"p is 0; a chance to walk on must be above 0"),
        (lambda: list(randomised.patterns(3, 1.5)), r"p is 1.5; .* at most 1"),
        (lambda: randomised.errors([1.0], **draws.rnn()), r"xi has shape \(1,\); it must be \(4,\), one less than"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
