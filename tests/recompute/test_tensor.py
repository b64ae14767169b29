"""Rows, columns and matrices are told apart, and every operation says which shapes it takes."""

import numpy as np
import pytest

from recompute.errors import AmbiguousError, FormulaError, ShapeError
from recompute.tensor import ENTRYWISE, FUNCTIONS, Map, advice_on, norm, pair

RNG = np.random.default_rng(0)
NUMBER, COLUMN, MATRIX, SQUARE = (Map.of(RNG.normal(size=shape)) for shape in ((), (3,), (3, 2), (3, 3)))
ROW = COLUMN.transpose()
SLOPES = Map(RNG.normal(size=(3, 3, 2)), 1)  # the derivative of a column by a matrix


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (NUMBER, "a number ()<-()"),
        (COLUMN, "a column (3)<-()"),
        (ROW, "a row ()<-(3)"),
        (MATRIX, "a matrix (3)<-(2)"),
        (MATRIX.transpose(), "a matrix (2)<-(3)"),
        (SLOPES, "a map (3)<-(3,2)"),
        (Map.of(3), "a number ()<-()"),
        (Map.of([[1, 2]]), "a matrix (1)<-(2)"),
        (Map.of(True), "a number ()<-()"),  # noqa: FBT003
    ],
    ids=[*"123456789"],
)
def test_a_value_says_its_shape(value, name):
    assert str(value) == name


@pytest.mark.parametrize(
    "value",
    ["three", None, [1, [2, 3]], [[[1.0]]], 1j, [1.0, None], object(), 10**400],
    ids=["text", "nothing", "ragged", "three axes", "complex", "a gap", "an object", "too long"],
)
def test_what_is_no_number_column_or_matrix_is_refused(value):
    with pytest.raises(ShapeError):
        Map.of(value)


PRODUCTS = [
    (NUMBER, COLUMN, lambda a, b: a * b),
    (COLUMN, NUMBER, lambda a, b: a * b),
    (NUMBER, MATRIX, lambda a, b: a * b),
    (SQUARE, COLUMN, lambda a, b: a @ b),
    (ROW, COLUMN, lambda a, b: a @ b),
    (COLUMN, ROW, np.outer),
    (ROW, SQUARE, lambda a, b: a @ b),
    (SQUARE, MATRIX, lambda a, b: a @ b),
    (SQUARE, SLOPES, lambda a, b: np.einsum("ij,jkl->ikl", a, b)),
    (ROW, SLOPES, lambda a, b: np.einsum("j,jkl->kl", a, b)),
]


@pytest.mark.parametrize(("left", "right", "by_numpy"), PRODUCTS, ids=[f"{a} {b}" for a, b, _ in PRODUCTS])
def test_a_product_feeds_the_outputs_of_its_right_factor_to_the_inputs_of_its_left_one(left, right, by_numpy):
    np.testing.assert_allclose((left @ right).array, by_numpy(left.array, right.array), rtol=1e-14)


@pytest.mark.parametrize(
    ("left", "right"),
    [(COLUMN, COLUMN), (MATRIX, COLUMN), (COLUMN, MATRIX), (ROW, ROW), (MATRIX, SQUARE), (COLUMN, SQUARE)],
    ids=str,
)
def test_a_product_that_does_not_fit_is_refused(left, right):
    with pytest.raises(ShapeError, match="the inputs of the first are not the outputs of the second"):
        left @ right


def test_two_columns_that_are_multiplied_get_advice_of_their_own():
    for left, right in ((COLUMN, COLUMN), (MATRIX, COLUMN), (COLUMN, MATRIX), (ROW, ROW)):
        with pytest.raises(ShapeError) as caught:
            left @ right
        assert caught.value.advice.startswith("Of two columns" if left is right is COLUMN else "Transpose one of them")


@pytest.mark.parametrize(
    ("left", "right", "fits"),
    [
        (COLUMN, COLUMN, True),
        (NUMBER, COLUMN, True),
        (COLUMN, NUMBER, True),
        (SQUARE, SQUARE, True),
        (ROW, ROW, True),
        (COLUMN, ROW, False),
        (NUMBER, ROW, False),
        (NUMBER, SQUARE, False),
        (MATRIX, SQUARE, False),
        (SLOPES, NUMBER, False),
    ],
    ids=str,
)
def test_a_sum_wants_one_shape_or_a_number_and_a_column(left, right, fits):
    if fits:
        found = left.plus(right, -1)
        np.testing.assert_array_equal(found.array, left.array - right.array)
        assert found.kind == max((left, right), key=lambda m: m.array.ndim).kind
    else:
        with pytest.raises(ShapeError, match="cannot add"):
            left.plus(right)


