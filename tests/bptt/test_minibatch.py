"""The gradients of a minibatch, the plain and the fast way: against oracles, against each other, and at the edges."""

import inspect
import math
import threading
import tracemalloc

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import fast, minibatch, oracle

PARAMETERS = ("U", "W", "V", "b", "c", "s_0")
RESULTS = (*PARAMETERS, "s_T")
BOTH = pytest.mark.parametrize("gradients", [minibatch.gradients, fast.gradients], ids=["plain", "fast"])


def draw(seed, *, T=5, B=3, n=4, m=3, q=2, gain=1.0, vectors=False, own_starts=False, masked=False, dtype=float):
    """Draw a minibatch whose units stay where the slope of tanh is well above zero."""
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": (B, n) if own_starts else n}
    letters = {name: rng.uniform(-0.9, 0.9, size).astype(dtype) for name, size in sizes.items()}
    letters["W"] *= np.array(gain / np.sqrt(n), dtype)
    letters["x"] = rng.uniform(-0.9, 0.9, (T, B, m)).astype(dtype) if vectors else rng.integers(m, size=(T, B))
    letters["y"] = rng.integers(q, size=(T, B))
    return letters | ({"mask": rng.uniform(size=(T, B)) * rng.integers(2, size=(T, B))} if masked else {})


def off(found, told):
    """How far two arrays are apart, in units of the larger one's largest entry."""
    scale = max(np.abs(found).max(initial=0), np.abs(told).max(initial=0))
    return 0.0 if scale == 0 else np.abs(found - told).max() / scale


def differences(found, told):
    return {name: off(getattr(found, name), getattr(told, name)) for name in RESULTS} | {"E": off(found.E, told.E)}


def loss(*, U, W, V, b, c, s_0, x, y, mask=1.0):
    """All sequences at once, in columns, with the textbook softmax: nothing of the programs under test."""
    T, B = y.shape
    s = s_0.T if s_0.ndim > 1 else np.repeat(s_0[:, np.newaxis], B, axis=1)
    m, E = np.broadcast_to(mask, (T, B)), 0.0
    for t in range(T):
        inputs = U @ x[t].T if x.ndim > 2 else np.stack([U[:, i] for i in x[t]], axis=1)
        s = np.tanh(inputs + W @ s + b[:, np.newaxis])
        p = np.exp(V @ s + c[:, np.newaxis])
        E = E - (m[t] * np.log(p[y[t], np.arange(B)] / p.sum(axis=0))).sum()
    return E


kinds = {"vectors": st.booleans(), "own_starts": st.booleans(), "masked": st.booleans()}
sizes = {
    "T": st.integers(0, 6),
    "B": st.integers(1, 3),
    "n": st.integers(1, 4),
    "m": st.integers(1, 4),
    "q": st.integers(1, 4),
}
seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=30)
@given(seed=seeds, **sizes, **kinds)
def test_every_gradient_agrees_with_a_complex_step(seed, **how):
    letters = draw(seed, **how)
    E = loss(**letters)
    for gradients in (minibatch.gradients, fast.gradients):
        found = gradients(**letters)
        assert pytest.approx(E, rel=1e-13, abs=1e-15) == found.E
        for name in PARAMETERS:
            ours = getattr(found, name)
            told = oracle.complex_step(
                lambda value, name=name: loss(**letters | {name: value}) + 0 * value.sum(), letters[name]
            )
            assert ours.shape == letters[name].shape
            assert off(ours, told) <= 1e-12 or np.abs(ours - told).max() <= 1e-14, (name, ours, told)


