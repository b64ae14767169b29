"""LSTM and GRU, the plain and the fast way: against complex steps, 50 digits, each other, and at the edges."""

import inspect

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import draws, gru, lstm, oracle

STARTS = {lstm: ("s_0", "kappa_0"), gru: ("s_0",)}
BOTH = pytest.mark.parametrize("module", [lstm, gru], ids=["lstm", "gru"])


def draw(
    module, seed, *, T=5, B=3, n=4, m=3, q=2, vectors=False, own_starts=False, masked=False, dtype=float, size=0.9
):
    rng = np.random.default_rng(seed)
    sizes = {"n": n, "m": m, "q": q}
    shapes = {name: [sizes[axis] for axis in axes] for name, axes in module.AXES.items()}
    shapes |= dict.fromkeys(STARTS[module], (B, n) if own_starts else (n,))
    letters = {name: rng.uniform(-size, size, shape).astype(dtype) for name, shape in shapes.items()}
    letters["x"] = rng.uniform(-0.9, 0.9, (T, B, m)).astype(dtype) if vectors else rng.integers(m, size=(T, B))
    letters["y"] = rng.integers(q, size=(T, B))
    return letters | ({"mask": rng.uniform(size=(T, B)) * rng.integers(2, size=(T, B))} if masked else {})


def fast(module, letters):
    parameters = {name: letters[name] for name in module.PARAMETERS}
    return module.gradients(
        parameters, *(letters[name] for name in (*STARTS[module], "x", "y")), mask=letters.get("mask")
    )


def one(letters, k):
    """Sequence k of a minibatch."""
    own = {name: letters[name][k] for name in ("s_0", "kappa_0") if name in letters and letters[name].ndim > 1}
    return letters | own | {name: letters[name][:, k] for name in ("x", "y", "mask") if name in letters}


def logistic(a):
    return 1 / (1 + np.exp(-a))


def loss(module, letters):
    """All sequences at once, in columns, with the textbook functions: nothing of the programs under test."""
    p, B = letters, letters["y"].shape[1]
    columns = {name: np.repeat(value[:, np.newaxis], B, 1) if value.ndim == 1 else value.T
               for name, value in p.items() if name in ("s_0", "kappa_0")}  # fmt: skip
    s, kappa, E = columns["s_0"], columns.get("kappa_0"), 0.0

    def into(gate, x):
        return p[f"U_{gate}"] @ x + p[f"b_{gate}"][:, np.newaxis]

    for given_x, y, m in zip(p["x"], p["y"], p.get("mask", np.ones(p["y"].shape)), strict=True):
        x = given_x.T if given_x.ndim > 1 else np.eye(p["U_g"].shape[1])[:, given_x]
        if module is lstm:
            f, i, omega = (logistic(into(gate, x) + p[f"W_{gate}"] @ s) for gate in ("f", "i", "omega"))
            kappa = f * kappa + i * np.tanh(into("g", x) + p["W_g"] @ s)
            s = omega * np.tanh(kappa)
        else:
            r, z = (logistic(into(gate, x) + p[f"W_{gate}"] @ s) for gate in ("r", "z"))
            g = np.tanh(into("g", x) + r * (p["W_g"] @ s + p["beta"][:, np.newaxis]))
            s = (1 - z) * g + z * s
        e = np.exp(p["V"] @ s + p["c"][:, np.newaxis])
        E = E - (m * np.log(e[y, np.arange(B)] / e.sum(axis=0))).sum()
    return E


def off(found, told):
    scale = max(np.abs(found).max(initial=0), np.abs(told).max(initial=0))
    return 0.0 if scale == 0 else np.abs(found - told).max() / scale


def assert_near(found, told, name):
    assert found.shape == told.shape, name
    assert off(found, told) <= 1e-12 or np.abs(found - told).max() <= 1e-14, (name, found, told)


seeds = st.integers(0, 2**32 - 1)
sizes = {"T": st.integers(0, 6), **{name: st.integers(1, 4) for name in ("B", "n", "m", "q")}}
kinds = {"vectors": st.booleans(), "own_starts": st.booleans(), "masked": st.booleans()}


@BOTH
@settings(deadline=None, max_examples=25)
@given(seed=seeds, **sizes, **kinds)
def test_every_gradient_agrees_with_a_complex_step(module, seed, **how):
    letters = draw(module, seed, **how)
    found, E = fast(module, letters), loss(module, letters)
    assert pytest.approx(E, rel=1e-13, abs=1e-14) == found.E
    plain = [module.backward(**one(letters, k)) for k in range(how["B"])]
    assert list(found.by) == [*module.PARAMETERS, *STARTS[module]]
    for name, ours in found.by.items():
        told = oracle.complex_step(
            lambda value, name=name: loss(module, letters | {name: value}) + 0 * value.sum(), letters[name]
        )
        assert_near(ours, told, name)
        parts = [part.by[name] for part in plain]
        assert_near(np.stack(parts) if letters[name].ndim > 1 and name.endswith("_0") else sum(parts), told, name)


