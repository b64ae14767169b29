"""All gradients against oracles that know nothing of them, at the edges, and with the mistakes that readers make."""

import inspect

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import backward, draws, oracle, rnn

PARAMETERS = ("U", "W", "V", "b", "c", "s_0")


def draw(seed, *, T=4, n=3, m=2, q=4, gain=1.0):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: rng.standard_normal(size) for name, size in sizes.items()}
    return letters | {"W": gain * letters["W"] / np.sqrt(n), "y": np.eye(q)[rng.integers(q, size=T)]}


def told_by_oracle(letters, name):
    return oracle.complex_step(lambda value: rnn.loss(**letters | {name: value}), letters[name])


def off(found, told):
    """How far two arrays are apart, in units of the larger one's largest entry."""
    scale = max(np.abs(found).max(initial=0), np.abs(told).max(initial=0))
    return 0.0 if scale == 0 else np.abs(found - told).max() / scale


@pytest.mark.parametrize(
    ("a_t", "error", "message"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], ValueError, "a_t has shape (2, 2); it must be (n,)."),
        (1.0, ValueError, "a_t has shape (); it must be (n,)."),
        ([0.0, np.nan], ValueError, "a_t holds nan at index (1,); every number must be finite."),
        (["a"], TypeError, "a_t has dtype <U1; it must hold real or complex numbers."),
    ],
)
def test_slopes_of_what_is_no_column(a_t, error, message):
    with pytest.raises(error) as caught:
        backward.slopes(a_t)
    assert str(caught.value) == message


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
    found = backward.backward(**letters)
    for name in PARAMETERS:
        ours, told = getattr(found, name), told_by_oracle(letters, name)
        assert ours.shape == letters[name].shape
        assert off(ours, told) <= 1e-12 or np.abs(ours - told).max() <= 1e-15, (name, ours, told)


def test_every_gradient_agrees_with_central_differences():
    letters = draws.rnn()
    found = backward.backward(**letters)
    for name in PARAMETERS:
        value, error = oracle.central_difference(
            lambda value, name=name: rnn.loss(**letters | {name: value}), letters[name]
        )
        assert (np.abs(getattr(found, name) - value) <= error + 1e-15).all(), name
        assert error.max() < 1e-9


def test_a_large_network_in_one_direction():
    """One complex run moves all parameters at once; their gradients must add up to what it says."""
    letters, direction = draw(7, T=60, n=40, m=11, q=13), draw(8, T=60, n=40, m=11, q=13)
    found = backward.backward(**letters)
    packed = np.concatenate([letters[name].ravel() for name in PARAMETERS])
    towards = np.concatenate([direction[name].ravel() for name in PARAMETERS])
    ends = np.cumsum([letters[name].size for name in PARAMETERS])[:-1]

    def loss(values):
        parts = zip(PARAMETERS, np.split(values, ends), strict=True)
        return rnn.loss(**letters | {name: part.reshape(letters[name].shape) for name, part in parts})

    told = oracle.directional(loss, packed, towards)
    ours = sum((getattr(found, name) * direction[name]).sum() for name in PARAMETERS)
    assert ours == pytest.approx(told, rel=1e-12)


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


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), T=st.integers(1, 12))
def test_numbers_agree_with_50_digits(seed, T):
    letters = draw(seed, T=T, n=1, m=1, q=2)
    found = backward.backward(**letters)
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -15
        for name in PARAMETERS:
            told = (loss_in_50_digits(letters, name, h) - loss_in_50_digits(letters, name, -h)) / (2 * h)
            assert np.ravel(getattr(found, name))[0] == pytest.approx(float(told), rel=1e-12, abs=1e-14), name


def test_delta_is_the_derivative_by_the_argument_of_tanh():
    """Give every step a bias of its own, as one more input for each step: its weight stands where a_t is."""
    letters = draws.rnn()
    T, n = len(letters["x"]), len(letters["s_0"])
    inputs = np.hstack([letters["x"], np.eye(T)])

    def loss(own):
        return rnn.loss(**letters | {"U": np.hstack([letters["U"], own.T]), "x": inputs})

    told = oracle.complex_step(loss, np.zeros((T, n)))
    assert off(backward.backward(**letters).delta, told) <= 1e-13


def test_no_step_gives_zeros():
    letters = draw(1, T=0)
    found = backward.backward(**letters)
    for name in PARAMETERS:
        assert getattr(found, name).shape == letters[name].shape
        assert not getattr(found, name).any()
    assert found.delta.shape == (0, 3)


