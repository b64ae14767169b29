"""The triangular system of a tape against NumPy's own solver and against the sweeps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bptt import draws, oracle, substitution, taped
from bptt.autodiff import Tape, tanh


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), N=st.integers(0, 9))
def test_substitution_solves_the_system(seed, N):
    rng = np.random.default_rng(seed)
    L, p = np.tril(rng.uniform(-1, 1, (N, N)), -1), rng.uniform(-1, 1, N)
    np.testing.assert_allclose(substitution.forward(L, p), np.linalg.solve(np.eye(N) - L, p), rtol=0, atol=1e-12)
    np.testing.assert_allclose(substitution.back(L, p), np.linalg.solve((np.eye(N) - L).T, p), rtol=0, atol=1e-12)


def test_the_sweeps_solve_the_system_of_a_whole_network():
    net = taped.network(**draws.rnn())
    L = substitution.matrix(net.tape)
    N = len(L)
    told = np.linalg.solve((np.eye(N) - L).T, np.eye(N)[-1])
    found = np.concatenate([g.ravel() for g in net.tape.backward(net.E)])
    np.testing.assert_allclose(found, told, rtol=0, atol=1e-13 * np.abs(told).max())
    np.testing.assert_allclose(substitution.back(L, np.eye(N)[-1]), told, rtol=0, atol=1e-13 * np.abs(told).max())
    W = net.parameters["W"]
    place = sum(line.value.size for line in net.tape.lines[: W.index])
    change = np.zeros_like(W.value)
    change.flat[1] = 1
    ahead = np.concatenate([d.ravel() for d in net.tape.forward({W: change})])
    told = np.linalg.solve(np.eye(N) - L, np.eye(N)[place + 1])
    np.testing.assert_allclose(ahead, told, rtol=0, atol=1e-13 * np.abs(told).max())


def test_the_matrix_holds_immediate_derivatives():
    tape = Tape()
    w, x = tape.input(0.7), tape.input([0.2, -0.3])
    tanh(w * x)
    L = substitution.matrix(tape)
    told = np.zeros((7, 7))
    told[3:5, 0] = oracle.complex_step(lambda w: w * x.value, 0.7)
    told[3:5, 1:3] = oracle.complex_step(lambda x: 0.7 * x, x.value)
    told[5:, 3:5] = oracle.complex_step(np.tanh, 0.7 * x.value)
    np.testing.assert_allclose(L, told, rtol=1e-14)
    assert substitution.matrix(Tape()).shape == (0, 0)


def test_a_line_that_is_used_twice_by_one_operation():
    tape = Tape()
    x = tape.input(3.0)
    x * x  # writes a line
    assert substitution.matrix(tape).tolist() == [[0, 0], [6, 0]]


def test_the_matrix_of_a_complex_tape():
    tape = Tape()
    x = tape.input(0.5 + 2j)
    x * x  # writes a line
    assert substitution.matrix(tape).tolist() == [[0, 0], [1 + 4j, 0]]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("solve", [substitution.forward, substitution.back])
def test_what_leaves_the_range_is_named(solve):
    L = np.array([[0, 0, 0], [1e200, 0, 0], [0, 1e200, 0]])
    with pytest.raises(OverflowError, match=r"^v is \[.*inf.*\]: numbers became too large; make L or p smaller\.$"):
        solve(L, np.ones(3))


@pytest.mark.parametrize(
    ("L", "p", "message"),
    [
        ([[0.0, 0.0], [1.0, 0.0]], [[1.0]], "p has shape (1, 1); it must be (N,)."),
        ([[0.0, 0.0]], [1.0, 0.0], "L has shape (1, 2); it must be (N, N) with N = 2 as in p."),
        ([[0.0, 2.0], [1.0, 0.0]], [1.0, 0.0],
         "L holds 2.0 at index (0, 1); it must be zero on the diagonal and above."),
    ],
)  # fmt: skip
def test_what_is_refused(L, p, message):
    for solve in (substitution.forward, substitution.back):
        with pytest.raises(ValueError) as caught:  # noqa: PT011  # compared below
            solve(L, p)
        assert str(caught.value) == message


def test_arguments_are_not_changed():
    L, p = np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([1.0, 1.0])
    assert substitution.forward(L, p).tolist() == [1, 3]
    assert substitution.back(L, p).tolist() == [3, 1]
    assert p.tolist() == [1, 1]
