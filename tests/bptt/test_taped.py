"""The network on the tape: its gradients against a complex step, 50 digits and the walk back by hand."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import backward, draws, oracle, rnn, taped

PARAMETERS = ("U", "W", "V", "b", "c", "s_0")


def draw(seed, *, T=4, n=3, m=2, q=4, gain=1.0):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: rng.standard_normal(size) for name, size in sizes.items()}
    return letters | {"W": gain * letters["W"] / np.sqrt(n), "y": np.eye(q)[rng.integers(q, size=T)]}


def off(found, told):
    scale = max(np.abs(found).max(initial=0), np.abs(told).max(initial=0))
    return 0.0 if scale == 0 else np.abs(found - told).max() / scale


sizes = given(
    seed=st.integers(0, 2**32 - 1), T=st.integers(0, 8), n=st.integers(1, 5), m=st.integers(1, 4),
    q=st.integers(1, 5), gain=st.sampled_from([0.5, 1.0, 1.5]),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@sizes
def test_every_gradient_agrees_with_a_complex_step(*, seed, **size):
    letters = draw(seed, **size)
    E, found = taped.gradients(**letters)
    assert pytest.approx(rnn.loss(**letters), rel=1e-13, abs=1e-15) == E
    for name in PARAMETERS:
        told = oracle.complex_step(lambda value, name=name: rnn.loss(**letters | {name: value}), letters[name])
        ours = getattr(found, name)
        assert ours.shape == letters[name].shape
        assert off(ours, told) <= 1e-12 or np.abs(ours - told).max() <= 1e-15, (name, ours, told)


@settings(deadline=None, max_examples=60)
@sizes
def test_every_gradient_agrees_with_the_walk_back(*, seed, **size):
    letters = draw(seed, **size)
    mask = np.random.default_rng(seed).uniform(size=size["T"])
    (_, found), told = taped.gradients(**letters, mask=mask), backward.backward(**letters, mask=mask)
    for name in (*PARAMETERS, "delta"):
        ours, theirs = getattr(found, name), getattr(told, name)
        assert ours.shape == theirs.shape
        assert off(ours, theirs) <= 1e-13 or np.abs(ours - theirs).max() <= 1e-16, name


@settings(deadline=None, max_examples=30)
@sizes
def test_forwards_in_one_direction(*, seed, **size):
    """A single sweep forwards moves all parameters at once, and must agree with the sweep back."""
    letters, direction = draw(seed, **size), draw(seed + 1, **size)
    tape, E, parameters, *_ = taped.network(**letters)
    adjoints = tape.backward(E)
    ahead = tape.forward({line: direction[name] for name, line in parameters.items()})[E.index]
    parts = [(adjoints[line.index] * direction[name]).sum() for name, line in parameters.items()]
    assert ahead == pytest.approx(sum(parts), rel=1e-12, abs=1e-12 * sum(map(abs, parts)))


def loss_in_50_digits(letters, name, nudge):
    p = {key: mpmath.mpf(float(np.ravel(letters[key])[0])) for key in ("U", "W", "b", "s_0")}
    v, c = ([mpmath.mpf(float(entry)) for entry in np.ravel(letters[key])] for key in ("V", "c"))
    if name in p:
        p[name] += nudge
    else:
        (v if name == "V" else c)[0] += nudge
    s, E = p["s_0"], mpmath.mpf(0)
    for x_t, y_t in zip(letters["x"][:, 0], letters["y"], strict=True):
        s = mpmath.tanh(p["U"] * mpmath.mpf(float(x_t)) + p["W"] * s + p["b"])
        e = [mpmath.exp(v_i * s + c_i) for v_i, c_i in zip(v, c, strict=True)]
        E -= mpmath.log(e[int(np.argmax(y_t))] / sum(e))
    return E


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(1, 8))
def test_numbers_agree_with_50_digits(seed, T):
    letters = draw(seed, T=T, n=1, m=1, q=2)
    _, found = taped.gradients(**letters)
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -15
        for name in PARAMETERS:
            told = (loss_in_50_digits(letters, name, h) - loss_in_50_digits(letters, name, -h)) / (2 * h)
            assert np.ravel(getattr(found, name))[0] == pytest.approx(float(told), rel=1e-12, abs=1e-14), name


def test_ten_thousand_steps_need_no_recursion():
    letters = draw(1, T=10_000, n=2, q=2)
    tape, E, parameters, *_ = taped.network(**letters)
    first, second = tape.backward(E), tape.backward(E)
    told = backward.backward(**letters)
    for name, line in parameters.items():
        assert off(first[line.index], getattr(told, name)) <= 1e-12, name
        assert (first[line.index] == second[line.index]).all()


def test_no_step_gives_zeros():
    letters = draw(1, T=0)
    E, found = taped.gradients(**letters)
    assert E == 0
    assert not any(getattr(found, name).any() for name in PARAMETERS)
    assert found.delta.shape == (0, 3)


def test_single_precision_stays_single():
    singles = {name: array.astype(np.float32) for name, array in draw(7, T=6).items()}
    _, found = taped.gradients(**singles)
    told = backward.backward(**{name: array.astype(float) for name, array in singles.items()})
    for name in (*PARAMETERS, "delta"):
        assert getattr(found, name).dtype == np.float32
        assert off(getattr(found, name), getattr(told, name)) <= 2e-6


def test_complex_parameters_are_not_conjugated():
    letters = draws.rnn()
    second = oracle.complex_step(lambda W: taped.gradients(**letters | {"W": W})[1].W, letters["W"])
    np.testing.assert_allclose(second, second.transpose(2, 3, 0, 1), rtol=0, atol=1e-13 * np.abs(second).max())


def test_tokens_and_classes_stand_for_one_hot_rows():
    letters = draw(6, m=4)
    tokens = {"x": [3, 0, 2, 3], "y": letters["y"].argmax(axis=1)}
    (_, found), (_, told) = (taped.gradients(**letters | part) for part in (tokens, {"x": np.eye(4)[tokens["x"]]}))
    assert all((getattr(found, name) == getattr(told, name)).all() for name in (*PARAMETERS, "delta"))


def test_arguments_are_neither_changed_nor_aliased():
    letters = draws.rnn()
    before = {name: array.copy() for name, array in letters.items()}
    _, found = taped.gradients(**letters)
    results = [getattr(found, name) for name in (*PARAMETERS, "delta")]
    assert not any(np.shares_memory(result, array) for result in results for array in letters.values())
    assert not any(np.shares_memory(one, other) for i, one in enumerate(results) for other in results[i + 1 :])
    for result in results:
        result[...] = 7
    assert all((letters[name] == before[name]).all() for name in letters)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"W": np.ones((3, 4))}, ValueError, "W has shape (3, 4); it must be (n, n)."),
        ({"b": None}, TypeError, "b has dtype object; it must hold real or complex numbers."),
        ({"V": np.full((4, 3), 1e308)}, ArithmeticError, "numbers became too large"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_bad_arguments_are_refused(change, error, message):
    with pytest.raises(error) as caught:
        taped.gradients(**draws.rnn() | change)
    assert message in str(caught.value)