@settings(deadline=None, max_examples=150)
@given(
    seed=seeds,
    **sizes | {"T": st.integers(0, 12), "n": st.integers(1, 9), "m": st.integers(1, 70)},
    **kinds,
    truncation=st.sampled_from(["window", "chunk", None]),
    k=st.integers(1, 14),
    block=st.sampled_from([1, 40, fast.BLOCK]),
    one_hot=st.sampled_from([0, fast.ONE_HOT]),
    gain=st.sampled_from([0.5, 1.0, 1.5]),
)
def test_the_fast_way_finds_what_the_plain_way_finds(*, seed, truncation, k, block, one_hot, **how):
    letters = draw(seed, **how) | ({truncation: k} if truncation else {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "BLOCK", block)
        patch.setattr(fast, "ONE_HOT", one_hot)
        found = fast.gradients(**letters)
    told = minibatch.gradients(**letters)
    for name in RESULTS:
        ours, plain = getattr(found, name), getattr(told, name)
        assert (ours.shape, ours.dtype) == (plain.shape, plain.dtype)
        assert off(ours, plain) <= 1e-12 or np.abs(ours - plain).max() <= 1e-15, name
    assert pytest.approx(told.E, rel=1e-13, abs=1e-15) == found.E


@settings(deadline=None, max_examples=50)
@given(seed=seeds, **sizes | {"T": st.integers(0, 25), "n": st.integers(1, 9)}, **kinds)
def test_single_precision_stays_single_and_is_as_good_as_it_can_be(seed, **how):
    letters = draw(seed, **how, dtype=np.float32)
    exact = {name: array.astype(float) if array.dtype == np.float32 else array for name, array in letters.items()}
    told = minibatch.gradients(**exact)
    for gradients in (minibatch.gradients, fast.gradients):
        found = gradients(**letters)
        assert isinstance(found.E, float)
        for name in RESULTS:
            ours, double = getattr(found, name), getattr(told, name)
            assert ours.dtype == np.float32
            assert off(ours, double) <= 5e-5 or np.abs(ours - double).max() <= 1e-6, name


@pytest.mark.parametrize("dtype", [float, np.float32])
def test_a_large_network_in_one_direction(dtype):
    """One complex run moves all parameters at once; their gradients must add up to what it says."""
    how = {"T": 50, "B": 32, "n": 128, "m": 65, "q": 65, "own_starts": True}
    letters, direction = draw(7, **how, dtype=dtype), draw(8, **how)
    found = fast.gradients(**letters)
    moved = {name: letters[name].astype(float) + 1e-30j * direction[name] for name in PARAMETERS}
    told = loss(**letters | moved).imag / 1e-30
    ours = sum((getattr(found, name).astype(float) * direction[name]).sum() for name in PARAMETERS)
    assert ours == pytest.approx(told, rel=1e-12 if dtype is float else 1e-4)


def test_ten_thousand_steps():
    letters = draw(3, T=10_000, B=1, n=5)
    found = fast.gradients(**letters)
    told = minibatch.gradients(**letters)
    assert max(differences(found, told).values()) <= 1e-12
    direction = draw(4, T=0, B=1, n=5)
    moved = {name: letters[name] + 1e-30j * direction[name] for name in PARAMETERS}
    slope = loss(**letters | moved).imag / 1e-30
    assert sum((getattr(found, name) * direction[name]).sum() for name in PARAMETERS) == pytest.approx(slope, rel=1e-12)


def directional_in_50_digits(letters, direction):
    """The slope of the loss when all parameters move at once, by a central difference in 50 digits."""

    def E(h):
        U, W, V, b, c, s = (
            mpmath.matrix(letters[name].tolist()) + h * mpmath.matrix(direction[name].tolist()) for name in PARAMETERS
        )
        total = mpmath.mpf(0)
        for x_t, y_t in zip(letters["x"][:, 0], letters["y"][:, 0], strict=True):
            s = (U[:, int(x_t)] + W * s + b).apply(mpmath.tanh)
            p = (V * s + c).apply(mpmath.exp)
            total -= mpmath.log(p[int(y_t)] / sum(p))
        return total

    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -16
        return float((E(h) - E(-h)) / (2 * h))


@pytest.mark.parametrize("T", [1, 2, 30])
@pytest.mark.parametrize("gain", [0.5, 1.5])
def test_fifty_digits_say_the_same(T, gain):
    letters = draw(5, T=T, B=1, n=5, m=4, q=3, gain=gain)
    for seed in (6, 7):
        direction = draw(seed, T=0, n=5, m=4, q=3)
        told = directional_in_50_digits(letters, direction)
        for gradients in (minibatch.gradients, fast.gradients):
            found = gradients(**letters)
            terms = [(getattr(found, name) * direction[name]).ravel() for name in PARAMETERS]
            assert abs(np.concatenate(terms).sum() - told) <= 1e-14 * np.abs(np.concatenate(terms)).sum()


@BOTH
def test_no_step_costs_nothing(gradients):
    for how in ({}, {"own_starts": True}, {"vectors": True}, {"masked": True}):
        letters = draw(1, T=0, **how)
        for k in ({}, {"window": 2}, {"chunk": 2}):
            found = gradients(**letters, **k)
            assert found.E == 0
            for name in PARAMETERS:
                assert getattr(found, name).shape == letters[name].shape
                assert not getattr(found, name).any()
            assert (found.s_T == np.broadcast_to(letters["s_0"], (3, 4))).all()


@BOTH
def test_no_step_may_be_an_empty_list(gradients):
    assert gradients(**draw(1, T=0) | {"x": np.zeros((0, 3)), "y": np.zeros((0, 3))}).E == 0


@BOTH
def test_the_sum_goes_over_steps_and_sequences(gradients):
    letters = draw(2, own_starts=True)
    parts = [gradients(**letters | {"x": letters["x"][:, i : i + 1], "y": letters["y"][:, i : i + 1],
                                    "s_0": letters["s_0"][i]}) for i in range(3)]  # fmt: skip
    found = gradients(**letters)
    assert pytest.approx(sum(part.E for part in parts), rel=1e-14) == found.E
    assert off(found.W, sum(part.W for part in parts)) <= 1e-14
    assert off(found.s_0, np.stack([part.s_0 for part in parts])) <= 1e-14


@BOTH
def test_the_state_can_be_carried(gradients):
    """Two halves, the second begun where the first ended, are one run in chunks of a half."""
    letters = draw(3, T=8, own_starts=True)
    first, second = ({"x": letters["x"][half], "y": letters["y"][half]} for half in (slice(4), slice(4, 8)))
    begun = gradients(**letters | first)
    ended = gradients(**letters | second | {"s_0": begun.s_T})
    whole = gradients(**letters, chunk=4)
    assert pytest.approx(begun.E + ended.E, rel=1e-14) == whole.E
    assert off(ended.s_T, whole.s_T) <= 1e-15
    for name in ("U", "W", "V", "b", "c"):
        assert off(getattr(begun, name) + getattr(ended, name), getattr(whole, name)) <= 1e-14
    assert off(begun.s_0, whole.s_0) <= 1e-14


@BOTH
def test_a_mask_of_false_hides_what_is_behind_the_end(gradients):
    letters = draw(4, T=6, B=1)
    short = gradients(**letters | {"x": letters["x"][:4], "y": letters["y"][:4]})
    padded = gradients(**letters, mask=[[True]] * 4 + [[False]] * 2)
    for name in PARAMETERS:
        assert off(getattr(padded, name), getattr(short, name)) <= 1e-14
    assert gradients(**letters, mask=np.ones((6, 1))).E == gradients(**letters).E


@BOTH
def test_large_logits_lose_no_digit(gradients):
    """W and U are 0 and so is s, so the logits are c itself."""
    letters = draw(5, T=1, B=3, q=3) | {"U": np.zeros((4, 3)), "W": np.zeros((4, 4)), "b": np.zeros(4)}
    found = gradients(**letters | {"c": [1e4, -1e4, 9990.0], "y": [[0, 1, 2]]})
    with mpmath.workdps(50):
        log_sum = mpmath.log1p(mpmath.exp(-10))
        told = float(3 * log_sum + 20000 + 10)
        p = [1 / (1 + mpmath.exp(-10)), mpmath.mpf(0), mpmath.exp(-10) / (1 + mpmath.exp(-10))]
        by_c = [float(3 * p_i - 1) for p_i in p]
    assert pytest.approx(told, rel=1e-15) == found.E
    np.testing.assert_allclose(found.c, by_c, rtol=1e-15)


@BOTH
def test_a_network_that_is_nearly_certain_keeps_its_gradient(gradients):
    """Predictions that differ from 1 by 1e-13 and 1e-22: subtracting 1 would leave three digits, or none."""
    for gap in (30.0, 50.0):
        letters = draw(6, T=2, B=1) | {"U": np.zeros((4, 3)), "W": np.zeros((4, 4)), "b": np.zeros(4)}
        found = gradients(**letters | {"c": [gap, 0.0], "y": [[0], [0]]})
        with mpmath.workdps(50):
            E, p = float(2 * mpmath.log1p(mpmath.exp(-gap))), float(2 / (1 + mpmath.exp(gap)))
        assert pytest.approx(E, rel=1e-15, abs=0) == found.E
        np.testing.assert_allclose(found.c, [-p, p], rtol=1e-14)


def test_digits_are_lost_in_saturated_units_as_the_docstring_says():
    """One step, one unit, its a_t given: the gradient by b is the slope times something that keeps its digits."""
    letters = draw(7, T=1, B=1, n=1, m=1) | {"U": [[0.0]], "W": [[0.0]]}
    for a, lost in ((3.0, 1e-13), (5.0, 1e-12), (12.0, 1e-6)):
        plain, quick = (gradients(**letters | {"b": [a]}).b for gradients in (minibatch.gradients, fast.gradients))
        assert off(quick, plain) <= lost
        with mpmath.workdps(50):
            slope = float(mpmath.sech(a) ** 2)
        s, V = np.tanh(a), letters["V"][:, 0]
        e = np.exp(V * s + letters["c"])
        other = e[1 - letters["y"][0, 0]] / e.sum() * (V[1 - letters["y"][0, 0]] - V[letters["y"][0, 0]])
        np.testing.assert_allclose(plain, slope * other, rtol=1e-14)
    assert fast.gradients(**letters | {"b": [19.1]}).b == 0 != minibatch.gradients(**letters | {"b": [19.1]}).b


@pytest.mark.parametrize("a", [1.0, 3.0, 3.99, 6.0])
@pytest.mark.parametrize("T", [1, 5, 20])
def test_each_step_passed_adds_the_error_of_its_slope_as_the_docstring_says(T, a):
    """One unit, its a_t is a in every step, and one loss, in the last: every slope is a factor of what comes back."""
    s, slope = math.tanh(a), math.cosh(a) ** -2
    letters = {"U": [[1.0]], "W": [[0.5]], "V": [[0.3], [-0.2]], "b": [0.0], "c": [0.0, 0.0], "s_0": [s]}
    letters |= {"x": np.full((T, 1, 1), a - 0.5 * s), "y": np.zeros((T, 1), int), "mask": [[0]] * (T - 1) + [[1]]}
    lost = T * np.finfo(float).eps / slope
    assert lost / 100 <= off(fast.gradients(**letters).s_0, minibatch.gradients(**letters).s_0) <= lost


def test_the_plain_way_alone_insists_on_what_reaches_no_result():
    """The right class is certain beyond all numbers: its loss is 0, though the other logarithm is not finite."""
    letters = draw(1, T=1, B=1) | {"c": [1.7e308, -1.7e308], "y": [[0]]}
    assert fast.gradients(**letters).E == 0
    with pytest.raises(OverflowError, match=r"^in sequence 0, E_1 is nan"):
        minibatch.gradients(**letters)


def test_a_window_takes_the_memory_that_the_docstring_says():
    T, B, n = 100, 16, 64
    letters = draw(1, T=T, B=B, n=n)

    def kept_and_peak(**k):
        vars(fast._of_this_thread).clear()
        tracemalloc.start()
        fast.gradients(**letters, **k)
        found = [bytes_ / (8 * T * B * n) for bytes_ in tracemalloc.get_traced_memory()]
        tracemalloc.stop()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast, "BLOCK", 5 * B * n)
        without, windowed = kept_and_peak(), kept_and_peak(window=10)
    assert without == pytest.approx([1.1, 1.1], abs=0.3)
    assert windowed == pytest.approx([3, 6], abs=0.3)


