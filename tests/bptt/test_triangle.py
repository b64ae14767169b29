"""The triangle of terms: each term is a derivative of one loss by one argument, and its columns are the error terms."""

import re

import numpy as np
import pytest

from bptt import backward, draws, oracle, rnn, triangle


def given(seed):
    letters = draws.rnn(seed)
    run = rnn.forward(**letters)
    return letters, 1 - run.s[1:] ** 2, (run.y_hat - letters["y"]) @ letters["V"]


def losses(shift, U, W, V, b, c, s_0, x, y):  # noqa: PLR0917  # nine letters in the formulas
    """E_1 ... E_T with the argument of tanh moved at every step."""
    s, found = s_0, []
    for t in range(len(x)):
        s = np.tanh(U @ x[t] + W @ s + b + shift[t])
        o = V @ s + c
        found.append(np.log(np.exp(o).sum()) - y[t] @ o)
    return np.array(found)


@pytest.mark.parametrize("seed", range(4))
def test_every_term_is_what_one_loss_says_to_one_place(seed):
    letters, D, rows = given(seed)
    outside = oracle.complex_step(lambda shift: losses(shift, **letters), np.zeros_like(D))
    np.testing.assert_allclose(triangle.error_terms(D, letters["W"], rows), outside, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_the_columns_add_up_to_the_error_terms(seed):
    letters, D, rows = given(seed)
    delta = backward.backward(**letters).delta
    np.testing.assert_allclose(triangle.error_terms(D, letters["W"], rows).sum(axis=0), delta, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(triangle.sweep(D, letters["W"], rows), delta, rtol=1e-11, atol=1e-14)


def test_it_is_a_triangle():
    letters, D, rows = given(0)
    assert np.array_equal(triangle.error_terms(D, letters["W"], rows).any(axis=2), np.tri(len(D), dtype=bool))


def test_without_steps_there_is_nothing():
    nothing = np.zeros((0, 3))
    assert triangle.error_terms(nothing, np.eye(3), nothing).shape == (0, 0, 3)
    assert triangle.sweep(nothing, np.eye(3), nothing).shape == (0, 3)


@pytest.mark.parametrize("function", [triangle.error_terms, triangle.sweep])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"D": [0.5]}, "D has shape (1,); it must be (T, n), the slopes of every step."),
        ({"W": np.ones((2, 3))}, "W has shape (2, 3); it must be (3, 3), because D has 3 columns."),
        ({"rows": np.ones((5, 2))}, "rows has shape (5, 2); it must have the shape of D, (5, 3)."),
        ({"W": np.full((3, 3), np.nan)}, "W holds nan at index (0, 0)"),
    ],
)
def test_what_is_refused(function, change, message):
    letters, D, rows = given(0)
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        function(**{"D": D, "W": letters["W"], "rows": rows} | change)