def test_a_transpose_exchanges_outputs_and_inputs():
    assert SLOPES.transpose().kind == ((3, 2), (3,))
    np.testing.assert_array_equal(SLOPES.transpose().transpose().array, SLOPES.array)
    np.testing.assert_array_equal(SLOPES.transpose().array[1, 0, 2], SLOPES.array[2, 1, 0])
    assert ROW.kind != COLUMN.kind


def test_vec_stacks_columns():
    np.testing.assert_array_equal(FUNCTIONS["vec"](Map.of([[1, 2], [3, 4], [5, 6]])).array, [1, 3, 5, 2, 4, 6])


def test_vec_of_a_product_obeys_the_rule_for_kronecker_products():
    a, x, b = (Map.of(RNG.normal(size=shape)) for shape in ((4, 3), (3, 2), (2, 5)))
    left = FUNCTIONS["vec"](a @ x @ b)
    right = b.transpose().kron(a) @ FUNCTIONS["vec"](x)
    np.testing.assert_allclose(left.array, right.array, rtol=1e-13)


WITHOUT_VALUE = {
    "COLUMN.hadamard(ROW)": (lambda: COLUMN.hadamard(ROW), ShapeError),
    "NUMBER.hadamard(NUMBER)": (lambda: NUMBER.hadamard(NUMBER), ShapeError),
    "NUMBER.divide(COLUMN)": (lambda: NUMBER.divide(COLUMN), ShapeError),
    "SQUARE.power(COLUMN)": (lambda: SQUARE.power(COLUMN), ShapeError),
    "MATRIX.power(Map.of(2))": (lambda: MATRIX.power(Map.of(2)), ShapeError),
    "ROW.power(Map.of(2))": (lambda: ROW.power(Map.of(2)), ShapeError),
    "SQUARE.power(Map.of(0.5))": (lambda: SQUARE.power(Map.of(0.5)), ShapeError),
    "SQUARE.power(Map.of(np.nan))": (lambda: SQUARE.power(Map.of(np.nan)), ShapeError),
    "SQUARE.power(Map.of(np.inf))": (lambda: SQUARE.power(Map.of(np.inf)), ShapeError),
    "Map.of(np.ones((2, 2))).power(Map.of(-1))": (lambda: Map.of(np.ones((2, 2))).power(Map.of(-1)), FormulaError),
    'FUNCTIONS["softmax"](SQUARE)': (lambda: FUNCTIONS["softmax"](SQUARE), ShapeError),
    'FUNCTIONS["diag"](ROW)': (lambda: FUNCTIONS["diag"](ROW), ShapeError),
    'FUNCTIONS["diag"](SQUARE)': (lambda: FUNCTIONS["diag"](SQUARE), AmbiguousError),
    'FUNCTIONS["vec"](COLUMN)': (lambda: FUNCTIONS["vec"](COLUMN), ShapeError),
    'FUNCTIONS["tr"](MATRIX)': (lambda: FUNCTIONS["tr"](MATRIX), ShapeError),
    'FUNCTIONS["tanh"](SQUARE)': (lambda: FUNCTIONS["tanh"](SQUARE), AmbiguousError),
    'FUNCTIONS["exp"](ROW)': (lambda: FUNCTIONS["exp"](ROW), AmbiguousError),
    "norm(SLOPES)": (lambda: norm(SLOPES), ShapeError),
    "norm(Map(RNG.normal(size=(3, 2)), 0))": (lambda: norm(Map(RNG.normal(size=(3, 2)), 0)), ShapeError),
    "norm(Map(np.array([1 + 1j]), 1))": (lambda: norm(Map(np.array([1 + 1j]), 1)), FormulaError),
    "norm(Map.of([[np.nan, 1], [1, 1]]))": (lambda: norm(Map.of([[np.nan, 1], [1, 1]])), FormulaError),
    "Map.of(np.ones(2000)).kron(Map.of(np.ones(2000)))": (
        lambda: Map.of(np.ones(2000)).kron(Map.of(np.ones(2000))),
        ShapeError,
    ),
    'FUNCTIONS["diag"](Map.of(np.ones(2000)))': (lambda: FUNCTIONS["diag"](Map.of(np.ones(2000))), ShapeError),
    "Map.of(np.ones(2000)) @ Map.of(np.ones(2000)).transpose()": (
        lambda: Map.of(np.ones(2000)) @ Map.of(np.ones(2000)).transpose(),
        ShapeError,
    ),
}