def test_saturated_units_beside_others_do_not_matter():
    letters = draw(8, T=20, n=6)
    letters["b"][:3] = [25.0, -18.0, 12.0]
    assert max(differences(fast.gradients(**letters), minibatch.gradients(**letters)).values()) <= 1e-12


@BOTH
def test_arguments_are_neither_changed_nor_aliased(gradients):
    letters = draw(9, own_starts=True, masked=True)
    before = {name: array.copy() for name, array in letters.items()}
    for array in letters.values():
        array.flags.writeable = False
    first = gradients(**letters)
    kept = {name: getattr(first, name).copy() for name in RESULTS}
    second = gradients(**letters | {"W": 2 * letters["W"]})
    results = [getattr(found, name) for found in (first, second) for name in RESULTS]
    assert not any(np.shares_memory(one, other) for i, one in enumerate(results) for other in results[i + 1 :])
    assert not any(np.shares_memory(result, array) for result in results for array in letters.values())
    assert all((getattr(first, name) == kept[name]).all() for name in RESULTS)
    for result in results:
        result[...] = 7
    third = gradients(**letters)
    assert all((getattr(third, name) == kept[name]).all() for name in RESULTS)
    assert all((letters[name] == before[name]).all() for name in letters)
    with pytest.raises(AttributeError):
        first.W = 0