@BOTH
@settings(deadline=None, max_examples=60)
@given(seed=seeds, **sizes | {"T": st.integers(0, 12), "n": st.integers(1, 9), "m": st.integers(1, 70)}, **kinds,
       one_hot=st.sampled_from([0, 2**13]))  # fmt: skip
def test_the_fast_way_finds_what_the_plain_way_finds(module, seed, one_hot, **how):
    letters = draw(module, seed, **how)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bptt.fast.ONE_HOT", one_hot)
        found = fast(module, letters)
    for k in range(how["B"]):
        run = module.forward(**one(letters, k))
        np.testing.assert_allclose(found.s_T[k], run.s[-1], rtol=1e-12, atol=1e-14)
    plain = [module.backward(**one(letters, k)) for k in range(how["B"])]
    for name, ours in found.by.items():
        parts = [part.by[name] for part in plain]
        assert_near(ours, np.stack(parts) if letters[name].ndim > 1 and name.endswith("_0") else sum(parts), name)


def exactly(array):
    return mpmath.matrix(np.asarray(array).tolist())


def in_digits(module, letters, moves=None):
    """E and s_T of the first sequence in as many digits as mpmath is told to use, where parameters are moved."""
    moves = moves or {}
    names = [*module.PARAMETERS, *STARTS[module]]
    p = {name: exactly(letters[name]) + moves[name] if name in moves else exactly(letters[name]) for name in names}

    def sigma(a):
        return a.apply(lambda entry: 1 / (1 + mpmath.exp(-entry)))

    def times(a, b):
        return mpmath.matrix([left * right for left, right in zip(a, b, strict=True)])

    s, kappa, total = p["s_0"], p.get("kappa_0"), mpmath.mpf(0)
    for x, y in zip(letters["x"][:, 0].tolist(), letters["y"][:, 0].tolist(), strict=True):
        a = {gate: p[f"U_{gate}"][:, x] + p[f"b_{gate}"] for gate in module.GATES}
        if module is lstm:
            a = {gate: a[gate] + p[f"W_{gate}"] * s for gate in a}
            kappa = times(sigma(a["f"]), kappa) + times(sigma(a["i"]), a["g"].apply(mpmath.tanh))
            s = times(sigma(a["omega"]), kappa.apply(mpmath.tanh))
        else:
            r, z = sigma(a["r"] + p["W_r"] * s), sigma(a["z"] + p["W_z"] * s)
            g = (a["g"] + times(r, p["W_g"] * s + p["beta"])).apply(mpmath.tanh)
            s = g + times(z, s - g)
        e = (p["V"] * s + p["c"]).apply(mpmath.exp)
        total -= mpmath.log(e[y] / sum(e))
    return total, s


@BOTH
@pytest.mark.parametrize("T", [1, 2, 25])
@pytest.mark.parametrize("size", [0.5, 1.5])
def test_fifty_digits_say_the_same(module, T, size):
    """The slope when all parameters move at once, by a central difference in 50 digits."""
    how = {"B": 1, "n": 4, "m": 3, "q": 3}
    letters, direction = draw(module, 5, T=T, size=size, **how), draw(module, 6, T=0, **how)
    names = [*module.PARAMETERS, *STARTS[module]]

    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -16
        up, down = (in_digits(module, letters, {n: sign * h * exactly(direction[n]) for n in names})[0]
                    for sign in (1, -1))  # fmt: skip
        told = float((up - down) / (2 * h))
    for by in (fast(module, letters).by, module.backward(**one(letters, 0)).by):
        terms = np.concatenate([(by[name] * direction[name]).ravel() for name in names])
        assert abs(terms.sum() - told) <= 2e-14 * np.abs(terms).sum()


@BOTH
def test_error_terms_are_derivatives_by_the_biases_of_one_step(module):
    """With one step, the derivative by a bias is that of the argument."""
    found = module.backward(**one(draw(module, 3, T=1), 0))
    for gate in module.GATES:
        np.testing.assert_array_equal(found.delta[gate][0], found.by[f"b_{gate}"])