@pytest.mark.parametrize(("compute", "error"), WITHOUT_VALUE.values(), ids=list(WITHOUT_VALUE))
def test_what_has_no_value_or_two_is_refused(compute, error):
    with pytest.raises(error) as caught:
        compute()
    assert type(caught.value) is error


@pytest.mark.parametrize("name", ENTRYWISE)
def test_a_function_of_numbers_is_taken_entry_by_entry(name):
    column = Map.of(np.abs(COLUMN.array))
    np.testing.assert_array_equal(FUNCTIONS[name](column).array, getattr(np, name)(column.array))


def test_softmax_and_the_logistic_function():
    softmax = FUNCTIONS["softmax"](Map.of([1000.0, 1001.0])).array
    np.testing.assert_allclose(softmax, [1 / (1 + np.e), np.e / (1 + np.e)], rtol=1e-14)
    np.testing.assert_allclose(FUNCTIONS["sigma"](Map.of(np.log(3.0))).array, 0.75, rtol=1e-14)


def test_norms():
    assert norm(Map.of([3, 4])).array == pytest.approx(5, rel=1e-14)
    assert norm(Map.of([3, 4]).transpose()).array == pytest.approx(5, rel=1e-14)
    assert norm(Map.of(-2)).array == pytest.approx(2, rel=1e-14)
    assert norm(Map.of([[3, 0], [0, -7]])).array == pytest.approx(7, rel=1e-14)


def test_large_products_of_small_results_are_computed():
    wide = Map.of(np.ones((100, 1000)))
    assert (wide @ wide.transpose()).out == (100,)


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (Map.of([1.0, 2.0]), Map.of([1.0, 2.0]).transpose(), "A row never equals a column"),
        (Map(np.ones((2, 3)), 1), Map(np.ones((3, 2)), 1), "nor a matrix its transpose"),
        (Map.of(0.0), Map(np.ones((2, 3)), 0), "a single number"),
        (Map.of([1.0, 2.0]), Map.of(np.eye(2)), r"\operatorname{diag}"),
        (Map.of(np.ones((2, 3))), Map.of(np.eye(2)), "See which size is wrong"),
        (Map(np.ones((2, 2)), 0), Map.of(np.eye(2)), r"\nabla_W E has the shape of W"),
    ],
)
def test_shapes_that_do_not_meet_come_with_the_likely_reason(left, right, words):
    assert words in advice_on(left, right)


def test_a_gradient_is_that_of_a_number():
    assert (ROW.gradient().kind, Map(MATRIX.array, 0).gradient().kind) == (COLUMN.kind, MATRIX.kind)
    assert NUMBER.gradient().kind == NUMBER.kind
    for value in (COLUMN, MATRIX, SLOPES, Map(SLOPES.array, 0)):
        with pytest.raises(ShapeError, match="a gradient is that of a number"):
            value.gradient()


def test_every_value_has_as_many_outputs_as_it_says():
    """A number with an output, or a column with two, would pass for itself until it is multiplied."""
    square, pairs = SQUARE, [(a, b) for a in (COLUMN, ROW, MATRIX) for b in (COLUMN, ROW, MATRIX)]
    found = [a.kron(b) for a, b in pairs]
    found += [FUNCTIONS[name](square) for name in ("vec", "tr", "sigma_max", "sigma_min", "rho")]
    found += [FUNCTIONS[name](NUMBER) for name in ("abs", "sign", "tanh")]
    found += [FUNCTIONS[name](COLUMN) for name in ("softmax", "diag", "tanh")]
    found += [norm(value) for value in (NUMBER, COLUMN, ROW, square)]
    found += [pair(name, NUMBER, NUMBER) for name in ("max", "min")] + [pair("binom", Map.of(3), Map.of(2))]
    for value in found:
        assert 0 <= value.outs <= value.array.ndim


def test_the_largest_values_are_computed_and_no_larger_ones():
    for size in (100, 1000):
        side = Map.of(np.ones(size))
        other = Map.of(np.ones(100_000 // size))
        assert (side @ other.transpose()).array.size == side.kron(other).array.size == 100_000
    with pytest.raises(ShapeError, match="100,100 entries"):
        Map.of(np.ones(1001)) @ Map.of(np.ones(100)).transpose()
    assert pair("binom", Map.of(1000), Map.of(1)).array == 1000