@BOTH
def test_any_layout_and_small_integers_will_do(gradients):
    letters = draw(10, T=7, B=3, n=4, m=4, vectors=True)
    turned = {name: np.asfortranarray(array) for name, array in letters.items()} | {
        "W": np.repeat(letters["W"], 2, axis=1)[:, ::2],
        "x": letters["x"][::-1][::-1],
        "y": letters["y"].astype(np.uint8),
    }
    assert max(differences(gradients(**turned), gradients(**letters)).values()) <= 1e-15


@BOTH
def test_precisions_that_differ_become_double(gradients):
    letters = draw(11, dtype=np.float32) | {"b": np.zeros(4)}
    doubles = {name: array.astype(float) if array.dtype == np.float32 else array for name, array in letters.items()}
    assert max(differences(gradients(**letters), gradients(**doubles)).values()) == 0
    assert gradients(**letters | {"b": [0, 0, 0, 0]}).W.dtype == float


ONE_SHAPE = [{"T": 40, "B": 2, "n": 20}] * 4
SHAPES = [
    {"T": 40, "B": 2, "n": 20, "window": 5},
    {"T": 7, "B": 9, "n": 20, "chunk": 3, "masked": True},
    {"T": 40, "B": 2, "n": 13, "vectors": True},
    {"T": 40, "B": 2, "n": 20, "dtype": np.float32, "own_starts": True},
]