@BOTH
def test_a_saturated_gate_keeps_its_gradient(module):
    """Gates and candidate at -40 and 40: the plain way still has the digits of slopes down to 1e-36."""
    letters = draw(module, 4, T=2, B=1)
    for gate in module.GATES:
        letters[f"b_{gate}"] = np.array([-40.0, 40.0, 0.5, -0.5])
    for gate in (*module.GATES[:-1], "g"):  # each for itself, and all together
        for own in (letters, letters | {f"b_{other}": np.zeros(4) for other in module.GATES if other != gate}):
            found, name = module.backward(**one(own, 0)).by, f"b_{gate}"
            with mpmath.workdps(150):
                h = mpmath.mpf(10) ** -30
                for k in range(4):
                    up, down = (in_digits(module, own, {name: sign * h * exactly(np.eye(4)[k])})[0] for sign in (1, -1))
                    told = float((up - down) / (2 * h))
                    assert found[name][k] == pytest.approx(told, rel=1e-11, abs=0), (gate, k)


@BOTH
def test_a_saturated_gate_keeps_the_digits_of_the_state(module):
    """From rest the state is what the gates let in, and nothing larger hides it."""
    letters = draw(module, 4, T=1, B=1) | {name: np.zeros(4) for name in STARTS[module]}
    for gate in module.GATES[:-1]:
        letters[f"b_{gate}"] = np.array([-40.0, 40.0, 30.0, -30.0])
    with mpmath.workdps(50):
        told = np.array([float(entry) for entry in in_digits(module, letters)[1]])
    np.testing.assert_allclose(module.forward(**one(letters, 0)).s[1], told, rtol=1e-13)


@BOTH
@pytest.mark.filterwarnings("error")
def test_a_gradient_that_leaves_the_range_is_named(module):
    """The forward pass stays at zero; the walk back multiplies V by W."""
    zeros = {name: 0 * value for name, value in draw(module, 4, T=2, B=1).items() if name not in ("x", "y")}
    V, W_g = 1e200 * np.array([[1.0] * 4, [-1.0] * 4]), np.full((4, 4), 1e200)
    letters = one(zeros | {"V": V, "W_g": W_g, "x": np.zeros((2, 1), int), "y": np.zeros((2, 1), int)}, 0)
    with pytest.raises(OverflowError, match=r"^the gradient by \w+ is not finite: numbers became too large;"):
        module.backward(**letters)


@BOTH
@pytest.mark.parametrize("vectors", [False, True])
def test_single_precision_stays_single(module, vectors):
    letters = draw(module, 7, T=20, n=9, dtype=np.float32, vectors=vectors)
    told = fast(module, {name: v.astype(float) if v.dtype == np.float32 else v for name, v in letters.items()})
    found = fast(module, letters)
    for name, ours in found.by.items():
        assert ours.dtype == np.float32
        assert off(ours, told.by[name]) <= 5e-5
    assert found.s_T.dtype == np.float32
    plain = module.backward(**one(letters, 0))
    assert {array.dtype for array in plain.by.values()} == {np.dtype(np.float32)}


@BOTH
def test_the_state_can_be_carried(module):
    letters = draw(module, 8, T=6, own_starts=True)
    whole = fast(module, letters)
    first = fast(module, letters | {"x": letters["x"][:3], "y": letters["y"][:3]})
    carried = {"s_0": first.s_T} | ({"kappa_0": first.kappa_T} if module is lstm else {})
    second = fast(module, letters | carried | {"x": letters["x"][3:], "y": letters["y"][3:]})
    assert pytest.approx(first.E + second.E, rel=1e-14) == whole.E
    np.testing.assert_allclose(second.s_T, whole.s_T, rtol=1e-13)


@BOTH
def test_arguments_stay_and_results_are_new(module):
    for T in (0, 4):
        letters = draw(module, 9, T=T, own_starts=True)
        before = {name: value.copy() for name, value in letters.items()}
        found = fast(module, letters)
        plain = module.backward(**one(letters, 0))
        run = module.forward(**one(letters, 0))
        results = [*found.by.values(), found.s_T, *plain.by.values(), *plain.delta.values(), run.s, run.g]
        results += [found.kappa_T, run.kappa] if module is lstm else []
        for k, result in enumerate(results):
            assert not any(np.shares_memory(result, value) for value in letters.values())
            assert not any(np.shares_memory(result, other) for other in results[k + 1 :])
        assert all(last.flags.owndata for last in ((found.s_T, found.kappa_T) if module is lstm else (found.s_T,)))
        assert all(np.array_equal(before[name], letters[name]) for name in letters)


@BOTH
def test_no_step_costs_nothing(module):
    found = fast(module, draw(module, 1, T=0))
    assert found.E == 0
    assert not any(array.any() for array in found.by.values())
    assert module.forward(**one(draw(module, 1, T=0), 0)).total == 0


