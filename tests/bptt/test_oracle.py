"""The oracles on functions whose derivatives are known from school, and on functions that they must refuse."""

import math

import numpy as np
import pytest

from bptt import oracle

X = np.array([[0.3, -0.7], [1.1, 0.4], [-0.2, 0.9]])


def test_a_gradient_has_the_shape_of_x():
    np.testing.assert_allclose(oracle.complex_step(lambda x: (x**3).sum(), X), 3 * X**2, rtol=1e-15)


def test_a_jacobian_has_the_output_indices_first():
    told = oracle.complex_step(lambda x: np.array([x.sum(), (x * X).sum()]), X)
    np.testing.assert_allclose(told, np.stack([np.ones_like(X), X]), rtol=1e-15)


@pytest.mark.parametrize("derivative", [oracle.complex_step, lambda f, x: oracle.central_difference(f, x).value])
def test_numbers_lists_and_integers_will_do(derivative):
    assert derivative(lambda x: x**2, 3) == pytest.approx(6, rel=1e-12)
    assert derivative(lambda x: x**2, 3).shape == ()
    assert derivative(lambda x: x @ x, [1, 2]).tolist() == pytest.approx([2, 4], rel=1e-12)
    assert derivative(lambda x: (x**2).sum(), np.zeros((2, 0))).shape == (2, 0)


@pytest.mark.parametrize("step", [1e-8, 1e-15, 1e-30, 1e-100, 1e-290])
def test_the_length_of_the_complex_step_does_not_matter(step):
    told = oracle.complex_step(lambda x: np.exp(x) / np.sqrt(x), 1.5, step)
    assert told == pytest.approx(math.exp(1.5) * (1.5**-0.5 - 0.5 * 1.5**-1.5), rel=1e-15)


def test_directional_is_the_gradient_along_a_direction():
    def f(x):
        return np.log(np.cosh(x)).sum()

    direction = np.array([[1.0, 0.0], [-2.0, 0.5], [0.25, 3.0]])
    told = oracle.directional(f, X, direction)
    assert told == pytest.approx((np.tanh(X) * direction).sum(), rel=1e-14)
    assert told == pytest.approx((oracle.complex_step(f, X) * direction).sum(), rel=1e-14)


@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        (np.sin, 0.7, math.cos(0.7)),
        (np.tanh, 0.2, 1 - math.tanh(0.2) ** 2),
        (np.exp, 10.0, math.exp(10.0)),
        (np.log, 1e-1, 1e1),
        (lambda x: 1 / x, 1e3, -1e-6),
        (lambda x: np.sin(50 * x), 0.3, 50 * math.cos(15.0)),
        (lambda x: 3 * x, 0.0, 3.0),
        (lambda x: 0 * x + 5, 0.4, 0.0),
        (lambda x: abs(x) ** 3, 0.001, 3e-6),  # a kink in the third derivative nearby
    ],
)
def test_central_differences_are_right_and_know_how_right(f, x, exact):
    value, error = oracle.central_difference(f, x)
    assert abs(value - exact) <= error, f"{value} against {exact}, claimed {error}"
    assert error <= 1e-9 * max(1, abs(exact))


def test_three_levels_are_exact_for_a_polynomial_of_degree_five():
    """The error series of x**5 ends with h**4, and three values of h cancel two powers."""
    value, _ = oracle.central_difference(lambda x: x**5, 1.5, step=0.5, levels=3)
    assert value == pytest.approx(5 * 1.5**4, rel=1e-13)


def test_single_precision_is_computed_in_double():
    x = np.float32(0.1)
    assert oracle.complex_step(np.exp, x) == pytest.approx(math.exp(x), rel=1e-15)


def test_noise_in_f_shows_in_the_claimed_error():
    rng = np.random.default_rng(0)
    value, error = oracle.central_difference(lambda x: np.sin(x) + 1e-6 * rng.standard_normal(), 0.7)
    assert abs(value - math.cos(0.7)) <= 10 * error
    assert error > 1e-7


def test_x_is_never_changed():
    x = X.copy()

    def vandal(z):
        z *= 2
        return (z**2).sum()

    np.testing.assert_allclose(oracle.complex_step(vandal, x), 8 * X, rtol=1e-15)
    np.testing.assert_allclose(oracle.central_difference(vandal, x).value, 8 * X, rtol=1e-9)
    assert (x == X).all()


def test_the_two_oracles_part_where_f_is_not_analytic():
    """No complex step can notice this bend; comparing the two oracles does."""

    def bent(x):
        return (x * np.conj(x)).sum()

    assert np.allclose(oracle.complex_step(bent, X), 0)
    assert np.allclose(oracle.central_difference(lambda x: bent(x).real, X).value, 2 * X)


DROPPED = (
    "f dropped the imaginary part: it was given complex128 and returned float64. Keep complex numbers all the way "
    "(no float(), abs(), .real, real output array), or use central_difference. "
    "An f that does not use x has nothing to differentiate."
)


def alternating():
    calls = []

    def f(x):
        calls.append(None)
        return x if len(calls) % 2 else x[:1]

    return f


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: oracle.complex_step(np.abs, X), ValueError, DROPPED),
        (lambda: oracle.complex_step(lambda x: x.real.sum(), X), ValueError, DROPPED),
        (lambda: oracle.complex_step(lambda _: 1.0, X), ValueError, DROPPED),
        (lambda: oracle.complex_step(lambda x: x * np.nan, 1), ValueError, "f returned NaN or infinity near x: "),
        (lambda: oracle.central_difference(lambda x: x / 0, 1.0), ValueError, "f returned NaN or infinity near x: a"),
        (lambda: oracle.complex_step(np.sin, X + 0j), TypeError, "x has dtype complex128; it must hold real numbers."),
        (lambda: oracle.central_difference(np.sin, "a"), TypeError, "x has dtype <U1; it must hold real numbers."),
        (lambda: oracle.complex_step(np.sin, np.inf), ValueError, "x holds NaN or infinity: inf; every number must be"),
        (lambda: oracle.complex_step(np.sin, 1.0, step=0), ValueError, "step is 0; it must be a positive"),
        (lambda: oracle.complex_step(np.sin, 1.0, step=np.nan), ValueError, "step is nan; it must be a positive"),
        (lambda: oracle.central_difference(np.sin, 1.0, step=-1), ValueError, "step is -1; it must be a positive"),
        (lambda: oracle.central_difference(np.sin, 1.0, levels=1), ValueError, "levels is 1; it must be at least 2"),
        (lambda: oracle.central_difference(lambda x: x + 1j, 1.0), ValueError, "f was given float64 and returned comp"),
        (lambda: oracle.directional(np.sin, X, [1.0]), ValueError, "direction has shape (1,); it must have the shape of x, (3, 2)."),  # noqa: E501  # one row, one case
        (lambda: oracle.complex_step(alternating(), [1.0, 2.0]), ValueError, "f returned arrays of different shapes: [(1,), (2,)]."),  # noqa: E501  # one row, one case
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_refusals(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(message)