@pytest.mark.parametrize("shapes", [ONE_SHAPE, SHAPES], ids=["one shape", "several shapes"])
def test_threads_may_call_at_once(shapes):
    """Four threads with different numbers, each going around all of them: shared buffers would mix them up."""
    truncations = [{k: how[k] for k in ("window", "chunk") if k in how} for how in shapes]
    batches = [
        draw(seed, **{k: v for k, v in how.items() if k not in truncations[seed]}) | truncations[seed]
        for seed, how in enumerate(shapes)
    ]
    told = [fast.gradients(**letters) for letters in batches]
    wrong, together = [], threading.Barrier(4)

    def work(first):
        together.wait()
        for i in range(first, first + 60):
            found = fast.gradients(**batches[i % 4])
            if max(differences(found, told[i % 4]).values()):
                wrong.append(i % 4)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


NAN, INF = float("nan"), float("inf")
X, Y = np.zeros((5, 3), int), np.zeros((5, 3), int)
WHOLE = "with shape (T, B) it must hold whole numbers, and"
BAD = [
    ({"W": np.ones((3, 4))}, ValueError, "W has shape (3, 4); it must be (n, n)."),
    ({"W": np.ones((0, 0))}, ValueError, "W has shape (0, 0); only T may be 0, other sizes must be at least 1."),
    ({"U": np.ones((3, 3))}, ValueError, "U has shape (3, 3); it must be (n, m) with n = 4 as in W."),
    ({"V": np.ones((2, 3))}, ValueError, "V has shape (2, 3); it must be (q, n) with n = 4 as in W."),
    ({"b": np.ones((4, 1))}, ValueError, "b has shape (4, 1); it must be (n,) with n = 4 as in W."),
    ({"c": 1.0}, ValueError, "c has shape (); it must be (q,) with q = 2 as in V."),
    ({"s_0": np.ones(3)}, ValueError, "s_0 has shape (3,); it must be (n,) with n = 4 as in W."),
    ({"s_0": np.ones((3, 3))}, ValueError, "s_0 has shape (3, 3); it must be (B, n) with n = 4 as in W."),
    ({"s_0": np.ones((2, 4))}, ValueError, "x has shape (5, 3); it must be (T, B) with B = 2 as in s_0."),
    ({"x": X[0]}, ValueError, "x has shape (3,); it must be (T, B)."),
    ({"x": X[:4]}, ValueError, "y has shape (5, 3); it must be (T, B) with T = 4 as in x and B = 3 as in x."),
    ({"x": np.ones((5, 3, 2))}, ValueError, "x has shape (5, 3, 2); it must be (T, B, m) with m = 3 as in U."),
    ({"x": X[:, :0], "y": Y[:, :0]}, ValueError,
     "x has shape (5, 0); only T may be 0, other sizes must be at least 1."),
    ({"y": Y[:, :2]}, ValueError, "y has shape (5, 2); it must be (T, B) with T = 5 as in x and B = 3 as in x."),
    ({"mask": np.ones(5)}, ValueError, "mask has shape (5,); it must be (T, B) with T = 5 and B = 3 as in x."),
    ({"mask": np.ones((3, 5))}, ValueError, "mask has shape (3, 5); it must be (T, B) with T = 5 and B = 3 as in x."),
    ({"mask": X - 0.5}, ValueError, "mask holds -0.5 at index (0, 0); every number must be from 0 to 1."),
    ({"mask": X + 1.5}, ValueError, "mask holds 1.5 at index (0, 0); every number must be from 0 to 1."),
    ({"mask": X + NAN}, ValueError, "mask holds nan at index (0, 0); every number must be from 0 to 1."),
    ({"mask": [["1"]]}, TypeError, "mask has dtype <U1; it must hold True and False, or numbers from 0 to 1."),
    ({"x": X - 1}, ValueError,
     "x holds -1 at index (0, 0); it must be at least 0 and below 3, the number of columns of U."),
    ({"x": X.astype(np.int8) - 1}, ValueError,
     "x holds -1 at index (0, 0); it must be at least 0 and below 3, the number of columns of U."),
    ({"x": X + np.eye(5, 3, -4, int) * 3}, ValueError,
     "x holds 3 at index (4, 0); it must be at least 0 and below 3, the number of columns of U."),
    ({"y": Y + 2}, ValueError,
     "y holds 2 at index (0, 0); it must be at least 0 and below 2, the number of rows of V."),
    ({"y": Y - 1}, ValueError,
     "y holds -1 at index (0, 0); it must be at least 0 and below 2, the number of rows of V."),
    ({"x": X.astype(np.uint64) + np.uint64(2**64 - 1)}, ValueError,
     "x holds 18446744073709551615 at index (0, 0); it must be at least 0 and below 3, the number of columns of U."),
    ({"y": Y.astype(np.uint64) + np.uint64(2**63)}, ValueError,
     "y holds 9223372036854775808 at index (0, 0); it must be at least 0 and below 2, the number of rows of V."),
    ({"W": np.ma.masked_all((4, 4))}, TypeError, "W is a masked array, and a mask would be lost; give a plain array."),
    ({"V": [np.zeros(4), np.ma.ones(4)]}, TypeError,
     "V holds a masked array, and a mask would be lost; give plain numbers."),
    ({"x": np.ma.array(X)}, TypeError, "x is a masked array, and a mask would be lost; give a plain array."),
    ({"mask": np.ma.array(X)}, TypeError, "mask is a masked array, and a mask would be lost; give a plain array."),
    ({"x": X + 0.0}, TypeError, f"x has dtype float64 and shape (5, 3); {WHOLE} vectors need shape (T, B, m)."),
    ({"x": X > 0}, TypeError, f"x has dtype bool and shape (5, 3); {WHOLE} vectors need shape (T, B, m)."),
    ({"y": Y + 0.0}, TypeError,
     "y has dtype float64 and shape (5, 3); with shape (T, B) it must hold whole numbers, one class each."),
    ({"x": None}, TypeError, f"x has dtype object and shape (); {WHOLE} vectors need shape (T, B, m)."),
    ({"x": [[1, 2], [3]]}, ValueError, "x is no array: its rows must be equally long. NumPy says: "),
    ({"W": [[1, 2], [3]]}, ValueError, "W is no array: its rows must be equally long. NumPy says: "),
    ({"W": None}, TypeError, "W has dtype object; it must hold real numbers, at most in double precision."),
    ({"b": ["a"] * 4}, TypeError, "b has dtype <U1; it must hold real numbers, at most in double precision."),
    ({"b": [1j] * 4}, TypeError, "b has dtype complex128; it must hold real numbers, at most in double precision."),
    ({"U": np.full((4, 3), NAN)}, ValueError, "U holds nan at index (0, 0); every number must be finite."),
    ({"V": [[0, 0, 0, 0], [0, -INF, 0, 0]]}, ValueError, "V holds -inf at index (1, 1); every number must be finite."),
    ({"c": np.array([0, INF], np.float32)}, ValueError, "c holds inf at index (1,); every number must be finite."),
    ({"s_0": [INF, -INF, 0, 0]}, ValueError, "s_0 holds inf at index (0,); every number must be finite."),
    ({"x": np.full((5, 3, 3), NAN)}, ValueError, "x holds nan at index (0, 0, 0); every number must be finite."),
    ({"window": 0}, ValueError, "window is 0; it must be at least 1."),
    ({"window": 1.0}, TypeError, "window is 1.0; it must be a whole number, at least 1."),
    ({"chunk": -1}, ValueError, "chunk is -1; it must be at least 1."),
    ({"chunk": True}, TypeError, "chunk is True; it must be a whole number, at least 1."),
    ({"window": 1, "chunk": 2}, ValueError, "window is 1 and chunk is 2; give one of them, or neither."),
]  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("change", "error", "message"), BAD)
@BOTH
def test_bad_arguments(gradients, change, error, message):
    letters = draw(1)
    before = gradients(**letters).W
    with pytest.raises(error) as caught:
        gradients(**letters | change)
    assert str(caught.value) == message or (message.endswith("says: ") and str(caught.value).startswith(message))
    assert (before == gradients(**letters).W).all()


