"""One weight in T slots: every slot's derivative against oracles that move that slot alone."""

import inspect

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import copies, draws, oracle, rnn, scalar

seeds = st.integers(0, 2**32 - 1)
NAN = float("nan")


def draw_slots(seed, T):
    rng = np.random.default_rng(seed)
    w, u, x = rng.uniform(-1.2, 1.2, (3, T))
    return {"w": w, "u": u, "x": x, "s_0": rng.uniform(-1.2, 1.2)}


def draw_copies(seed, *, T=4, n=3, m=2):
    rng = np.random.default_rng(seed)
    sizes = {"W": (T, n, n), "U": (T, n, m), "b": n, "s_0": n, "x": (T, m)}
    return {name: rng.standard_normal(size) / 2 for name, size in sizes.items()}


def network(**changes):
    letters = draws.rnn() | changes
    return {name: letters[name] for name in ("W", "U", "b", "s_0", "x")}


def off(found, told):
    scale = max(np.abs(found).max(initial=0), np.abs(told).max(initial=0))
    return 0.0 if scale == 0 else np.abs(found - told).max() / scale


def test_spreading_puts_one_number_into_every_slot():
    W = np.array([[1.0, 2.0], [3.0, 4.0]])
    slots = copies.spread(W, 3)
    assert slots.shape == (3, 2, 2)
    assert (slots == W).all()
    slots[1] += 1
    assert (slots[0] == W).all()
    assert W[0, 0] == 1
    assert copies.spread(0.5, 4).tolist() == [0.5] * 4
    assert copies.spread(W, 0).shape == (0, 2, 2)


@settings(deadline=None)
@given(seeds, st.integers(0, 10))
def test_slots_with_one_number_are_the_recursion(seed, T):
    letters = draw_slots(seed, T)
    one = letters | {"w": 0.7, "u": -0.4}
    spread = one | {name: copies.spread(one[name], T) for name in ("w", "u")}
    assert copies.states(**spread).tolist() == copies.states(**one).tolist() == scalar.states(**one).tolist()
    np.testing.assert_allclose(copies.slot_derivatives(**spread), scalar.terms(**one), rtol=1e-14, atol=1e-16)


@settings(deadline=None)
@given(seeds, st.integers(1, 10), st.sampled_from(["w", "u"]))
def test_every_slot_agrees_with_a_complex_step_and_with_differences(seed, T, by):
    letters = draw_slots(seed, T)
    found = copies.slot_derivatives(**letters, by=by)

    def last(slots):
        return copies.states(**letters | {by: slots})[-1]

    assert off(found, oracle.complex_step(last, letters[by])) <= 1e-12
    value, error = oracle.central_difference(last, letters[by])
    assert (np.abs(found - value) <= 3 * error + 1e-15).all()


@settings(deadline=None, max_examples=30)
@given(seeds, st.integers(1, 10), st.data())
def test_a_slot_agrees_with_50_digits(seed, T, data):
    letters = draw_slots(seed, T)
    moved = data.draw(st.integers(0, T - 1))

    def last(nudge):
        s = mpmath.mpf(letters["s_0"])
        for t in range(T):
            w, u, x = (mpmath.mpf(float(letters[name][t])) for name in ("w", "u", "x"))
            s = mpmath.tanh(u * x + (w + nudge * (t == moved)) * s)
        return s

    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -15
        told = float((last(h) - last(-h)) / (2 * h))
    assert copies.slot_derivatives(**letters)[moved] == pytest.approx(told, rel=1e-12, abs=1e-15)


def test_the_slots_add_up_to_the_derivative_by_one_number():
    letters = draws.example()
    assert copies.slot_derivatives(**letters).sum() == pytest.approx(scalar.derivative(**letters), rel=1e-14, abs=0)
    told = oracle.complex_step(lambda u: scalar.states(**letters | {"u": u})[-1], letters["u"])
    assert copies.slot_derivatives(**letters, by="u").sum() == pytest.approx(told, rel=1e-14, abs=0)


