"""Softmax, its loss and their derivatives, against decimal arithmetic with many digits and against a complex step."""

import re
import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bptt import backward, draws, oracle, rnn, softmax

EPS = float(np.finfo(float).eps)
HARD = {
    "large, nearly right": [1e4, 1e4 - 30, -1e4],
    "large, wrong": [-1e4, 1e4, 0],
    "by 800": [0, 800, 3],
    "nearly certain": [40, 0, -3],
    "all alike": [1e4, 1e4, 1e4, 1e4],
    "one class": [-1e4],
    "tiny": [1e-300, -1e-300],
    "tiny and alone": [4.82167292039e-48],
}
logits = arrays(float, st.integers(1, 6), elements=st.floats(-1e4, 1e4, allow_subnormal=False))


def exact(o):
    """The probabilities as decimals, their logarithms, and log-sum-exp."""
    with localcontext() as context:
        context.prec = 400  # exp of the smallest logit, 2e-308, differs from one in the 308th digit
        terms = [Decimal(float(o_i)).exp() for o_i in o]
        total = sum(terms)
        return [term / total for term in terms], [(term / total).ln() for term in terms], total.ln()


def off(ours, true):
    """How far a number is off, relative to the true one; nothing where the true one is too small to be a number."""
    with localcontext() as context:
        context.prec = 60
        if abs(true) < Decimal("1e-300"):
            return abs(ours) if true == 0 or abs(ours) > 1e-300 else 0.0
        return abs(float(Decimal(float(ours)) / true - 1))


def complement(y_hat):
    with localcontext() as context:
        context.prec = 60
        return y_hat - 1


@settings(deadline=None, max_examples=60)
@given(logits)
def test_no_digit_is_lost_for_drawn_logits(o):
    check(o)


@pytest.mark.parametrize("o", HARD.values(), ids=HARD)
def test_no_digit_is_lost_for_hard_logits(o):
    check(np.array(o, dtype=float))


def check(o):
    y_hat, log_y_hat, total = exact(o)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = softmax.softmax(o)
        assert off(softmax.log_sum_exp(o), total) < 4 * EPS * max(1, abs(np.abs(o).max() / float(total or 1)))
        jacobian = softmax.jacobian(o)
        for k, y in enumerate(np.eye(len(o))):
            # the exponent is rounded, so a probability e^{-z} may be off by z units of the last place
            slack = 4 * EPS * (1 + abs(float(log_y_hat[k])))
            certain = -log_y_hat[k] < 1  # then the loss is a sum of such probabilities itself
            assert off(softmax.cross_entropy(o, y), -log_y_hat[k]) < 4 * EPS * (spread(o) if certain else 1)
            assert off(found[k], y_hat[k]) < slack
            assert off(softmax.gradient(o, y)[k], complement(y_hat[k])) < 8 * EPS * spread(o)
            assert off(jacobian[k, k], -y_hat[k] * complement(y_hat[k])) < 8 * EPS * spread(o)


def spread(o):
    return 1 + float(o.max() - o.min())


@pytest.mark.parametrize("seed", range(6))
def test_the_derivatives_are_what_a_complex_step_finds(seed):
    o, y = draws.logits(seed).values()
    p = np.random.default_rng(seed).dirichlet(np.ones(len(o)))
    np.testing.assert_allclose(softmax.jacobian(o), oracle.complex_step(softmax.softmax, o), rtol=1e-13)
    for target in (y, p):
        outside = oracle.complex_step(lambda z, target=target: softmax.cross_entropy(z, target), o)
        np.testing.assert_allclose(softmax.gradient(o, target), outside, rtol=1e-12)
    outside = oracle.complex_step(softmax.log_sum_exp, o)
    np.testing.assert_allclose(softmax.softmax(o), outside, rtol=1e-13)


def test_the_structure_of_the_jacobian():
    o = draws.logits(4)["o"]
    jacobian = softmax.jacobian(o)
    np.testing.assert_array_equal(jacobian, jacobian.T)
    np.testing.assert_allclose(jacobian.sum(axis=1), 0, atol=1e-16)
    assert np.linalg.eigvalsh(jacobian)[0] > -1e-15
    np.testing.assert_allclose(softmax.softmax(o + 3.0), softmax.softmax(o), rtol=1e-14)


def test_the_network_uses_the_same_loss():
    letters = draws.rnn(2)
    run = rnn.forward(**letters)
    for o_t, y_t, E_t, y_hat_t in zip(run.o, letters["y"], run.E, run.y_hat, strict=True):
        assert softmax.cross_entropy(o_t, y_t) == pytest.approx(E_t, rel=1e-15, abs=0)
        np.testing.assert_allclose(softmax.softmax(o_t), y_hat_t, rtol=1e-15)
    errors = [softmax.gradient(o_t, y_t) for o_t, y_t in zip(run.o, letters["y"], strict=True)]
    np.testing.assert_allclose(np.sum(errors, axis=0), backward.backward(**letters).c, rtol=1e-13)


def test_nothing_that_is_given_is_changed():
    o, y = np.array([1.0, 2.0]), np.array([0.0, 1.0])
    for result in (softmax.softmax(o), softmax.gradient(o, y), softmax.jacobian(o)):
        result[...] = 7
    np.testing.assert_array_equal(o, [1, 2])
    np.testing.assert_array_equal(y, [0, 1])


@pytest.mark.parametrize(
    ("o", "y", "error", "message"),
    [
        (
            [[1.0]],
            [1.0],
            ValueError,
            "o has shape (1, 1); it must be one column of logits, shape (q,) with q at least 1.",
        ),
        ([], [], ValueError, "o has shape (0,); it must be one column of logits"),
        ([1.0, np.nan], [1, 0], ValueError, "o holds nan at index (1,)"),
        ([1.0, np.inf], [1, 0], ValueError, "o holds inf at index (1,)"),
        (["a"], [1.0], TypeError, "o has dtype <U1"),
        ([1e308, -1e308], [1, 0], OverflowError, "o goes from -1e+308 to 1e+308: their distance is no finite number"),
        ([1.0, 2.0], [1.0], ValueError, "y has shape (1,); it must have the shape of o, (2,)."),
        (
            [1.0, 2.0],
            [1.0, 1.0],
            ValueError,
            "y is [1.0, 1.0]; it must hold probabilities: none negative, and their sum 1.",
        ),
        ([1.0, 2.0], [1.5, -0.5], ValueError, "y is [1.5, -0.5]; it must hold probabilities"),
        ([1.0, 2.0], [1j, 0], TypeError, "y has dtype complex128; it must hold real numbers."),
    ],
)
def test_what_is_refused(o, y, error, message):
    for function in (softmax.cross_entropy, softmax.gradient):
        with pytest.raises(error, match="^" + re.escape(message)):
            function(o, y)
    if message.startswith("o "):
        for function in (softmax.softmax, softmax.log_sum_exp, softmax.jacobian):
            with pytest.raises(error, match="^" + re.escape(message)):
                function(o)