@BOTH
def test_longer_numbers_are_refused_rather_than_shortened(gradients):
    if np.dtype(np.longdouble).itemsize == 8:
        pytest.skip("long double is double here")
    with pytest.raises(TypeError, match=r"^c has dtype \w+; it must hold real numbers, at most in double precision\.$"):
        gradients(**draw(1) | {"c": np.zeros(2, np.longdouble)})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("change", "plain", "quick"),
    [
        ({"c": [1.7e308, -1.7e308]}, "in sequence 0, E_1 is", "E is not finite"),
        ({"V": np.full((2, 4), -1.7e308), "b": [9.0] * 4}, "in sequence 0, o_1 is", "E is not finite"),
        ({"W": np.full((4, 4), 1e200), "U": np.zeros((4, 3)), "b": np.zeros(4), "s_0": np.zeros(4)},
         "in sequence 0, the gradient by U is not finite", "the gradient by W is not finite"),
    ],
)  # fmt: skip
def test_numbers_that_leave_the_range_are_named(change, plain, quick):
    letters = draw(1, T=5, B=1) | change
    for gradients, message in ((minibatch.gradients, plain), (fast.gradients, quick)):
        with pytest.raises(OverflowError, match=f"^{message}.*: numbers became too large; make weights or x smaller.$"):
            gradients(**letters)


