"""Paths and terms, one to one; what a path carries against oracles; the counts against their formulas."""

import inspect
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import backward, copies, draws, jacobians, oracle, paths, rnn, scalar

seeds = st.integers(0, 2**32 - 1)
W, U, E = ("W",), ("U",), ("E",)


def one_unit(seed, T):
    rng = np.random.default_rng(seed)
    w, u, s_0 = rng.uniform(-1.2, 1.2, 3)
    return {"w": float(w), "u": float(u), "x": rng.uniform(-1.2, 1.2, T), "s_0": float(s_0)}


def network(seed, T, n=3, m=2, q=4):
    rng = np.random.default_rng(seed)
    sizes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": n, "c": q, "s_0": n, "x": (T, m)}
    letters = {name: rng.standard_normal(size) / 2 for name, size in sizes.items()}
    return letters | {"y": np.eye(q)[rng.integers(q, size=T)]}


def values(graph, start, end, letters):
    return [paths.value(graph, path, letters) for path in paths.paths(graph, start, end)]


@pytest.mark.parametrize("T", range(1, 7))
@settings(deadline=None, max_examples=20)
@given(seed=seeds)
def test_each_path_carries_its_term(T, seed):
    letters, graph = one_unit(seed, T), paths.unrolled(T)
    found = paths.paths(graph, W, ("s", T))
    assert [path[1] for path in found] == [("W", k) for k in range(1, T + 1)]
    carried = values(graph, W, ("s", T), paths.letters(**letters))
    np.testing.assert_allclose(carried, scalar.terms(**letters), rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(carried, copies.slot_derivatives(**letters), rtol=1e-13, atol=1e-16)
    told = oracle.complex_step(lambda w: scalar.states(**letters | {"w": w})[-1], letters["w"])
    assert sum(carried) == pytest.approx(told, rel=1e-12, abs=1e-15)
    carried = values(graph, U, ("s", T), paths.letters(**letters))
    np.testing.assert_allclose(carried, copies.slot_derivatives(**letters, by="u"), rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("T", range(1, 7))
def test_each_path_carries_its_term_with_matrices(T):
    letters = network(T, T)
    graph, factors = paths.unrolled(T, every_loss=True, matrices=True), paths.matrix_letters(**letters)
    own = {name: letters[name] for name in ("W", "U", "b", "s_0", "x")}
    for start, by in ((W, "W"), (U, "U")):
        terms = copies.copy_derivatives(**own, by=by).transpose(0, 1, 3, 2).reshape(T, 3, -1)
        np.testing.assert_allclose(values(graph, start, ("s", T), factors), terms, rtol=0, atol=1e-14)
    s = rnn.forward(**letters).s
    total = sum(values(graph, W, ("s", T), factors))
    np.testing.assert_allclose(total, jacobians.total_W(letters["W"], s, T), rtol=0, atol=1e-14)
    found = backward.backward(**letters)
    for start, gradient in ((W, found.W), (U, found.U)):
        rows = values(graph, start, E, factors)
        assert len(rows) == T * (T + 1) // 2
        np.testing.assert_allclose(sum(rows), jacobians.row_map(gradient), rtol=0, atol=1e-13)


def test_the_terms_have_names():
    graph = paths.unrolled(3)
    found = paths.paths(graph, W, ("s", 3))
    assert found == [
        (W, ("W", 1), ("s", 1), ("s", 2), ("s", 3)),
        (W, ("W", 2), ("s", 2), ("s", 3)),
        (W, ("W", 3), ("s", 3)),
    ]
    assert [paths.term(graph, path) for path in found] == ["D_3 w D_2 w D_1 s_0", "D_3 w D_2 s_1", "D_3 s_2"]
    (last,) = paths.paths(graph, ("x", 2), ("E", 3))
    assert paths.term(graph, last) == "dE_3/ds_3 D_3 w D_2 u"
    assert paths.term(graph, (W, ("W", 1))) == paths.term(graph, (W,)) == "1"
    assert paths.value(graph, (W, ("W", 1)), {}) == 1
    graph = paths.unrolled(10, matrices=True)
    assert paths.term(graph, paths.paths(graph, W, ("s", 10))[-1]) == "D_{10} (s_9ᵀ ⊗ I)"


@pytest.mark.parametrize("T", range(7))
def test_how_many_paths_there_are(T):
    one, all_losses = paths.unrolled(T), paths.unrolled(T, every_loss=True)
    assert len(paths.paths(one, W, ("s", T))) == paths.count(one, W, ("s", T)) == T
    if T:
        assert len(paths.paths(one, W, ("E", T))) == T
        assert len(paths.paths(all_losses, W, E)) == paths.count(all_losses, W, E) == T * (T + 1) // 2
    skipping = paths.residual(T)
    assert len(paths.paths(skipping, ("s", 0), ("s", T))) == paths.count(skipping, ("s", 0), ("s", T)) == 2**T
    assert paths.count(skipping, W, ("s", T)) == 2**T - 1  # the use in step k has 2^(T-k) ways from there


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("T", range(1, 6))
def test_between_two_units(T, n):
    graph = paths.units(T, n)
    for i, j in ((1, 1), (1, n), (n, 1)):
        start, end = ("s", 0, i), ("s", T, j)
        assert len(paths.paths(graph, start, end)) == paths.count(graph, start, end) == n ** (T - 1)
    if T > 1:
        assert paths.count(graph, ("s", 1, 1), ("s", T, n)) == n ** (T - 2)


def test_counting_does_not_walk():
    assert paths.count(paths.residual(300), ("s", 0), ("s", 300)) == 2**300
    assert paths.count(paths.unrolled(3000), W, ("s", 3000)) == 3000
    assert len(paths.paths(paths.unrolled(200), W, ("s", 200))) == 200
    assert len(paths.paths(paths.unrolled(5000), ("s", 0), ("s", 5000))[0]) == 5001  # deeper than Python's stack


def test_the_paths_between_two_units_add_up_to_the_entry_of_the_product():
    letters = network(4, T=4)
    graph, factors = paths.units(4, 3), paths.matrix_letters(**letters)
    J = jacobians.product(letters["W"], rnn.forward(**letters).s, 0, 4)
    for i in range(3):
        for j in range(3):
            total = sum(values(graph, ("s", 0, j + 1), ("s", 4, i + 1), factors))
            assert total == pytest.approx(J[i, j], rel=1e-12, abs=1e-15)


@settings(deadline=None, max_examples=30)
@given(seeds, st.integers(0, 6))
def test_the_paths_of_the_residual_network_add_up(seed, T):
    letters = one_unit(seed, T)
    graph, factors = paths.residual(T), paths.residual_letters(**letters)

    def last(w, s_0):
        s = s_0
        for x_t in letters["x"]:
            s = s + np.tanh(letters["u"] * x_t + w * s)
        return s

    told = oracle.complex_step(lambda z: last(z[0], z[1]), [letters["w"], letters["s_0"]])
    assert sum(values(graph, W, ("s", T), factors)) == pytest.approx(told[0], rel=1e-12, abs=1e-14)
    assert sum(values(graph, ("s", 0), ("s", T), factors)) == pytest.approx(told[1], rel=1e-12, abs=1e-14)


def test_the_note_counts_from_zero():
    """With S_{-1} = 0 there are three terms for W and four for U; otherwise four and four."""
    letters = {"w": 0.8, "u": 0.5, "x": [0.9, 0.4, -0.5, 0.7]}
    for s_start, zero_start, terms in ((0.0, True, 3), (0.6, False, 4)):
        graph = paths.unrolled(3, first=0, zero_start=zero_start)
        factors = paths.letters(**letters, s_0=s_start, first=0)
        for start, name, count in ((W, "w", terms), (U, "u", 4)):
            told = oracle.complex_step(
                lambda z, name=name, s_0=s_start: scalar.states(**letters | {name: z}, s_0=s_0)[-1], letters[name]
            )
            carried = values(graph, start, ("s", 3), factors)
            assert len(carried) == paths.count(graph, start, ("s", 3)) == count
            assert min(map(abs, carried)) > 0.01
            assert sum(carried) == pytest.approx(told, rel=1e-13)
    assert paths.term(graph, paths.paths(graph, W, ("s", 3))[0]) == "D_3 w D_2 w D_1 w D_0 s_{-1}"
    wrong = paths.paths(paths.unrolled(3, first=0), W, ("s", 3))
    assert paths.value(graph, wrong[0], paths.letters(**letters, s_0=0.0, first=0)) == 0  # the edge left out is zero


def test_the_order_matters():
    """Multiplied upwards, the matrices of a path give something else."""
    letters = draws.rnn()
    graph, factors = paths.unrolled(5, matrices=True), paths.matrix_letters(**letters)
    (path,) = paths.paths(graph, ("s", 1), ("s", 5))
    right = paths.value(graph, path, factors)
    upwards = np.eye(3)
    for edge in pairwise(path):
        upwards = upwards @ paths.value(graph, edge, factors)
    assert np.linalg.norm(upwards - right) > 0.1 * np.linalg.norm(right)


MISTAKES = {
    "the product upwards": ("value", "np.dot(letters[factor], product)", "np.dot(product, letters[factor])"),
    "the state of the wrong step": ("unrolled", '_name("s", t - 1)))', '_name("s", t)))'),
    "the own step is dropped": ("unrolled", "if not (zero_start and t == first):", "if t < T:"),
    "the slope is dropped": ("unrolled", "_join(graph, s_prev, s_t, D, w)", "_join(graph, s_prev, s_t, w)"),
    "the factors are swapped": ("unrolled", "_join(graph, s_prev, s_t, D, w)", "_join(graph, s_prev, s_t, w, D)"),
    "a path is lost": ("paths", "reversed(graph[path[-1]])", "[*graph[path[-1]]][:2]"),
}


@pytest.mark.parametrize(("function", "right", "wrong"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_would_be_noticed(function, right, wrong):
    source = inspect.getsource(getattr(paths, function))
    assert source.count(right) == 1
    mistaken = dict(vars(paths))
    exec(source.replace(right, wrong), mistaken)  # noqa: S102  # our own source
    letters = draws.rnn()
    graph, factors = mistaken["unrolled"](5, matrices=True), paths.matrix_letters(**letters)
    told = jacobians.total_W(letters["W"], rnn.forward(**letters).s, 5)
    try:
        total = sum(mistaken["value"](graph, path, factors) for path in mistaken["paths"](graph, W, ("s", 5)))
    except ValueError as error:
        assert "not aligned" in str(error)  # noqa: PT017  # upwards, the shapes do not even fit
    else:
        assert np.linalg.norm(total - told) > 0.01 * np.linalg.norm(told)


def test_the_order_of_paths_is_that_of_the_edges():
    graph = {("a",): {("b",): ("p",), ("c",): ("q",)}, ("b",): {("d",): ("r",)}, ("c",): {("d",): ()}, ("d",): {}}
    assert paths.paths(graph, ("a",), ("d",)) == [(("a",), ("b",), ("d",)), (("a",), ("c",), ("d",))]
    assert paths.paths(graph, ("d",), ("a",)) == []
    assert paths.count(graph, ("d",), ("a",)) == 0
    assert paths.paths(graph, ("b",), ("b",)) == [(("b",),)]
    assert paths.count(graph, ("b",), ("b",)) == 1


@settings(deadline=None)
@given(st.integers(2, 7), st.data())
def test_counting_agrees_with_walking_and_with_powers_of_the_matrix(size, data):
    """In a random graph without cycles the paths of all lengths are counted by (I - A)^{-1}."""
    A = np.zeros((size, size))
    graph = {("s", i): {} for i in range(size)}
    for i in range(size):
        for j in range(i + 1, size):
            if data.draw(st.booleans()):
                A[i, j] = 1
                graph["s", i]["s", j] = ()
    told = np.linalg.inv(np.eye(size) - A)
    for i in range(size):
        for j in range(size):
            assert len(paths.paths(graph, ("s", i), ("s", j))) == paths.count(graph, ("s", i), ("s", j))
            assert math.isclose(paths.count(graph, ("s", i), ("s", j)), told[i, j], abs_tol=1e-9)


CYCLE = {("a",): {("b",): ()}, ("b",): {("a",): ()}, ("c",): {}}
UNROLLED = "('W',), ('U',), ('s', 0), ('W', 1), ('U', 1), ('x', 1), ('s', 1), ('E', 1)"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: paths.paths(paths.unrolled(1), ("V",), W), ValueError,
         f"('V',) is no node of the graph; it has {UNROLLED}."),
        (lambda: paths.count(paths.unrolled(1), W, ("s", 2)), ValueError,
         f"('s', 2) is no node of the graph; it has {UNROLLED}."),
        (lambda: paths.paths({}, W, W), ValueError, "('W',) is no node of the graph; it has none."),
        (lambda: paths.paths(CYCLE, ("a",), ("c",)), ValueError,
         "the graph has a cycle through ('a',); unroll it, step by step, before walking it."),
        (lambda: paths.count(CYCLE, ("a",), ("c",)), ValueError,
         "the graph has a cycle through ('a',); unroll it, step by step."),
        (lambda: paths.term(paths.unrolled(2), (W, ("s", 1))), ValueError,
         "no edge leads from ('W',) to ('s', 1); from there one gets to ('W', 1), ('W', 2)."),
        (lambda: paths.value(paths.unrolled(1), (("W", 1), ("s", 1)), {"w": 1.0, "D_1": 1.0}), ValueError,
         "s_0 has no value; letters holds w, D_1."),
        (lambda: paths.unrolled(-1), ValueError, "T is -1; it must be at least 0."),
        (lambda: paths.unrolled(-2, first=0), ValueError, "T is -2; it must be at least -1."),
        (lambda: paths.unrolled(2.0), TypeError, "'float' object cannot be interpreted as an integer"),
        (lambda: paths.residual(-3), ValueError, "T is -3; it must be at least 0."),
        (lambda: paths.units(2, 0), ValueError, "n is 0; it must be at least 1."),
        (lambda: paths.letters(**draws.example() | {"w": "a"}), TypeError,
         "w has dtype <U1; it must hold real or complex numbers."),
        (lambda: paths.matrix_letters(**draws.rnn() | {"b": [0.0]}), ValueError,
         "b has shape (1,); it must be (n,) with n = 3 as in W."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_bad_calls(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
