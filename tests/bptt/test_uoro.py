"""The mean over all patterns of signs is the gradient that an oracle finds, whatever balances the two factors."""

import inspect

import numpy as np
import pytest

from bptt import draws, oracle, rnn, uoro

NAMES = ("U", "W", "b", "s_0")


def short(seed=0, T=4):
    """Three units and four steps, or two units and six, have few enough signs."""
    letters = draws.rnn(seed)
    return letters | {"x": letters["x"][:T], "y": letters["y"][:T]}


def told_by_oracle(letters, name):
    return oracle.complex_step(lambda value: rnn.loss(**letters | {name: value}), letters[name])


@pytest.mark.parametrize("letters", [short(), short(1, 6), short(3, 5), short(0, 1)], ids=["3", "2", "2b", "one step"])
def test_the_mean_is_the_gradient(letters):
    found = uoro.mean(**letters)
    for name in NAMES:
        told = told_by_oracle(letters, name)
        assert np.abs(getattr(found, name) - told).max() <= 1e-12 * np.abs(told).max(), name


def test_the_mean_is_the_gradient_without_balance_and_with_a_mask():
    letters = short() | {"mask": [0.5, 0, 1, 0.25]}
    signs = uoro.patterns(4, 3)
    for balanced in (True, False):
        found = uoro.estimate(signs, balanced=balanced, **letters)
        for name in NAMES:
            told = told_by_oracle(letters, name)
            assert np.abs(getattr(found, name).mean(axis=0) - told).max() <= 1e-12 * np.abs(told).max(), name


def test_column_times_row_is_the_influence_on_average():
    letters = short()
    told = oracle.complex_step(lambda W: rnn.forward(**letters | {"W": W}).s, letters["W"])
    for t, (s_tilde, row) in enumerate(uoro.walk(uoro.patterns(4, 3), **letters)):
        mean = np.einsum("pi,pjk->ijk", s_tilde, row.W) / len(s_tilde)
        np.testing.assert_allclose(mean, told[t], rtol=0, atol=1e-13)


def test_many_at_once_are_one_after_the_other():
    letters = draws.rnn()
    signs = np.random.default_rng(0).choice([-1, 1], (2, 5, 6, 3))
    found = uoro.estimate(signs, **letters)
    one = uoro.estimate(signs[1, 3], **letters)
    for name in NAMES:
        assert getattr(found, name).shape == (2, 5, *letters[name].shape)
        np.testing.assert_allclose(getattr(found, name)[1, 3], getattr(one, name), rtol=1e-12)


def test_one_estimate_has_one_direction_in_every_step():
    """Column times row has rank one, so the influence of a step, in n rows, is nearly always wrong."""
    letters = draws.rnn()
    signs = np.random.default_rng(1).choice([-1, 1], (6, 3))
    *_, (s_tilde, row) = uoro.walk(signs, **letters)
    right = oracle.complex_step(lambda b: rnn.forward(**letters | {"b": b}).s[-1], letters["b"])
    assert np.linalg.matrix_rank(np.outer(s_tilde, row.b)) == 1
    assert np.linalg.matrix_rank(right) == 3


def test_balance_makes_column_and_row_equally_long_in_each_half():
    letters, signs = draws.rnn(), np.ones((6, 3))
    steps = list(uoro.walk(signs, **letters))
    D, W = 1 - rnn.forward(**letters).s[1:] ** 2, letters["W"]
    for t in range(1, 6):
        (before, row), (after, row_after) = steps[t - 1], steps[t]
        carried = D[t - 1] * (W @ before)
        length = np.sqrt(sum((part**2).sum() for part in row))
        eta = np.sqrt(length / np.linalg.norm(carried))
        assert np.linalg.norm(eta * carried) == pytest.approx(length / eta, rel=1e-12)
        chi = (after - eta * carried) / signs[t]
        np.testing.assert_allclose(chi, chi[0], rtol=1e-10)
        np.testing.assert_allclose(row_after.b - row.b / eta, D[t - 1] / chi[0], rtol=1e-9)
        np.testing.assert_allclose(row_after.s_0, row.s_0 / eta, rtol=1e-12)


def test_the_noise_of_one_step_is_that_of_a_sum_over_signs():
    """One step, no start: the estimate by b is (r nu) nu^T D, whose spread is known."""
    letters = short(0, 1)
    run = rnn.forward(**letters)
    r = (run.y_hat[0] - letters["y"][0]) @ letters["V"]
    D = 1 - run.s[1] ** 2
    found = uoro.estimate(uoro.patterns(1, 3), balanced=False, **letters).b
    variance = ((found - r * D) ** 2).mean(axis=0)
    others = (r @ r - r**2) * D**2 + ((r * D) @ letters["W"]) @ ((r * D) @ letters["W"]) * D**2
    np.testing.assert_allclose(variance, others, rtol=1e-10)


def test_balance_lowers_the_noise():
    for letters in (short(), short(1, 6)):
        assert uoro.spread(**letters) < uoro.spread(balanced=False, **letters)