def test_the_sequence_that_leaves_the_range_is_named():
    x = np.zeros((2, 3, 3))
    x[1, 2] = 1e308
    letters = draw(1, T=2, vectors=True) | {"U": np.full((4, 3), 1e3), "x": x}
    with pytest.raises(OverflowError, match=r"^in sequence 2, a_2 is \[inf inf inf inf\]: numbers became too large"):
        minibatch.gradients(**letters)


ZEROS = {"U": [[0.0]], "W": [[0.0]], "V": [[0.0], [0.0]], "b": [0.0], "c": [0.0, 0.0], "s_0": [0.0]}
LOSSES = ZEROS | {"c": [0.0, 1e308]}
ROWS = ZEROS | {"V": [[2.0], [0.0]]}


def tokens(T, B):
    return {"x": np.zeros((T, B), int), "y": np.zeros((T, B), int)}


def vectors(T, B):
    return {"x": np.full((T, B, 1), 1.7e308), "y": np.zeros((T, B), int)}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("letters", "message"),
    [
        (LOSSES | tokens(2, 1), "E is not finite"),
        (LOSSES | tokens(1, 2), "E is not finite"),
        (LOSSES | tokens(2, 1) | {"chunk": 1}, "E is not finite"),
        (ROWS | vectors(1, 3), "the gradient by U is not finite"),
        (ROWS | vectors(3, 1) | {"chunk": 1}, "the gradient by U is not finite"),
        (ROWS | vectors(3, 1) | {"window": 1}, "the gradient by U is not finite"),
    ],
)
@BOTH
def test_sums_that_leave_the_range_are_named(gradients, letters, message):
    """No step and no sequence is too large, but together they are."""
    one = {name: letters[name][:1, :1] for name in "xy"}
    assert np.isfinite(gradients(**letters | one).E)
    with pytest.raises(OverflowError, match=f"^(in sequence 0, )?{message}: numbers became too large"):
        gradients(**letters)


