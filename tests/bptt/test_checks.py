"""Checks of a gradient: they pass what is right, fail what is wrong, and refuse what could not fail."""

import re

import numpy as np
import pytest

from bptt import backward, checks, draws, rnn


def cube(x):
    return (x**3).sum()


def test_the_quotients_are_off_as_the_theorem_says():
    """For w^3 at 1: 3 + 3 h + h^2 and 3 + h^2."""
    assert float(checks.forward_quotient(cube, 1.0, 1.0, 0.1)) == pytest.approx(3.31, rel=1e-13)
    assert float(checks.central_quotient(cube, 1.0, 1.0, 0.1)) == pytest.approx(3.01, rel=1e-13)


def test_quotients_of_an_array_along_a_direction():
    A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    for quotient in (checks.forward_quotient, checks.central_quotient):
        found = quotient(lambda x: A @ x, [0.5, -0.25], [1.0, -1.0], 0.125)
        np.testing.assert_allclose(found, A @ [1.0, -1.0], rtol=1e-13)


@pytest.mark.parametrize("quotient", [checks.forward_quotient, checks.central_quotient])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((cube, 1.0, 1.0, 0.0), "h is 0.0; it must be a positive, finite number."),
        ((cube, 1.0, 1.0, -1e-3), "h is -0.001; it must be a positive, finite number."),
        ((cube, 1.0, 1.0, float("nan")), "h is nan; it must be a positive, finite number."),
        ((cube, [1.0, 2.0], [1.0], 0.1), "direction has shape (1,); it must have the shape of x, (2,)."),
        ((cube, [np.nan], [1.0], 0.1), "x holds NaN or infinity"),
        ((lambda x: x / 0 if x.size else x, [1.0], [1.0], 0.1), "what f returned holds NaN or infinity"),
    ],
    ids=["zero", "negative", "nan", "shape", "x", "f"],
)
def test_quotients_that_mean_nothing(quotient, arguments, message):
    with np.errstate(divide="ignore"), pytest.raises(ValueError, match="^" + re.escape(message)):
        quotient(*arguments)


def gradients(seed=0):
    found = backward.backward(**draws.rnn(seed))
    return {name: getattr(found, name) for name in ("U", "W", "V", "b", "c", "s_0")}


@pytest.mark.parametrize("seed", range(5))
def test_one_direction_passes_the_right_gradients(seed):
    found, expected = checks.along(rnn.loss, draws.rnn(seed), gradients(seed), seed=seed)
    assert checks.relative_error(found, expected) < 1e-12


@pytest.mark.parametrize("name", ["U", "W", "V", "b", "c", "s_0"])
def test_one_direction_notices_one_wrong_entry(name):
    wrong = {key: value.copy() for key, value in gradients().items()}
    wrong[name].flat[-1] += 1e-6
    found, expected = checks.along(rnn.loss, draws.rnn(), wrong)
    assert abs(found - expected) == pytest.approx(1e-6, rel=1e-6)


def test_one_direction_needs_no_more_than_one_run():
    runs = []

    def counted(**letters):
        runs.append(1)
        return rnn.loss(**letters)

    checks.along(counted, draws.rnn(), gradients())
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (None, "gradients is empty; without a gradient there is nothing to check."),
        ({"Q": np.ones(2)}, "gradients has Q, which is no argument of f; there are: U, W, V, b, c, s_0, x, y."),
        ({"W": np.ones((3, 2))}, "the gradient by W has shape (3, 2); it must be that of W, (3, 3)."),
        ({"b": np.full(3, np.nan)}, "the gradient by b holds NaN or infinity"),
    ],
    ids=["empty", "unknown", "shape", "nan"],
)
def test_gradients_that_cannot_be_checked(change, message):
    given = {} if change is None else gradients() | change
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        checks.along(rnn.loss, draws.rnn(), given)


A = np.array([[1.0, -2.0, 0.5], [0.3, 4.0, -1.0]])


def test_a_matrix_and_its_transpose_pass_the_dot_product_test():
    back, forth = checks.dot_product(lambda v: A @ v, lambda u: A.T @ u, [1.0, 2.0, 3.0], [0.5, -0.7])
    assert back == pytest.approx(forth, rel=1e-14)
    assert forth == pytest.approx(np.array([0.5, -0.7]) @ A @ [1.0, 2.0, 3.0], rel=1e-14)


def test_a_sign_lost_on_the_way_back_fails_the_dot_product_test():
    back, forth = checks.dot_product(lambda v: A @ v, lambda u: abs(A.T) @ u, [1.0, 2.0, 3.0], [0.5, -0.7])
    assert checks.relative_error(back, forth) > 0.01


@pytest.mark.parametrize(
    ("J", "J_transposed", "message"),
    [
        (lambda v: A.T @ v[:2], lambda u: A.T @ u, "J(v) has shape (3,); it must be that of u, (2,)."),
        (lambda v: A @ v, lambda u: u, "J_transposed(u) has shape (2,); it must be that of v, (3,)."),
        (lambda v: A @ v * np.nan, lambda u: A.T @ u, "J(v) holds NaN or infinity"),
        (lambda v: v @ v, lambda u: A.T @ u, "J(v) has shape (); it must be that of u, (2,)."),
    ],
    ids=["forth", "back", "nan", "number"],
)
def test_a_dot_product_that_means_nothing(J, J_transposed, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        checks.dot_product(J, J_transposed, [1.0, 2.0, 3.0], [0.5, -0.7])


def test_a_program_that_writes_into_its_argument_does_not_change_the_test():
    def writes(v):
        v *= 0
        return A @ v

    back, forth = checks.dot_product(writes, lambda u: A.T @ u, np.ones(3), np.ones(2))
    assert forth == 0
    assert back == pytest.approx(A.sum())


@pytest.mark.parametrize(
    ("found", "expected", "error"),
    [
        (1.0, 1.0, 0.0),
        (1.01, 1.0, 0.01),
        ([1.0, 1e-9], [1.0, 0.0], 1e-9),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.0, 1e-300], [0.0, 0.0], float("inf")),
        ([-2.0, 1.0], [2.0, 1.0], 2.0),
    ],
)
def test_the_relative_error_of_a_table(found, expected, error):
    assert checks.relative_error(found, expected) == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize(
    ("found", "expected", "message"),
    [
        (np.nan, 1.0, "found holds NaN or infinity: nan; with these, a comparison means nothing."),
        (1.0, np.inf, "expected holds NaN or infinity: inf; with these, a comparison means nothing."),
        ([], [], "found has shape (0,); with no entry there is nothing to compare."),
        ([1.0, 2.0], [[1.0], [2.0]], "found has shape (2,) and expected (2, 1); they must have one shape."),
        ([1.0, 1.0], 1.0, "found has shape (2,) and expected (); they must have one shape."),
    ],
)
def test_a_comparison_that_could_not_fail_is_refused(found, expected, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        checks.relative_error(found, expected)
