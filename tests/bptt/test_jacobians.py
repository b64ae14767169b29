"""Rows, matrices and their products against a complex step through the forward pass."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import backward, draws, jacobians, oracle, rnn

seeds = st.integers(0, 2**32 - 1)


def draw(seed, *, T=5, n=3, m=2, q=4):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: rng.uniform(-0.9, 0.9, size) for name, size in sizes.items()}
    return letters | {"W": letters["W"] / np.sqrt(n), "y": np.eye(q)[rng.integers(q, size=T)]}


def by_columns(told):
    """Stack the columns of a matrix that was differentiated by: (n, rows, columns) becomes (n, rows columns)."""
    return told.transpose(0, 2, 1).reshape(len(told), -1)


def state(letters, t, **changes):
    return rnn.forward(**letters | changes).s[t]


def off(found, told):
    scale = max(np.abs(found).max(initial=0), np.abs(told).max(initial=0))
    return 0.0 if scale == 0 else np.abs(found - told).max() / scale


@settings(deadline=None)
@given(seeds, st.integers(0, 6), st.integers(1, 4), st.integers(1, 4))
def test_totals_agree_with_a_complex_step(seed, T, n, m):
    letters = draw(seed, T=T, n=n, m=m)
    W, x, s = letters["W"], letters["x"], rnn.forward(**letters).s
    told = {
        name: oracle.complex_step(lambda value, name=name: state(letters, T, **{name: value}), letters[name])
        for name in ("W", "U", "b", "s_0")
    }
    assert jacobians.total_W(W, s, T).shape == (n, n * n)
    assert jacobians.total_U(W, s, x, T).shape == (n, n * m)
    assert off(jacobians.total_W(W, s, T), by_columns(told["W"])) <= 1e-12
    assert off(jacobians.total_U(W, s, x, T), by_columns(told["U"])) <= 1e-12
    assert off(jacobians.total_b(W, s, T), told["b"]) <= 1e-12
    assert off(jacobians.product(W, s, 0, T), told["s_0"]) <= 1e-12


@settings(deadline=None)
@given(seeds, st.integers(1, 4), st.integers(1, 4))
def test_one_step_agrees_with_a_complex_step(seed, n, m):
    """With one step there is nothing earlier that could follow: the total derivative is the immediate one."""
    letters = draw(seed, T=1, n=n, m=m)
    s, x_1 = rnn.forward(**letters).s, letters["x"][0]
    told = {
        name: oracle.complex_step(lambda value, name=name: state(letters, 1, **{name: value}), letters[name])
        for name in ("W", "U", "b", "s_0")
    }
    assert off(jacobians.immediate_W(s[1], s[0]), by_columns(told["W"])) <= 1e-13
    assert off(jacobians.immediate_U(s[1], x_1), by_columns(told["U"])) <= 1e-13
    assert off(jacobians.immediate_b(s[1]), told["b"]) <= 1e-13
    assert off(jacobians.step(letters["W"], s[1]), told["s_0"]) <= 1e-13


@pytest.mark.parametrize(("k", "t"), [(0, 5), (1, 4), (2, 3), (3, 3)])
def test_the_product_between_two_states(k, t):
    """Run the network from s_k on: what it answers to a change of s_k is the product of the steps after k."""
    letters = draws.rnn()
    s = rnn.forward(**letters).s
    later = letters | {"x": letters["x"][k:], "y": letters["y"][k:]}
    told = oracle.complex_step(lambda s_k: state(later, t - k, s_0=s_k), s[k])
    assert off(jacobians.product(letters["W"], s, k, t), told) <= 1e-13


def test_the_logit_row_is_a_row_and_agrees_with_a_complex_step():
    letters = draws.rnn()
    run = rnn.forward(**letters)
    for t in range(1, 6):
        told = oracle.complex_step(lambda o, t=t: -letters["y"][t - 1] @ rnn.log_softmax(o), run.o[t - 1])
        row = jacobians.logit_row(run.y_hat[t - 1], letters["y"][t - 1])
        assert row.shape == (1, 4)
        assert off(row[0], told) <= 1e-13


@settings(deadline=None)
@given(seeds, st.integers(0, 6), st.integers(1, 4), st.integers(1, 4))
def test_the_row_map_and_the_gradient_hold_the_same_numbers(seed, T, n, q):
    letters = draw(seed, T=T, n=n, q=q)
    row, G = jacobians.dE_dW(**letters), backward.backward(**letters).W
    assert row.shape == (1, n * n)
    assert off(jacobians.gradient(row, n, n), G) <= 1e-12 or np.abs(row).max() < 1e-15
    dW = np.random.default_rng(seed).standard_normal((n, n))
    told = oracle.directional(lambda W: rnn.loss(**letters | {"W": W}), letters["W"], dW)
    assert (row @ jacobians.vec(dW)).item() == pytest.approx(told, rel=1e-11, abs=1e-13)
    assert (row @ jacobians.vec(dW)).item() == pytest.approx(np.trace(G.T @ dW), rel=1e-11, abs=1e-13)


def test_columns_are_stacked_and_unstacked():
    A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert jacobians.vec(A).tolist() == [1, 4, 2, 5, 3, 6]
    assert jacobians.row_map(A).tolist() == [[1, 4, 2, 5, 3, 6]]
    assert jacobians.gradient(jacobians.row_map(A), 2, 3).tolist() == A.tolist()


def test_vec_of_a_product_is_the_kronecker_product():
    product = draws.product()
    dW, s = product["ΔW"], product["s"]
    np.testing.assert_allclose(dW @ s, np.kron(s, np.eye(3)) @ jacobians.vec(dW), rtol=1e-14)


def test_no_step_and_no_way():
    letters = draw(0, T=0)
    s = rnn.forward(**letters).s
    assert jacobians.product(letters["W"], s, 0, 0).tolist() == np.eye(3).tolist()
    assert jacobians.total_W(letters["W"], s, 0).tolist() == np.zeros((3, 9)).tolist()
    assert jacobians.dE_dW(**letters).tolist() == np.zeros((1, 9)).tolist()


def test_slopes_by_hand():
    assert jacobians.slopes([0.5, 0.0]).tolist() == [[0.75, 0.0], [0.0, 1.0]]
    assert jacobians.step([[1, 2], [3, 4]], [0.5, 0.0]).tolist() == [[0.75, 1.5], [3.0, 4.0]]


def test_complex_numbers_stay_complex():
    letters = draws.rnn()
    bent = letters | {"W": letters["W"] + 0j}
    s = rnn.forward(**bent).s
    assert jacobians.total_W(bent["W"], s, 5).dtype == complex
    assert jacobians.dE_dW(**bent).dtype == complex


def test_results_share_no_memory_with_arguments():
    letters = draws.rnn()
    s, W = rnn.forward(**letters).s, letters["W"]
    G = np.arange(9.0).reshape(3, 3)
    row = jacobians.row_map(G)
    assert not np.shares_memory(row, G)
    assert not np.shares_memory(jacobians.gradient(row, 3, 3), row)
    assert not np.shares_memory(jacobians.vec(G), G)
    assert not np.shares_memory(jacobians.product(W, s, 0, 1), W)


MISTAKES = {
    "the product upwards": ("product", "step(W, s[j]) @ J", "J @ step(W, s[j])"),
    "W for its transpose": ("step", 'D_t @ _shaped("W", W, "n", "n", n=len(D_t))', "D_t @ np.asarray(W).T"),
    "the slope on the wrong side": ("step", 'D_t @ _shaped("W", W, "n", "n", n=len(D_t))', "np.asarray(W) @ D_t"),
    "one step too many": ("product", "range(k + 1, t + 1)", "range(k, t + 1)"),
    "the state of the wrong step": ("total_W", "immediate_W(s[k], s[k - 1])", "immediate_W(s[k], s[k])"),
    "the own step is dropped": ("total_W", "in _uses(s, t):", "in _uses(s, t)[:-1]:"),
    "only the own step": ("total_W", "in _uses(s, t):", "in _uses(s, t)[-1:]:"),
    "rows for columns": ("immediate_W", "np.kron(", "(lambda a, b: np.kron(b, a))("),
}


@pytest.mark.parametrize(("function", "right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_would_be_noticed(function, right, wrong):
    source = inspect.getsource(jacobians)
    place = inspect.getsource(getattr(jacobians, function))
    assert place.count(right) == 1
    mistaken = {"__name__": "mistaken"}
    exec(source.replace(place, place.replace(right, wrong)), mistaken)  # noqa: S102  # our own source
    letters = draws.rnn()
    told = by_columns(oracle.complex_step(lambda W: state(letters, 5, W=W), letters["W"]))
    assert off(mistaken["total_W"](letters["W"], rnn.forward(**letters).s, 5), told) > 0.01


S = np.full((6, 3), 0.5)
W = np.eye(3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: jacobians.slopes(0.5), ValueError, "s_t has shape (); it must be (n,)."),
        (lambda: jacobians.slopes([]), ValueError, "s_t has shape (0,); it must be (n,) with sizes of at least 1."),
        (lambda: jacobians.slopes(["a"]), TypeError, "s_t has dtype <U1; it must hold real or complex numbers."),
        (lambda: jacobians.step(W, [0.5]), ValueError, "W has shape (3, 3); it must be (n, n) with n = 1."),
        (lambda: jacobians.product(W, S, 3, 2), ValueError,
         "k is 3 and t is 2; with 6 states in s it must be 0 <= k <= t <= 5."),
        (lambda: jacobians.product(W, S, -1, 2), ValueError,
         "k is -1 and t is 2; with 6 states in s it must be 0 <= k <= t <= 5."),
        (lambda: jacobians.total_W(W, S, 6), ValueError, "t is 6; with 6 states in s it must be 0 <= t <= 5."),
        (lambda: jacobians.total_b(W, S[0], 0), ValueError, "s has shape (3,); it must be (T+1, n)."),
        (lambda: jacobians.total_U(W, S, np.ones((4, 2)), 3), ValueError,
         "x has shape (4, 2); it must be (T, m) with T = 5."),
        (lambda: jacobians.immediate_W(S[1], [0.5]), ValueError, "s_prev has shape (1,); it must be (n,) with n = 3."),
        (lambda: jacobians.logit_row([0.5, 0.5], [1]), ValueError, "y_t has shape (1,); it must be (q,) with q = 2."),
        (lambda: jacobians.gradient([1, 2, 3], 1, 3), ValueError,
         "row has shape (3,); it must be (1, r c) with r c = 3."),
        (lambda: jacobians.vec([1.0]), ValueError, "A has shape (1,); it must be (r, c)."),
        (lambda: jacobians.vec([[float("nan")]]), ValueError,
         "A holds nan at index (0, 0); every number must be finite."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_bad_arguments(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
