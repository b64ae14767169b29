"""Truncated gradients against a complex step through programs that hold the old states still, and at the edges."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import backward, draws, oracle, rnn, truncated

PARAMETERS = ("U", "W", "V", "b", "c", "s_0")


def draw(seed, *, T=5, n=3, m=2, q=4):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: rng.standard_normal(size) / np.sqrt(n) for name, size in sizes.items()}
    return letters | {"y": np.eye(q)[rng.integers(q, size=T)], "mask": rng.uniform(size=T)}


def off(found, told):
    scale = max(np.abs(found).max(initial=0), np.abs(told).max(initial=0))
    return 0.0 if scale == 0 else np.abs(found - told).max() / scale


def loss_from(start, first, last, *, U, W, V, b, c, x, y, mask, losses):
    """Walk from the state after step `first` to step `last`, and add up the losses of the steps in `losses`."""
    s, E = start, 0
    for t in range(first + 1, last + 1):
        s = np.tanh(U @ x[t - 1] + W @ s + b)
        if t in losses:
            o = V @ s + c
            E = E + mask[t - 1] * (np.log(np.exp(o).sum()) - o[np.argmax(y[t - 1])])
    return E


def told_by_oracle(letters, name, held):
    """Differentiate the loss when E_t sees the state after step held(t) as a number, or s_0 where that is 0."""
    s = rnn.forward(**letters).s
    T = len(letters["x"])

    def loss(value):
        given = letters | {name: value}
        s_0 = given.pop("s_0")
        E = 0 * np.sum(value)
        for t in range(1, T + 1):
            start = s_0 if held(t) == 0 else s[held(t)]
            E = E + loss_from(start, held(t), t, **given, losses=(t,))
        return E

    return oracle.complex_step(loss, letters[name])


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(0, 7),
    n=st.integers(1, 4),
    q=st.integers(1, 4),
    k=st.integers(1, 9),
)
def test_every_gradient_agrees_with_a_complex_step(*, seed, T, n, q, k):
    letters = draw(seed, T=T, n=n, q=q)
    both = {
        truncated.sliding(**letters, window=k): lambda t: max(t - k, 0),
        truncated.chunked(**letters, chunk=k): lambda t: (t - 1) // k * k,
    }
    for found, held in both.items():
        for name in PARAMETERS:
            ours, told = getattr(found, name), told_by_oracle(letters, name, held)
            assert off(ours, told) <= 1e-12 or np.abs(ours - told).max() <= 1e-15, (name, ours, told)


@pytest.mark.parametrize("k", [5, 6, 10**9, np.int64(5)])
def test_with_all_steps_nothing_is_cut_off(k):
    letters = draw(1)
    full = backward.backward(**letters)
    for found in (truncated.sliding(**letters, window=k), truncated.chunked(**letters, chunk=k)):
        for name in (*PARAMETERS, "delta"):
            assert off(getattr(found, name), getattr(full, name)) <= 1e-14


def test_one_step_fewer_than_all_is_another_gradient():
    letters = draw(1)
    full = backward.backward(**letters)
    for found in (truncated.sliding(**letters, window=4), truncated.chunked(**letters, chunk=4)):
        assert off(found.W, full.W) > 1e-4


def test_deltas_add_up_to_the_gradient_by_b():
    letters = draw(2)
    for found in (truncated.sliding(**letters, window=2), truncated.chunked(**letters, chunk=2)):
        assert off(found.delta.sum(axis=0), found.b) <= 1e-14


def test_tokens_and_classes_stand_for_one_hot_rows():
    letters = draw(3, m=4)
    tokens = {"x": [3, 0, 2, 2, 1], "y": letters["y"].argmax(axis=1)}
    rows = letters | {"x": np.eye(4)[tokens["x"]]}
    for function, k in ((truncated.sliding, {"window": 2}), (truncated.chunked, {"chunk": 2})):
        for name in PARAMETERS:
            assert (getattr(function(**letters | tokens, **k), name) == getattr(function(**rows, **k), name)).all()


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "is 0; it must be at least 1."),
        (-3, ValueError, "is -3; it must be at least 1."),
        (2.0, TypeError, "is 2.0; it must be a whole number, at least 1."),
        (None, TypeError, "is None; it must be a whole number, at least 1."),
        (True, TypeError, "is True; it must be a whole number, at least 1."),
    ],
)
def test_bad_windows_and_chunks(value, error, message):
    for function, name in ((truncated.sliding, "window"), (truncated.chunked, "chunk")):
        with pytest.raises(error) as caught:
            function(**draws.rnn(), **{name: value})
        assert str(caught.value) == f"{name} {message}"


@pytest.mark.filterwarnings("error")
def test_bad_letters_and_overflow_are_refused_as_by_the_full_walk():
    huge = draws.rnn() | {"W": np.full((3, 3), 1e200), "U": np.zeros((3, 2)), "b": np.zeros(3), "s_0": np.zeros(3)}
    for function, k in ((truncated.sliding, {"window": 9}), (truncated.chunked, {"chunk": 9})):
        with pytest.raises(ValueError, match=r"^b has shape \(1,\); it must be \(n,\) with n = 3 as in W\.$"):
            function(**draws.rnn() | {"b": [0.0]}, **k)
        with pytest.raises(OverflowError, match=r"^the gradient by U is not finite"):
            function(**huge, **k)


@pytest.mark.filterwarnings("error")
def test_a_sum_over_chunks_that_leaves_the_range_is_named():
    """The gradient by U is finite for each chunk of one step, but not for three together."""
    letters = {"U": [[0]], "W": [[0]], "V": [[2], [0]], "b": [0], "c": [0, 0], "s_0": [0]}
    both = ((truncated.sliding, "window"), (truncated.chunked, "chunk"))
    for function, name in both:
        assert np.isfinite(function(**letters, x=[[1.7e308]], y=[0], **{name: 1}).U).all()
        with pytest.raises(OverflowError, match=r"^the gradient by U is not finite"):
            function(**letters, x=[[1.7e308]] * 3, y=[0] * 3, **{name: 1})


MISTAKES = {
    "one step too few": ("max(t - k, 0)", "max(t - k + 1, 0)"),
    "one step too many": ("max(t - k, 0)", "max(t - k - 1, 0)"),
    "the start is always reached": ("if t <= k:", "if True:"),
    "the start is never reached": ("if t <= k:", "if False:"),
    "W for its transpose": ("W.T @ delta_j", "W @ delta_j"),
    "the slope of the loss's own step": ("run.a[j - 1]", "run.a[t - 1]"),
    "the state of the loss's own step": ("np.outer(delta_j, s[j - 1])", "np.outer(delta_j, s[t - 1])"),
}


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_would_be_noticed(right, wrong):
    source = inspect.getsource(truncated._walks)
    assert source.count(right) == 1
    mistaken = dict(vars(truncated))
    exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
    letters = draws.rnn()
    run = rnn.forward(**letters)
    errors = backward.output_errors(run, letters["y"], np.ones(5))
    found = mistaken["_walks"](*(letters[name] for name in ("W", "V", "x")), errors, run, 2)
    told = {name: told_by_oracle(letters | {"mask": np.ones(5)}, name, lambda t: max(t - 2, 0)) for name in PARAMETERS}
    assert max(off(getattr(found, name), told[name]) for name in PARAMETERS) > 0.01