def test_one_unit_one_input_one_class():
    letters = draw(2, T=3, n=1, m=1, q=1)
    found = backward.backward(**letters)
    assert not any(getattr(found, name).any() for name in PARAMETERS)  # one class is always predicted rightly


def test_arguments_are_neither_changed_nor_aliased():
    letters = draws.rnn()
    before = {name: array.copy() for name, array in letters.items()}
    found = backward.backward(**letters)
    results = [getattr(found, name) for name in (*PARAMETERS, "delta")]
    assert not any(np.shares_memory(result, array) for result in results for array in letters.values())
    assert not any(np.shares_memory(one, other) for i, one in enumerate(results) for other in results[i + 1 :])
    for result in results:
        result[...] = 7
    assert all((letters[name] == before[name]).all() for name in letters)
    with pytest.raises(AttributeError):
        found.W = 0


def test_the_error_of_the_output_is_the_derivative_by_the_logits():
    letters, m = draws.rnn(), np.array([1, 0, 0.5, 1, 0.25])
    run = rnn.forward(**letters, mask=m)
    errors = backward.output_errors(run, letters["y"], m)
    for t in range(5):
        told = oracle.complex_step(lambda o, t=t: -m[t] * (letters["y"][t] @ rnn.log_softmax(o)), run.o[t])
        np.testing.assert_allclose(errors[t], told, rtol=1e-13, atol=1e-16)


def test_a_mask_weighs_the_gradients():
    letters = draw(4, T=6) | {"mask": np.array([1, 0, 0.25, 0, 0.5, 0])}
    found = backward.backward(**letters)
    for name in PARAMETERS:
        assert off(getattr(found, name), told_by_oracle(letters, name)) <= 1e-13, name
    assert not backward.backward(**letters | {"mask": np.zeros(6)}).W.any()
    assert not found.delta[5].any()


def test_tokens_and_classes_stand_for_one_hot_rows():
    letters = draw(6, m=4)
    tokens = {"x": [3, 0, 2, 3], "y": letters["y"].argmax(axis=1)}
    found, told = (backward.backward(**letters | part) for part in (tokens, {"x": np.eye(4)[tokens["x"]]}))
    assert all((getattr(found, name) == getattr(told, name)).all() for name in (*PARAMETERS, "delta"))


def test_single_precision_stays_single():
    letters = draw(7, T=10)
    singles = {name: array.astype(np.float32) for name, array in letters.items()}
    found = backward.backward(**singles)
    told = backward.backward(**{name: array.astype(float) for name, array in singles.items()})
    for name in (*PARAMETERS, "delta"):
        assert getattr(found, name).dtype == np.float32
        assert off(getattr(found, name), getattr(told, name)) <= 2e-6


def test_lists_and_integers_will_do():
    letters = {"U": [[1]], "W": [[0]], "V": [[1], [-1]], "b": [0], "c": [0, 0], "s_0": [0], "x": [[2]], "y": [[1, 0]]}
    found = backward.backward(**letters)
    s, p = np.tanh(2.0), 1 / (1 + np.exp(2 * np.tanh(2.0)))
    np.testing.assert_allclose(found.V[:, 0], [-p * s, p * s], rtol=1e-14)
    np.testing.assert_allclose(found.U, [[-2 * p * (1 - s**2) * 2]], rtol=1e-13)


@pytest.mark.parametrize("size", [0.1, 3.0, 8.0, 15.0, 40.0])
def test_slopes_keep_their_digits_where_tanh_is_flat(size):
    with mpmath.workdps(50):
        told = [float(mpmath.sech(a) ** 2) for a in (size, -size)]
    np.testing.assert_allclose(np.diag(backward.slopes([size, -size])), told, rtol=1e-15 * max(1, size))
    told = oracle.complex_step(lambda a: np.diag(backward.slopes(a)).sum(), [size / 2, -size / 2])
    slope, s = np.diag(backward.slopes([size / 2, -size / 2])), np.tanh([size / 2, -size / 2])
    np.testing.assert_allclose(told, -2 * s * slope, rtol=1e-13)


