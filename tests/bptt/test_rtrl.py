"""Carried forward, the gradients are those that oracles find; and nothing of the past is kept on the way."""

import inspect

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import arguments, backward, cost, draws, oracle, rnn, rtrl

PARAMETERS = ("U", "W", "V", "b", "c", "s_0")


def draw(seed, *, T=4, n=3, m=2, q=4, gain=1.0):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: rng.standard_normal(size) for name, size in sizes.items()}
    return letters | {"W": gain * letters["W"] / np.sqrt(n), "y": np.eye(q)[rng.integers(q, size=T)]}


def told_by_oracle(letters, name):
    return oracle.complex_step(lambda value: rnn.loss(**letters | {name: value}), letters[name])


def off(found, told):
    scale = max(np.abs(found).max(initial=0), np.abs(told).max(initial=0))
    return 0.0 if scale == 0 else np.abs(found - told).max() / scale


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(0, 8),
    n=st.integers(1, 5),
    m=st.integers(1, 4),
    q=st.integers(1, 5),
    gain=st.sampled_from([0.5, 1.0, 1.5]),
)
def test_every_gradient_agrees_with_a_complex_step(*, seed, T, n, m, q, gain):
    letters = draw(seed, T=T, n=n, m=m, q=q, gain=gain)
    found = rtrl.gradients(**letters)
    assert pytest.approx(rnn.loss(**letters), rel=1e-14) == found.E
    for name in PARAMETERS:
        ours, told = getattr(found, name), told_by_oracle(letters, name)
        assert ours.shape == letters[name].shape
        assert off(ours, told) <= 1e-12 or np.abs(ours - told).max() <= 1e-15, (name, ours, told)


def loss_in_50_digits(letters, name, nudge):
    """One unit, one input, two classes; the entry of one parameter is nudged."""
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


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(1, 10))
def test_numbers_agree_with_50_digits(seed, T):
    letters = draw(seed, T=T, n=1, m=1, q=2)
    found = rtrl.gradients(**letters)
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -15
        for name in PARAMETERS:
            told = (loss_in_50_digits(letters, name, h) - loss_in_50_digits(letters, name, -h)) / (2 * h)
            assert np.ravel(getattr(found, name))[0] == pytest.approx(float(told), rel=1e-12, abs=1e-14), name


@pytest.mark.parametrize("b", [-40.0, -20.0, 20.0, 40.0])
def test_a_saturated_unit_keeps_its_gradient(b):
    """The slope of tanh is between 1e-17 and 1e-35 in every step; 120 digits hold the difference of two losses."""
    letters = draw(5, T=1, n=1, m=1, q=2) | {"b": np.array([b])}
    found = rtrl.gradients(**letters)
    with mpmath.workdps(120):
        h = mpmath.mpf(10) ** -20
        for name in PARAMETERS:
            told = float((loss_in_50_digits(letters, name, h) - loss_in_50_digits(letters, name, -h)) / (2 * h))
            assert np.ravel(getattr(found, name))[0] == pytest.approx(told, rel=1e-12, abs=0), name


def test_the_influences_are_the_derivatives_of_the_state():
    letters = draws.rnn(2)
    given_ = cost.given(**letters)
    influence = rtrl.begin(letters["s_0"], letters["x"].shape[1])
    for t in range(1, 8):
        step = {"D_t": given_["D"][t - 1], "s": given_["s"][t - 1], "x_t": letters["x"][t - 1]}
        influence = rtrl.carry(influence, W=letters["W"], **step)
        for name, matrix in influence._asdict().items():
            told = oracle.complex_step(
                lambda value, name=name, t=t: rnn.forward(**letters | {name: value}).s[t], letters[name]
            )
            columns = told.transpose(0, 2, 1).reshape(4, -1) if told.ndim == 3 else told
            np.testing.assert_allclose(matrix, columns, rtol=0, atol=1e-13)