@pytest.mark.filterwarnings("error")
@BOTH
def test_losses_in_single_precision_are_added_in_double(gradients):
    letters = {name: np.array(value, np.float32) for name, value in ZEROS.items()}
    letters["c"][1] = 3e38
    for T, B in ((2, 1), (1, 2)):
        assert 2 * float(np.float32(3e38)) == gradients(**letters, **tokens(T, B)).E


@pytest.mark.filterwarnings("error")
@BOTH
def test_huge_weights_that_only_saturate_are_no_error(gradients):
    found = gradients(**draw(1) | {"W": np.full((4, 4), 1e300)})
    assert np.isfinite(found.E)
    assert np.isfinite(gradients(**draw(1, dtype=np.float32) | {"W": np.full((4, 4), 1e30, np.float32)}).E)


MISTAKES = {
    "_walk_back": {
        "the future is forgotten": ("add(d_t, A, d_t)", "pass"),
        "the slope is forgotten": ("multiply(d_t, k[i], d_t)", "pass"),
        "chunks end a step later": ("(begin + i) % chunk", "(begin + i + 1) % chunk"),
        "chunks counted within the block": ("(begin + i) % chunk", "i % chunk"),
    },
    "_walk_windows": {
        "one step too many": ("range(1, min(window, T))", "range(0, min(window, T - 1))"),
        "the slope of the wrong step": ("K[1 : len(by_s)]", "K[: len(by_s) - 1]"),
        "the slope is forgotten": ("D *= K", "pass"),
    },
    "output_errors": {
        "the right class is forgotten": ("np.negative(R, R)", "0"),
        "the sign": ("np.negative(R, R)", "R"),
        "the mask of the loss": ("E *= mask", "pass"),
        "the mask of the errors": ("np.divide(mask, d, d)", "np.reciprocal(d, d)"),
        "the largest logit": ("E -= r", "pass"),
    },
    "_run": {"the bias is forgotten": ('np.add(given.U.T, given.b, order="C")', "given.U.T")},
    "by_input": {"one row is left out": ("[*firsts, len(x)]", "[*firsts, len(x) - 1]")},
}  # fmt: skip
EACH = [(name, *change) for name, changes in MISTAKES.items() for change in changes.values()]


@pytest.mark.parametrize(("function", "right", "wrong"), EACH, ids=[f"{f}-{w}" for f, m in MISTAKES.items() for w in m])
def test_every_mistake_would_be_noticed(function, right, wrong, monkeypatch):
    """Make the mistake in a copy of the source; the plain and the fast way then differ."""
    source = inspect.getsource(getattr(fast, function))
    assert source.count(right) == 1
    mistaken = dict(vars(fast))
    exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
    monkeypatch.setattr(fast, function, mistaken[function])
    monkeypatch.setattr(fast, "BLOCK", 36)  # three steps of three sequences with four units
    monkeypatch.setitem(mistaken, "ONE_HOT", 0)
    letters = draw(12, T=9, masked=True)
    cases = ({}, {"chunk": 2}, {"chunk": 4}, {"window": 2}, {"window": 20})
    found = [differences(fast.gradients(**letters, **k), minibatch.gradients(**letters, **k)) for k in cases]
    assert max(max(found_in.values()) for found_in in found) > 1e-3
