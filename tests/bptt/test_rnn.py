"""The forward pass against loops over single entries in 50 digits, at its edges, and at its refusals."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import draws, oracle, rnn


def forward_in_50_digits(*, U, W, V, b, c, s_0, x, y):
    """Sum entry by entry in 50 digits, with the textbook softmax: 50 digits do not need a stable one here."""
    with mpmath.workdps(50):
        mp = np.vectorize(mpmath.mpf, otypes=[object])
        U, W, V, b, c, s, x = (mp(array) if np.size(array) else array for array in (U, W, V, b, c, s_0, x))
        states, logits, losses = [s], [], []
        for x_t, y_t in zip(x, y, strict=True):
            a = [
                b[i] + sum(U[i, j] * x_t[j] for j in range(len(x_t))) + sum(W[i, j] * s[j] for j in range(len(s)))
                for i in range(len(b))
            ]
            s = [mpmath.tanh(a_i) for a_i in a]
            o = [c[i] + sum(V[i, j] * s[j] for j in range(len(s))) for i in range(len(c))]
            p = mpmath.exp(o[list(y_t).index(1)]) / sum(mpmath.exp(o_i) for o_i in o)
            states.append(s)
            logits.append(o)
            losses.append(-mpmath.log(p))
        return (
            np.array(states, dtype=float),
            np.array(logits, dtype=float).reshape(len(y), len(c)),
            np.array(losses, dtype=float),
            float(sum(losses)),
        )


def draw(seed, *, T=4, n=3, m=2, q=4, gain=1.0):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: gain * rng.standard_normal(size) for name, size in sizes.items()}
    return letters | {"y": np.eye(q)[rng.integers(q, size=T)]}


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(0, 6),
    n=st.integers(1, 4),
    m=st.integers(1, 3),
    q=st.integers(1, 5),
    gain=st.sampled_from([0.1, 1.0, 10.0]),
)
def test_every_quantity_agrees_with_50_digits(*, seed, T, n, m, q, gain):
    letters = draw(seed, T=T, n=n, m=m, q=q, gain=gain)
    run = rnn.forward(**letters)
    s, o, E, total = forward_in_50_digits(**letters)
    scale = 1e-12 * gain**4 + 1e-14
    np.testing.assert_allclose(run.s, s, rtol=0, atol=scale)
    np.testing.assert_allclose(run.o, o, rtol=0, atol=scale)
    np.testing.assert_allclose(run.E, E, rtol=1e-12, atol=scale)
    assert run.total == pytest.approx(total, rel=1e-12, abs=scale)
    assert rnn.loss(**letters) == run.total
    assert (run.a.shape, run.s.shape, run.o.shape, run.y_hat.shape, run.E.shape) == (
        (T, n), (T + 1, n), (T, q), (T, q), (T,),
    )  # fmt: skip
    np.testing.assert_allclose(run.y_hat.sum(axis=1), 1, rtol=1e-13)
    np.testing.assert_allclose(np.tanh(run.a), run.s[1:], rtol=1e-15)


def test_the_named_draw():
    letters = draws.rnn()
    run = rnn.forward(**letters)
    *_, total = forward_in_50_digits(**letters)
    assert run.total == pytest.approx(total, rel=1e-14)
    assert run.total == pytest.approx(run.E.sum(), rel=1e-15)


@pytest.mark.parametrize("name", ["U", "W", "V", "b", "c", "s_0", "x"])
def test_an_oracle_may_hand_in_one_complex_parameter(name):
    letters = draws.rnn()

    def loss(value):
        return rnn.loss(**letters | {name: value})

    exact, estimate = oracle.complex_step(loss, letters[name]), oracle.central_difference(loss, letters[name])
    assert exact.shape == letters[name].shape
    assert np.linalg.norm(exact) > 0.1
    assert (np.abs(exact - estimate.value) <= estimate.error + 1e-15).all()
    assert estimate.error.max() < 1e-9


def test_a_complex_run_is_the_real_run_in_its_real_part():
    letters = draws.rnn()
    real, bent = rnn.forward(**letters), rnn.forward(**letters | {"W": letters["W"] + 0j})
    for name in ("a", "s", "o", "y_hat", "E"):
        assert getattr(bent, name).dtype == complex
        np.testing.assert_allclose(getattr(bent, name), getattr(real, name), rtol=1e-14)


@pytest.mark.filterwarnings("error")
def test_large_logits_lose_no_digit():
    """s = tanh(0) = 0, so the logits are c itself."""
    letters = draw(0) | {"U": np.zeros((3, 2)), "W": np.zeros((3, 3)), "b": np.zeros(3)}
    letters |= {"c": [1e4, -1e4, 9990.0, 0.0], "y": np.eye(4)}
    run = rnn.forward(**letters)
    with mpmath.workdps(50):
        log_sum = mpmath.log1p(mpmath.exp(-10))
        exact = [float(log_sum - difference) for difference in (0, -20000, -10, -10000)]
    np.testing.assert_allclose(run.E, exact, rtol=1e-15)
    assert run.y_hat[0].tolist() == pytest.approx([1 / (1 + np.exp(-10.0)), 0, np.exp(-10.0) / (1 + np.exp(-10.0)), 0])


@pytest.mark.filterwarnings("error")
def test_a_loss_near_zero_keeps_its_digits():
    assert rnn.log_softmax(np.array([50.0, 0.0]))[0] == pytest.approx(-1.928749847963918e-22, rel=1e-14, abs=0)


def test_no_step_costs_nothing():
    run = rnn.forward(**draw(1, T=0))
    assert run.total == 0
    assert run.s.shape == (1, 3)
    assert run.a.shape == (0, 3)


def test_arguments_are_neither_changed_nor_aliased():
    letters = draws.rnn()
    before = {name: array.copy() for name, array in letters.items()}
    run = rnn.forward(**letters)
    results = (run.a, run.s, run.o, run.y_hat, run.E)
    assert not any(np.shares_memory(result, array) for result in results for array in letters.values())
    for result in results:
        result[...] = 7
    assert all((letters[name] == before[name]).all() for name in letters)


def test_integers_and_lists_will_do():
    letters = {"U": [[1]], "W": [[0]], "V": [[1], [-1]], "b": [0], "c": [0, 0], "s_0": [0], "x": [[2]], "y": [[1, 0]]}
    assert rnn.loss(**letters) == pytest.approx(np.log1p(np.exp(-2 * np.tanh(2.0))), rel=1e-15)


def test_single_precision_stays_single():
    letters = {name: array.astype(np.float32) for name, array in draws.rnn().items()}
    run = rnn.forward(**letters, mask=np.full(5, 0.1))
    assert {array.dtype for array in (run.a, run.s, run.o, run.y_hat, run.E)} == {np.dtype(np.float32)}
    doubles = rnn.forward(**{name: array.astype(float) for name, array in letters.items()})
    np.testing.assert_allclose(run.E, doubles.E, rtol=1e-5)
    assert run.total == pytest.approx(0.1 * doubles.total, rel=1e-5)
    assert rnn.forward(**letters | {"b": [0, 0, 0]}).s.dtype == float


def test_tokens_and_classes_stand_for_one_hot_rows():
    letters = draw(1, m=4)
    tokens = {"x": [3, 0, 2, 3], "y": letters["y"].argmax(axis=1)}
    told = rnn.forward(**letters | {"x": np.eye(4)[tokens["x"]]})
    for kind in (np.int64, np.uint8):
        found = rnn.forward(**letters | {name: np.array(value, kind) for name, value in tokens.items()})
        for name in ("a", "s", "o", "y_hat", "E", "total"):
            assert (getattr(found, name) == getattr(told, name)).all() if name != "total" else found.total == told.total
    singles = {name: array.astype(np.float32) for name, array in letters.items()}
    assert rnn.forward(**singles | tokens).s.dtype == np.float32
    assert rnn.forward(**letters | {"x": [], "y": []}).total == 0


def test_a_mask_weighs_the_losses_and_leaves_the_states_alone():
    letters, m = draw(1), np.array([1, 0, 0.25, 0.5])
    run, masked = rnn.forward(**letters), rnn.forward(**letters, mask=m)
    assert masked.total == pytest.approx(float(m @ run.E), rel=1e-15)
    assert (masked.s == run.s).all()
    assert (masked.E == run.E).all()
    assert rnn.loss(**letters, mask=[True, False, False, True]) == pytest.approx(run.E[0] + run.E[3], rel=1e-15)


NAN, INF = float("nan"), float("inf")
ZERO = "only T may be 0, other sizes must be at least 1."
ONE_HOT = "every row of y must be one-hot: one entry 1, all others 0."
REAL = "it must hold real numbers, one-hot in every row."
WHOLE = "with shape (T,) it must hold whole numbers, and"
LARGE = "numbers became too large; make weights or x smaller."


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"W": np.ones((3, 4))}, ValueError, "W has shape (3, 4); it must be (n, n)."),
        ({"W": np.ones(3)}, ValueError, "W has shape (3,); it must be (n, n)."),
        ({"W": np.ones((0, 0))}, ValueError, f"W has shape (0, 0); {ZERO}"),
        ({"U": np.ones((2, 3))}, ValueError, "U has shape (2, 3); it must be (n, m) with n = 3 as in W."),
        ({"U": np.ones((3, 0))}, ValueError, f"U has shape (3, 0); {ZERO}"),
        ({"V": np.ones((3, 4))}, ValueError, "V has shape (3, 4); it must be (q, n) with n = 3 as in W."),
        ({"b": np.ones((3, 1))}, ValueError, "b has shape (3, 1); it must be (n,) with n = 3 as in W."),
        ({"b": 0.5}, ValueError, "b has shape (); it must be (n,) with n = 3 as in W."),
        ({"c": np.ones(3)}, ValueError, "c has shape (3,); it must be (q,) with q = 4 as in V."),
        ({"s_0": np.ones(4)}, ValueError, "s_0 has shape (4,); it must be (n,) with n = 3 as in W."),
        ({"x": np.ones((5, 3))}, ValueError, "x has shape (5, 3); it must be (T, m) with m = 2 as in U."),
        ({"y": np.eye(4)}, ValueError, "y has shape (4, 4); it must be (T, q) with T = 5 as in x and q = 4 as in V."),
        ({"x": np.ones((5, 2, 1))}, ValueError, "x has shape (5, 2, 1); it must be (T, m) with m = 2 as in U."),
        ({"x": 1}, ValueError, "x has shape (); it must be (T, m) with m = 2 as in U."),
        ({"x": [0, 1, 0, 1]}, ValueError,
         "y has shape (5, 4); it must be (T, q) with T = 4 as in x and q = 4 as in V."),
        ({"y": [0, 1]}, ValueError, "y has shape (2,); it must be (T,) with T = 5 as in x."),
        ({"x": [0, 1, 2, 0, 1]}, ValueError,
         "x holds 2 at index (2,); it must be at least 0 and below 2, the number of columns of U."),
        ({"x": [0, 1, 0, 0, -1]}, ValueError,
         "x holds -1 at index (4,); it must be at least 0 and below 2, the number of columns of U."),
        ({"y": [4, 1, 0, 0, 1]}, ValueError,
         "y holds 4 at index (0,); it must be at least 0 and below 4, the number of rows of V."),
        ({"x": np.array([0, 1, 0, 2**64 - 1, 0], np.uint64)}, ValueError,
         "x holds 18446744073709551615 at index (3,); it must be at least 0 and below 2, the number of columns of U."),
        ({"y": np.array([0, 1, 0, 0, 2**64 - 1], np.uint64)}, ValueError,
         "y holds 18446744073709551615 at index (4,); it must be at least 0 and below 4, the number of rows of V."),
        ({"s_0": np.ma.array([0.0, 9.0, 0.0], mask=[0, 1, 0])}, TypeError,
         "s_0 is a masked array, and a mask would be lost; give a plain array."),
        ({"x": np.ones(5)}, TypeError,
         f"x has dtype float64 and shape (5,); {WHOLE} vectors need shape (T, m)."),
        ({"y": np.ones(5)}, TypeError,
         f"y has dtype float64 and shape (5,); {WHOLE} one-hot rows need shape (T, q)."),
        ({"mask": [1]}, ValueError, "mask has shape (1,); it must be (T,) with T = 5 as in x."),
        ({"mask": [0, 0, 0, 0, 1.1]}, ValueError, "mask holds 1.1 at index (4,); every number must be from 0 to 1."),
        ({"mask": "1"}, TypeError, "mask has dtype <U1; it must hold True and False, or numbers from 0 to 1."),
        ({"s_0": [0, NAN, 0]}, ValueError, "s_0 holds nan at index (1,); every number must be finite."),
        ({"U": [[0, 0], [0, INF], [0, 0]]}, ValueError, "U holds inf at index (1, 1); every number must be finite."),
        ({"b": ["a", "b", "c"]}, TypeError, "b has dtype <U1; it must hold real or complex numbers."),
        ({"b": None}, TypeError, "b has dtype object; it must hold real or complex numbers."),
        ({"y": np.eye(5, 4)}, ValueError, f"y_5 is [0.0, 0.0, 0.0, 0.0]; {ONE_HOT}"),
        ({"y": np.full((5, 4), 0.25)}, ValueError, f"y_1 is [0.25, 0.25, 0.25, 0.25]; {ONE_HOT}"),
        ({"y": [[1, 1, -1, 0]] * 5}, ValueError, f"y_1 is [1.0, 1.0, -1.0, 0.0]; {ONE_HOT}"),
        ({"y": np.eye(5, 4) + 0j}, TypeError, f"y has dtype complex128; {REAL}"),
        ({"W": np.full((3, 3), 1e200), "s_0": [1e200] * 3}, OverflowError, f"a_1 is [inf inf inf]: {LARGE}"),
        ({"V": np.full((4, 3), -1.7e308), "b": [9.0] * 3}, OverflowError, f"o_1 is [-inf -inf -inf -inf]: {LARGE}"),
        ({"c": [1.7e308, -1.7e308, 0, 0], "y": np.eye(4)[[0, 1, 2, 3, 0]]}, OverflowError, f"E_1 is nan: {LARGE}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("function", [rnn.forward, rnn.loss])
def test_bad_arguments(function, change, error, message):
    with pytest.raises(error) as caught:
        function(**draws.rnn() | change)
    assert str(caught.value) == message


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("function", [rnn.forward, rnn.loss])
def test_a_sum_of_losses_that_leaves_the_range_is_named(function):
    """Each of the two losses is 1e308."""
    letters = {"U": [[0]], "W": [[0]], "V": [[0], [0]], "b": [0], "c": [0, 1e308], "s_0": [0]}
    assert rnn.loss(**letters, x=[0], y=[0]) == 1e308
    with pytest.raises(OverflowError) as caught:
        function(**letters, x=[0, 0], y=[0, 0])
    assert str(caught.value) == f"E is not finite: {LARGE}"


@pytest.mark.parametrize(("longer", "double"), [(np.longdouble, np.float64), (np.clongdouble, np.complex128)])
def test_longer_numbers_are_refused_rather_than_shortened(longer, double):
    if np.dtype(longer).itemsize == np.dtype(double).itemsize:
        pytest.skip("long double is double here")
    message = r"^c has dtype \w+; it must hold numbers at most in double precision\.$"
    with pytest.raises(TypeError, match=message):
        rnn.forward(**draws.rnn() | {"c": np.zeros(4, longer)})
    assert rnn.forward(**draws.rnn() | {"c": np.zeros(4, double)}).total


def test_ragged_rows_name_their_argument():
    with pytest.raises(ValueError, match=r"^W is no array: its rows must be equally long"):
        rnn.forward(**draws.rnn() | {"W": [[1, 2], [3]]})