def test_after_every_step_the_gradient_is_that_of_the_loss_so_far():
    letters, mask = draws.rnn(1), np.array([1, 0, 0.5, 1, 0.25, 1])
    so_far = dict.fromkeys(PARAMETERS, 0)
    for t, one in enumerate(rtrl.online(**letters, mask=mask), 1):
        part = letters | {"x": letters["x"][:t], "y": letters["y"][:t]}
        told = backward.backward(**part, mask=mask[:t])
        for name in PARAMETERS:
            so_far[name] = so_far[name] + getattr(one, name)
            assert off(so_far[name], getattr(told, name)) <= 1e-13, (t, name)
    assert t == 6


def test_given_states_the_same_comes_out_and_every_product_is_counted():
    for seed in range(3):
        letters = draws.rnn(seed)
        rows, told = rtrl.forwards(**cost.given(**letters)), backward.backward(**letters)
        for name, row in rows._asdict().items():
            assert off(row, getattr(told, name).ravel(order="F")) <= 1e-13, name
        T, n, m, q = draws.SIZES[seed]
        columns = n * m + n * n + n + n
        by_hand = T * (n * n * columns + n * columns + q * n + n * columns)  # W, the slopes, V, and the row
        assert cost.multiplications(rtrl.forwards, **cost.given(**letters)) == by_hand


def test_a_row_beside_the_identity_is_the_kronecker_product():
    row = np.array([1.0, -2.0, 3.0])
    np.testing.assert_array_equal(rtrl.beside_identity(row, 2), np.kron(row, np.eye(2)))


@pytest.mark.parametrize("seed", range(3))
def test_a_column_is_one_direction_of_the_derivative(seed):
    letters, rng = draws.rnn(seed), np.random.default_rng(seed)
    names = ("U", "W", "b", "s_0")
    towards = {name: rng.normal(size=letters[name].shape) for name in names}
    moved = rtrl.column(**{f"by_{name}": value for name, value in towards.items()}, **letters)

    def states(r):
        return rnn.forward(**letters | {name: letters[name] + r * towards[name] for name in names}).s

    told = oracle.complex_step(states, 0.0)
    np.testing.assert_allclose(moved, told, rtol=0, atol=1e-13)


def test_no_step_gives_zeros():
    found = rtrl.gradients(**draw(1, T=0))
    assert found.E == 0
    assert not any(getattr(found, name).any() for name in PARAMETERS)
    assert list(rtrl.online(**draw(1, T=0))) == []
    rows = rtrl.forwards(**cost.given(**draw(1, T=0)))
    assert [row.shape for row in rows] == [(3 * 2,), (3 * 3,), (3,), (3,)]
    assert not any(row.any() for row in rows)


def test_arguments_are_neither_changed_nor_aliased():
    letters = draws.rnn()
    before = {name: array.copy() for name, array in letters.items()}
    for found in (rtrl.gradients(**letters), next(rtrl.online(**letters))):
        results = [getattr(found, name) for name in PARAMETERS]
        assert not any(np.shares_memory(result, array) for result in results for array in letters.values())
        assert not any(np.shares_memory(one, other) for i, one in enumerate(results) for other in results[i + 1 :])
        for result in results:
            result[...] = 7
    assert all((letters[name] == before[name]).all() for name in letters)


def test_single_precision_stays_single_and_complex_numbers_complex():
    letters = draw(7, T=10)
    singles = {name: array.astype(np.float32) for name, array in letters.items()}
    found, told = rtrl.gradients(**singles), rtrl.gradients(**letters)
    for name in PARAMETERS:
        assert getattr(found, name).dtype == np.float32
        assert off(getattr(found, name), getattr(told, name)) <= 1e-5
        assert all(getattr(one, name).dtype == np.float32 for one in rtrl.online(**singles))
    letters = draws.rnn()
    second = oracle.complex_step(lambda W: rtrl.gradients(**letters | {"W": W}).W, letters["W"])
    np.testing.assert_allclose(second, second.transpose(2, 3, 0, 1), rtol=0, atol=1e-13 * np.abs(second).max())


