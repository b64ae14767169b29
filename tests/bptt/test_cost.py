"""What a gradient costs: the three ways agree with an oracle, and the counting counts every multiplication."""

import math

import numpy as np
import pytest

from bptt import cost, draws, oracle, paths, rnn, scalar

WAYS = (cost.sweep, cost.walk_for_every_loss, cost.products_written_out)
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


def network(T, n, m, q):
    rng = np.random.default_rng(1000 * T + 100 * n + 10 * m + q)
    shapes = {"U": (n, m), "W": (n, n), "V": (q, n), "b": (n,), "c": (q,), "s_0": (n,), "x": (T, m)}
    return {name: rng.uniform(-1, 1, shape) for name, shape in shapes.items()} | {
        "y": np.eye(q)[rng.integers(q, size=T)]
    }


SIZES = ((1, 1, 1, 1), (1, 3, 2, 4), (2, 1, 3, 2), (5, 3, 2, 4), (7, 4, 1, 3))
every_size = pytest.mark.parametrize("sizes", SIZES, ids=str)


@every_way
@every_size
def test_every_way_gives_the_gradients_of_a_complex_step(way, sizes):
    letters = network(*sizes)
    gradients = way(**cost.given(**letters))
    for name in "UWV":
        outside = oracle.complex_step(lambda z, name=name: rnn.loss(**letters | {name: z}), letters[name])
        np.testing.assert_allclose(getattr(gradients, name), outside, rtol=0, atol=1e-13)


def counted_by_hand(way, T, n, m, q):
    """Walk through the program on paper: what is multiplied with what, one product after the other."""
    heard = q * n
    step = n + n * m + n * n  # the slopes, the gradient by U, the gradient by W
    total = T * q * n  # the gradient by V
    for t in range(1, T + 1):
        total += heard
        if way is cost.sweep:
            total += step + (n * n if t < T else 0)
            continue
        for k in range(1, t + 1):
            total += step
            if way is cost.walk_for_every_loss:
                total += n * n if k < t else 0
            else:
                total += n * n + sum(n * n + n**3 for _ in range(k, t))
    return total


@every_way
@every_size
def test_the_count_is_that_of_the_products_in_the_program(way, sizes):
    assert cost.multiplications(way, **cost.given(**network(*sizes))) == counted_by_hand(way, *sizes)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(lambda A, B: A @ B, 2 * 3 * 4, id="matrix matrix"),
        pytest.param(lambda A, B: A[0] @ B, 3 * 4, id="row matrix"),
        pytest.param(lambda A, B: A @ B[:, 0], 2 * 3, id="matrix column"),
        pytest.param(lambda A, _: A * A, 6, id="entries"),
        pytest.param(lambda A, _: 2 * A, 6, id="plain number first"),
        pytest.param(lambda A, _: A * 2, 6, id="plain number second"),
        pytest.param(lambda A, B: np.outer(A[0], B[0]), 12, id="column row"),
        pytest.param(lambda A, _: A[0] @ A[1], 3, id="row column"),
        pytest.param(lambda A, _: A + A - 3, 0, id="sums"),
        pytest.param(lambda A, _: 1 - np.tanh(A), 0, id="tanh"),
    ],
)
def test_numbers_count_their_products_and_nothing_else(program, expected):
    A, B = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    tally = cost.Tally()
    counting = [cost._counting(array, tally) for array in (A, B)]
    found = np.vectorize(lambda number: number.value, otypes=[float])(program(*counting))
    assert tally.multiplications == expected
    np.testing.assert_allclose(found, program(A, B), rtol=1e-15, atol=0)


def test_the_counted_run_is_the_run_of_the_book():
    letters = draws.rnn()
    y = letters.pop("y")
    np.testing.assert_allclose(cost.forward(**letters), rnn.forward(**letters, y=y).o, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("T", range(1, 8))
def test_one_unit_takes_a_square_or_twice_the_steps(T):
    letters = {"w": 0.7, "u": 0.4, "x": np.linspace(-1, 1, T), "s_0": 0.5}
    s = scalar.states(**letters)
    for way, count in ((cost.terms_one_by_one, T * T), (cost.nested, 2 * T - 1)):
        given = {"w": letters["w"], "s": s, "D": 1 - s[1:] ** 2}
        assert way(**given) == pytest.approx(scalar.derivative(**letters), rel=1e-13)
        assert cost.multiplications(way, **given) == count


@pytest.mark.parametrize("at_once", [False, True])
def test_entries_taken_one_by_one_write_a_square(at_once):
    whole, written = cost.gather_back([3.0, 1.0, 2.0, 5.0], at_once=at_once)
    assert whole.tolist() == [3, 1, 2, 5]
    assert written == (4 if at_once else 16)


def test_what_was_gathered_at_once_shares_no_memory():
    errors = np.ones(3)
    whole, _ = cost.gather_back(errors, at_once=True)
    assert not np.shares_memory(whole, errors)


@pytest.mark.parametrize(("T", "n"), [(2, 2), (3, 3), (4, 2)])
def test_unit_paths_from_all_units_are_a_power(T, n):
    graph = paths.units(T, n)
    assert sum(paths.count(graph, ("s", 0, i), ("s", T, 1)) for i in range(1, n + 1)) == n**T


def test_pairs_and_factors_are_binomial_coefficients():
    for T in range(1, 9):
        pairs = [(t, k) for t in range(1, T + 1) for k in range(1, t + 1)]
        assert len(pairs) == math.comb(T + 1, 2)
        assert sum(t - k for t, k in pairs) == math.comb(T + 1, 3)