def test_no_step_gives_zeros():
    letters = short(0, 0)
    assert not any(part.any() for part in uoro.mean(**letters))
    with pytest.raises(ValueError, match=r"^the gradient by W is zero;"):
        uoro.spread(**letters)


def test_arguments_are_not_changed():
    letters, signs = draws.rnn(), np.ones((6, 3))
    before = {name: array.copy() for name, array in letters.items()}
    found = uoro.estimate(signs, **letters)
    for part in found:
        part[...] = 7
    assert all((letters[name] == before[name]).all() for name in letters)
    assert (signs == 1).all()


@pytest.mark.filterwarnings("error")
def test_an_estimate_that_leaves_the_range_is_named():
    huge = draws.rnn() | {"W": np.full((3, 3), 1e200), "U": np.zeros((3, 2)), "b": np.zeros(3), "s_0": np.zeros(3)}
    with pytest.raises(OverflowError, match=r"^the estimate by U is not finite: make weights or x smaller\.$"):
        uoro.estimate(np.ones((6, 3)), balanced=False, **huge)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("balanced", [True, False])
def test_a_step_that_leaves_the_range_is_named(balanced):
    huge = draws.rnn() | {"W": np.full((3, 3), 1e200), "U": np.zeros((3, 2)), "b": np.zeros(3), "s_0": np.zeros(3)}
    with pytest.raises(OverflowError, match=r"^the (column|row by \w+) of step [12] is not finite: make weights or x "):
        list(uoro.walk(np.ones((6, 3)), balanced=balanced, **huge))


MISTAKES = {
    "the row is not divided": ("_times(1 / eta, old)", "old"),
    "the column is not multiplied": ("_times(chi, nu_t)", "nu_t"),
    "the same signs at every step": ("nu[..., t, :]", "nu[..., 1, :]"),
    "the signs of the start again": ("nu[..., t, :]", "nu[..., 0, :]"),
    "W for its transpose": ("s_tilde @ W.T", "s_tilde @ W"),
    "the slopes of the row are forgotten": (
        "moved = D_t * (s_tilde @ W.T), D_t * nu_t",
        "moved = D_t * (s_tilde @ W.T), nu_t",
    ),
    "the state after the step": ("* s[t - 1]", "* s[t]"),
    "the start is forgotten": ("_replace(s_0=s_tilde)", "_replace()"),
    "balance that depends on the sign": ("chi = _ratio(_length(fresh), _norm(nu_t))", "chi = 2.0 + nu_t[..., 0]"),
}


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_would_be_noticed(right, wrong, monkeypatch):
    source = inspect.getsource(uoro._walk)
    assert source.count(right) == 1
    mistaken = dict(vars(uoro))
    exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
    monkeypatch.setattr(uoro, "_walk", mistaken["_walk"])
    letters = short(0, 3)
    found = uoro.mean(**letters)
    worst = max(np.abs(getattr(found, name) - told_by_oracle(letters, name)).max() for name in NAMES)
    assert worst > 1e-3


def test_where_nothing_is_carried_the_numbers_stay_finite():
    letters = draws.rnn() | {"W": np.zeros((3, 3))}
    signs = uoro.patterns(4, 3)[::37]
    found = uoro.estimate(signs, **letters | {"x": letters["x"][:4], "y": letters["y"][:4]})
    assert all(np.isfinite(part).all() for part in found)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: uoro.patterns(5, 3),
            ValueError,
            r"^3 units and 5 steps need 18 signs; to go through all patterns at most 16\.$",
        ),
        (lambda: uoro.mean(**draws.rnn()), ValueError, r"need 18 signs"),
        (lambda: uoro.mean(U=[[1.0]]), TypeError, r"missing .* 'x'"),
        (lambda: uoro.patterns(-1, 1), ValueError, r"^T is -1; it must be at least 0\.$"),
        (lambda: uoro.patterns(2.5, 1), TypeError, r"^T is 2\.5; it must be a whole number, at least 0\.$"),
        (lambda: uoro.patterns(2, 0), ValueError, r"^n is 0; it must be at least 1\.$"),
        (
            lambda: uoro.estimate(np.full((6, 3), 1j), **draws.rnn()),
            TypeError,
            r"^signs has dtype complex128; it must hold real numbers, 1 and -1\.$",
        ),
        (
            lambda: uoro.estimate(np.ones((5, 3)), **draws.rnn()),
            ValueError,
            r"^signs has shape \(5, 3\); it must be \(\.\.\., 6, 3\), for T \+ 1 and n\.$",
        ),
        (
            lambda: uoro.estimate(np.zeros((6, 3)), **draws.rnn()),
            ValueError,
            r"^signs holds another number than 1 and -1;",
        ),
        (
            lambda: uoro.estimate(np.ones((6, 3)), **draws.rnn() | {"W": 1j * np.eye(3)}),
            TypeError,
            r"^W has dtype complex128; it must hold real numbers",
        ),
        (
            lambda: uoro.estimate(np.ones((6, 3)), **draws.rnn() | {"b": np.ones(4)}),
            ValueError,
            r"^b has shape \(4,\); it must be \(n,\) with n = 3 as in W\.$",
        ),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