def test_tokens_and_classes_stand_for_one_hot_rows():
    letters = draw(6, m=4)
    tokens = {"x": [3, 0, 2, 3], "y": letters["y"].argmax(axis=1)}
    found, told = (rtrl.gradients(**letters | part) for part in (tokens, {"x": np.eye(4)[tokens["x"]]}))
    assert all((getattr(found, name) == getattr(told, name)).all() for name in PARAMETERS)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("function", [rtrl.gradients, lambda **letters: list(rtrl.online(**letters))])
def test_what_is_refused(function):
    huge = draws.rnn() | {"W": np.full((3, 3), 1e200), "U": np.zeros((3, 2)), "b": np.zeros(3), "s_0": np.zeros(3)}
    with pytest.raises(OverflowError, match=r"^the gradient by \w+ is not finite: numbers became too large;"):
        function(**huge)
    with pytest.raises(ValueError, match=r"^W has shape \(3, 4\); it must be \(n, n\)\.$"):
        function(**draws.rnn() | {"W": np.ones((3, 4))})
    with pytest.raises(ValueError, match=r"^x holds nan"):
        function(**draws.rnn() | {"x": np.full((5, 2), np.nan)})


def test_a_direction_of_another_shape_is_refused():
    letters = draws.rnn()
    towards = {f"by_{name}": letters[name] for name in ("U", "W", "b", "s_0")}
    with pytest.raises(ValueError, match=r"^by_U has shape \(3, 3\); it must be \(3, 2\), as U\.$"):
        rtrl.column(**towards | {"by_U": np.ones((3, 3))}, **letters)
    with pytest.raises(TypeError, match=r"^by_b has dtype"):
        rtrl.column(**towards | {"by_b": ["a", "b", "c"]}, **letters)


@pytest.mark.filterwarnings("error")
def test_a_column_that_leaves_the_range_is_named():
    letters, zero = draws.rnn(), np.zeros(3)
    huge = letters | {"W": np.full((3, 3), 1e200), "U": np.zeros((3, 2)), "b": zero, "s_0": zero}
    towards = {f"by_{name}": 1e200 * np.ones_like(letters[name]) for name in ("U", "W", "b", "s_0")}
    with pytest.raises(OverflowError, match=r"^the change of s_1 is \[.*\]: numbers became too large; make weights"):
        rtrl.column(**towards, **huge)


MISTAKES = {
    "the past is forgotten": (" + W @ before.W)", ")"),
    "W for its transpose": ("+ W @ before.W)", "+ W.T @ before.W)"),
    "the slope on the wrong side": ("U=slope * (", "U=slope.T @ (slope * "),
    "the input for the state": ("beside_identity(s, ", "beside_identity(x_t, "),
    "the slope is forgotten": ("W=slope * (", "W=("),
    "the start is forgotten": ("s_0=slope * (W @ before.s_0)", "s_0=slope * W"),
    "the bias counts once": ("+ W @ before.b)", ")"),
}


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_would_be_noticed(right, wrong, monkeypatch):
    source = inspect.getsource(rtrl.carry)
    assert source.count(right) == 1
    mistaken = dict(vars(rtrl))
    letters = draws.rnn()
    try:
        exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
        monkeypatch.setattr(rtrl, "carry", mistaken["carry"])
        found = rtrl.gradients(**letters)
    except ValueError:
        return  # shapes do not fit: nobody would overlook that
    assert max(off(getattr(found, name), told_by_oracle(letters, name)) for name in PARAMETERS) > 0.01


def test_nothing_is_kept_but_the_last_step():
    """The memory between steps does not grow with T: the influences and the state, and no list of anything."""
    letters = arguments.sequence(**draw(3, T=6))
    walk = rtrl._online(letters)
    sizes = []
    for _ in walk:
        kept = walk.gi_frame.f_locals
        sizes.append(sum(matrix.size for matrix in kept["influence"]) + kept["s"].size)
    n, m = 3, 2
    assert set(sizes) == {n * n * (n + m + 2) + n}