@settings(deadline=None)
@given(seeds, st.integers(0, 6), st.integers(1, 4), st.integers(1, 4))
def test_copies_that_are_one_weight_are_the_network(seed, T, n, m):
    letters = draw_copies(seed, T=T, n=n, m=m)
    one = letters | {"W": np.random.default_rng(seed).standard_normal((n, n)), "U": np.ones((n, m))}
    spread = one | {name: copies.spread(one[name], T) for name in ("W", "U")}
    told = rnn.forward(**one, V=np.ones((1, n)), c=[0], y=np.ones((T, 1))).s
    assert copies.forward(**spread).tolist() == copies.forward(**one).tolist() == told.tolist()


@settings(deadline=None)
@given(seeds, st.integers(0, 6), st.integers(1, 4), st.integers(1, 4), st.sampled_from(["W", "U"]))
def test_every_copy_agrees_with_a_complex_step(seed, T, n, m, by):
    letters = draw_copies(seed, T=T, n=n, m=m)
    found = copies.copy_derivatives(**letters, by=by)
    told = oracle.complex_step(lambda weights: copies.forward(**letters | {by: weights})[-1], letters[by])
    assert found.shape == (T, n, n, n if by == "W" else m)
    assert off(found, np.moveaxis(told, 0, 1)) <= 1e-12  # the oracle has the unit of s_T first, then the slot


def test_every_copy_agrees_with_central_differences():
    letters = draw_copies(5)
    value, error = oracle.central_difference(lambda W: copies.forward(**letters | {"W": W})[-1], letters["W"])
    assert (np.abs(copies.copy_derivatives(**letters) - np.moveaxis(value, 0, 1)) <= np.moveaxis(error, 0, 1)).all()


@pytest.mark.parametrize("by", ["W", "U"])
def test_the_total_is_the_sum_over_the_copies_and_the_derivative_by_the_one_weight(by):
    letters = network()
    total = copies.total(**letters, by=by)
    told = oracle.complex_step(lambda weight: copies.forward(**letters | {by: weight})[-1], letters[by])
    assert total.shape == (3, *letters[by].shape)
    assert off(total, told) <= 1e-13
    assert off(total, copies.copy_derivatives(**letters, by=by).sum(axis=0)) == 0


def test_no_step_at_all():
    letters = {"W": np.eye(3), "U": np.ones((3, 2)), "b": np.zeros(3), "s_0": [1, 2, 3], "x": np.zeros((0, 2))}
    assert copies.forward(**letters).tolist() == [[1, 2, 3]]
    assert copies.total(**letters).tolist() == np.zeros((3, 3, 3)).tolist()
    assert copies.total(**letters, by="U").shape == (3, 3, 2)
    assert copies.slot_derivatives(0.5, 0.5, [], 0.5).shape == (0,)
    assert copies.states(0.5, 0.5, [], 0.25).tolist() == [0.25]


def test_arguments_are_neither_changed_nor_aliased():
    letters = draw_copies(3)
    before = {name: array.copy() for name, array in letters.items()}
    results = [copies.forward(**letters), copies.copy_derivatives(**letters), copies.total(**letters)]
    results.append(copies.spread(letters["W"], 1))
    for result in results:
        assert not any(np.shares_memory(result, array) for array in letters.values())
        result[...] = 7
    assert all((letters[name] == before[name]).all() for name in letters)


MISTAKES = {
    "the state of the wrong step": ("s[:-1] if", "s[1:] if"),
    "the product upwards": ("ds_T @ D_t @ W[t - 1]", "D_t @ W[t - 1] @ ds_T"),
    "W for its transpose": ("ds_T @ D_t @ W[t - 1]", "ds_T @ D_t @ W[t - 1].T"),
    "the own step is dropped": ("np.multiply.outer(ds_T @ D_t,", "np.multiply.outer((t < len(x)) * ds_T @ D_t,"),
    "the slope is dropped": ("outer(ds_T @ D_t,", "outer(ds_T,"),
    "the copy of the wrong step": ("D_t @ W[t - 1]", "D_t @ W[t - 2]"),
}


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_would_be_noticed(right, wrong):
    source = inspect.getsource(copies.copy_derivatives)
    assert source.count(right) == 1
    mistaken = dict(vars(copies))
    exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
    letters = draw_copies(11)
    told = oracle.complex_step(lambda W: copies.forward(**letters | {"W": W})[-1], letters["W"])
    assert off(mistaken["copy_derivatives"](**letters), np.moveaxis(told, 0, 1)) > 0.01