@pytest.mark.filterwarnings("error")
def test_a_saturated_network_keeps_its_gradient():
    """With a_t near 15 the form 1 - s_t**2 has three digits left; with 1000 the slope is zero and nothing overflows."""
    letters = draw(3, T=2) | {"U": np.zeros((3, 2)), "W": np.eye(3) / 10, "b": [15.0, -14.0, 13.0]}
    found = backward.backward(**letters)
    for name in ("W", "b", "s_0"):
        assert off(getattr(found, name), told_by_oracle(letters, name)) <= 1e-12, name
    assert not backward.backward(**letters | {"b": [1000.0, -1000.0, 1000.0]}).b.any()


def test_a_network_that_is_nearly_certain_keeps_its_gradient():
    """The predictions differ from the targets by 1e-13: subtracting them would leave three digits."""
    letters = draw(5, T=2, q=2) | {"c": np.array([30.0, 0.0]), "y": [[1, 0], [1, 0]]}
    found = backward.backward(**letters)
    for name in PARAMETERS:
        assert off(getattr(found, name), told_by_oracle(letters, name)) <= 1e-12, name


def test_complex_parameters_are_not_conjugated():
    """The gradient is analytic, so an oracle can differentiate it once more: second derivatives commute."""
    letters = draws.rnn()
    second = oracle.complex_step(lambda W: backward.backward(**letters | {"W": W}).W, letters["W"])
    np.testing.assert_allclose(second, second.transpose(2, 3, 0, 1), rtol=0, atol=1e-13 * np.abs(second).max())
    assert np.abs(second).max() > 0.1


@pytest.mark.filterwarnings("error")
def test_a_gradient_that_leaves_the_range_is_named():
    letters = draws.rnn() | {"W": np.full((3, 3), 1e200), "U": np.zeros((3, 2)), "b": np.zeros(3), "s_0": np.zeros(3)}
    with pytest.raises(OverflowError) as caught:
        backward.backward(**letters)
    assert str(caught.value) == (
        "the gradient by U is not finite: numbers became too large; make weights or x smaller."
    )


ONE_HOT = "every row of y must be one-hot: one entry 1, all others 0."


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"W": np.ones((3, 4))}, ValueError, "W has shape (3, 4); it must be (n, n)."),
        ({"y": np.full((5, 4), 0.25)}, ValueError, f"y_1 is [0.25, 0.25, 0.25, 0.25]; {ONE_HOT}"),
        ({"b": None}, TypeError, "b has dtype object; it must hold real or complex numbers."),
        ({"x": np.ones((5, 3))}, ValueError, "x has shape (5, 3); it must be (T, m) with m = 2 as in U."),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_as_by_the_forward_pass(change, error, message):
    with pytest.raises(error) as caught:
        backward.backward(**draws.rnn() | change)
    assert str(caught.value) == message


MISTAKES = {
    "the loss of the own step is forgotten": ("(V.T @ error +", "(V.T @ error * (t == T) +"),
    "the future is forgotten": ("V.T @ error + W.T @ delta_next", "V.T @ error"),
    "W for its transpose": ("W.T @ delta_next)", "W @ delta_next)"),
    "W for its transpose, at the start": ("grad_s_0 = W.T @", "grad_s_0 = W @"),
    "the state of the wrong step": ("np.outer(delta_t, s[t - 1])", "np.outer(delta_t, s[t])"),
    "the slope of the wrong step": ("run.a[t - 1]", "run.a[t - 2]"),
    "the slope on the wrong side": ("V.T @ error + W.T @ delta_next", "V.T @ error + W.T @ D_t @ delta_next"),
    "the wrong input": ("x[t - 1])", "x[t - 2])"),
    "V meets the state before": ("np.outer(error, s[t])", "np.outer(error, s[t - 1])"),
    "the error of the wrong step": ("errors[t - 1]", "errors[t - 2]"),
    "only the last step counts": ("grad_W +=", "grad_W ="),
}  # fmt: skip


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_would_be_noticed(right, wrong):
    """Make the mistake in a copy of the source; at least one gradient is then far from what the oracle says."""
    source = inspect.getsource(backward._walk_back)
    assert source.count(right) == 1
    mistaken = dict(vars(backward))
    exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
    letters = draws.rnn()
    run = rnn.forward(**letters)
    errors = backward.output_errors(run, letters["y"], np.ones(5))
    found = mistaken["_walk_back"](*(letters[name] for name in ("W", "V", "x")), errors, run)
    assert max(off(getattr(found, name), told_by_oracle(letters, name)) for name in PARAMETERS) > 0.01