WRONG = {
    "missing": ({"W_g": None}, ValueError, "W_g is missing; it has U_"),
    "unknown": ({"W_q": np.zeros(2)}, ValueError, "'W_q' is no letter of this network; it has U_"),
    "shape": ({"U_g": np.zeros((4, 2))}, ValueError,
              r"U_g has shape \(4, 2\); it must be \(n, m\) with n = 4 as in U_. and m = 3"),
    "start": ({"s_0": np.zeros((2, 4))}, ValueError, r"x has shape|y has shape|s_0 has shape|kappa_0 has shape"),
    "NaN": ({"b_g": np.full(4, np.nan)}, ValueError, r"b_g holds nan at index \(0,\); every number must be finite"),
    "complex": ({"c": np.zeros(2, complex)}, TypeError, "c has dtype complex128; it must hold real numbers"),
    "token": ({"x": np.full((5, 3), 3)}, ValueError,
              r"x holds 3 at index \(0, 0\); it must be at least 0 and below 3, the number of columns of U_"),
    "class": ({"y": np.full((5, 3), -1)}, ValueError, "y holds -1 at index .* the number of rows of V"),
    "fractions": ({"y": np.zeros((5, 3))}, TypeError, "y has dtype float64 and shape"),
    "too large": ({"V": np.full((2, 4), 1e308), "c": np.array([1e308, -1e308])}, OverflowError,
                  "is not finite: numbers became too large"),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(module, case):
    change, error, message = WRONG[case]
    letters = draw(module, 2) | change
    letters = {name: value for name, value in letters.items() if value is not None}
    parameters = {name: value for name, value in letters.items() if name not in (*STARTS[module], "x", "y")}
    with pytest.raises(error, match=message):
        module.gradients(parameters, *(letters[name] for name in (*STARTS[module], "x", "y")))


@BOTH
def test_one_sequence_takes_one_hot_rows_or_classes(module):
    letters = one(draw(module, 2), 0)
    rows = letters | {"x": np.eye(3)[letters["x"]], "y": np.eye(2)[letters["y"]]}
    found, told = module.backward(**rows), module.backward(**letters)
    assert all(np.array_equal(found.by[name], told.by[name]) for name in told.by)
    with pytest.raises(ValueError, match=r"y_1 is .*one-hot"):
        module.backward(**rows | {"y": np.ones((5, 2))})
    rows = 1e308 * np.sign(module.forward(**letters).s[[1, 1]])
    with pytest.raises(OverflowError, match="o_1 is"):
        module.forward(**letters | {"V": rows, "c": np.full(2, 1.7e308)})


@BOTH
@pytest.mark.parametrize("seed", range(7))
def test_draws_are_lively(module, seed):
    letters = (draws.lstm if module is lstm else draws.gru)(seed)
    run = module.forward(**letters)
    for name in module.GATES[:-1]:
        gate = getattr(run, name)
        assert gate.min() > 0.02
        assert gate.max() < 0.98
    assert np.abs(run.g).max() < 0.995
    assert np.abs(run.s[1:]).max() < 0.99


MISTAKES = {
    lstm: {
        "no cell behind": ("+ kappa_next", ""),
        "no state behind": ("V.T @ error + s_next", "V.T @ error"),
        "the cell of the same step": ("kappa_before * by_kappa_t", "kappa * by_kappa_t"),
        "the gate, not the candidate": ("@ (g * by_kappa_t)", "@ (i * by_kappa_t)"),
        "the slope of the output gate": ("slopes(kappa) @ (omega * by_s_t)", "omega * by_s_t"),
        "no forget gate": ("kappa_next = f * by_kappa_t", "kappa_next = by_kappa_t"),
    },
    gru: {
        "no way past the candidate": ("s_next = kept +", "s_next ="),
        "the sign of the update gate": ("(s_before - g)", "(g - s_before)"),
        "the reset gate before the bias": ('by["beta"] += delta_mu', 'by["beta"] += delta_g'),
        "the reset gate": ('"g": delta_mu}', '"g": delta_g}'),
    },
}  # fmt: skip
EACH = [(module, *change) for module, changes in MISTAKES.items() for change in changes.values()]


@pytest.mark.parametrize(("module", "right", "wrong"), EACH)
def test_every_mistake_would_be_noticed(module, right, wrong, monkeypatch):
    source = inspect.getsource(module._backward)
    assert source.count(right) == 1
    mistaken = dict(vars(module))
    exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
    letters = draw(module, 12, T=4, B=1)
    told = fast(module, letters).by
    monkeypatch.setattr(module, "_backward", mistaken["_backward"])
    found = module.backward(**one(letters, 0)).by
    assert max(off(found[name], told[name]) for name in told) > 1e-3