SLOTS = "it must be () for one weight in all steps, or (3,) for one in each step."


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"w": [1.0, 2.0]}, ValueError, f"w has shape (2,); {SLOTS}"),
        ({"u": [[1.0]]}, ValueError, f"u has shape (1, 1); {SLOTS}"),
        ({"w": [0.5, NAN, 0.5]}, ValueError, "w holds nan at index (1,); every number must be finite."),
        ({"w": "a"}, TypeError, "w has dtype <U1; it must hold real or complex numbers."),
        ({"x": 3.0}, ValueError, "x has shape (); it must be a sequence of numbers with shape (T,)."),
        ({"s_0": [1.0]}, ValueError, "s_0 has shape (1,); it must be one number."),
    ],
)
@pytest.mark.parametrize("function", [copies.states, copies.slot_derivatives])
def test_bad_numbers(function, change, error, message):
    with pytest.raises(error) as caught:
        function(**draws.example() | change)
    assert str(caught.value) == message


LARGE = "is not finite: numbers became too large; make weights or x smaller."
EITHER = "it must be (3, 3) for one weight in all steps, or (5, 3, 3) for one in each step."


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"W": np.ones((4, 3, 3))}, ValueError, f"W has shape (4, 3, 3); {EITHER}"),
        ({"W": np.ones((3, 4))}, ValueError, f"W has shape (3, 4); {EITHER}"),
        ({"U": np.ones(3)}, ValueError, f"U has shape (3,); {EITHER.replace('3)', '2)')}"),
        ({"b": np.ones(2)}, ValueError, "b has shape (2,); it must be (n,) with n = 3."),
        ({"s_0": 0.5}, ValueError, "s_0 has shape (); it must be (n,)."),
        ({"s_0": []}, ValueError, "s_0 has shape (0,); it must be (n,) with sizes of at least 1."),
        ({"x": np.ones(5)}, ValueError, "x has shape (5,); it must be (T, m)."),
        ({"x": np.ones((5, 0))}, ValueError, "x has shape (5, 0); it must be (T, m) with sizes of at least 1."),
        ({"b": [0, NAN, 0]}, ValueError, "b holds nan at index (1,); every number must be finite."),
        ({"b": None}, TypeError, "b has dtype object; it must hold real or complex numbers."),
        ({"W": np.full((3, 3), 1e200), "s_0": [1e200] * 3}, OverflowError, f"a_1 {LARGE}"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("function", [copies.forward, copies.copy_derivatives, copies.total])
def test_bad_matrices(function, change, error, message):
    with pytest.raises(error) as caught:
        function(**network() | change)
    assert str(caught.value) == message


@pytest.mark.filterwarnings("error")
def test_a_derivative_that_leaves_the_range_is_named():
    letters = network(W=np.full((3, 3), 1e200), U=np.zeros((3, 2)), b=np.zeros(3), s_0=np.zeros(3))
    with pytest.raises(OverflowError) as caught:
        copies.copy_derivatives(**letters, by="U")
    assert str(caught.value) == f"ds_T/dU_t {LARGE}"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: copies.spread(0.5, -1), ValueError, "T is -1; a weight can be put into 0 slots or more."),
        (lambda: copies.spread(0.5, 2.5), TypeError, "'float' object cannot be interpreted as an integer"),
        (lambda: copies.spread(NAN, 2), ValueError, "W holds nan at index (); every number must be finite."),
        (lambda: copies.total(**network(), by="V"), ValueError,
         "by is 'V'; it must be 'W' or 'U', the weight whose copies are moved."),
        (lambda: copies.slot_derivatives(**draws.example(), by="W"), ValueError,
         "by is 'W'; it must be 'w' or 'u', the weight whose copies are moved."),
    ],
    ids=["negative", "fraction", "nan", "V", "capital"],
)  # fmt: skip
def test_bad_calls(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
