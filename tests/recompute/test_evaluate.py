"""What an expression comes to; and that nothing comes to something by mistake."""

import time

import numpy as np
import pytest

from recompute.errors import AmbiguousError, FormulaError, NotYetError, ShapeError
from recompute.evaluate import Evaluate, Watch, computing
from recompute.parse import parse, parse_expression
from recompute.tensor import Map
from recompute.world import Definition, World

LETTERS = {
    "a": 0.7,
    "b": -1.3,
    "n": 3,
    "T": 5,
    "x": [0.3, -0.5, 0.8],
    "s_0": 1.0,
    "h": 0.25,
    "M": [[0.3, 0.5, -0.2], [0.7, -0.4, 0.9], [0.1, 0.6, 0.2]],
    "y_t": {1: [1.0, 2.0], 2: [3.0, 4.0]},
}
PAGE = [r"s_t = a s_{t-1} \qquad 1 \le t \le T", "u(z) = z^3 + a z", r"r = u(a + h) - u(a)", "g(z) = z^2 + r"]
WORLD = World(LETTERS, [Definition.of(parse(tex)) for tex in PAGE])
X, M, A, B = np.array(LETTERS["x"]), np.array(LETTERS["M"]), LETTERS["a"], LETTERS["b"]


def value(tex, world=WORLD):
    with computing():
        found = Evaluate(world).visit(parse_expression(tex))
    assert 0 <= found.outs <= found.array.ndim
    return found.array


VALUES = {
    # letters and their subscripts
    "x_2": X[1],
    "M_{3,1}": M[2, 0],
    "y_{2,1}": 3.0,
    "s_{1 + 2}": A**3,
    "s_T": A**5,
    r"y_{\sum_{k=1}^{2} k - 1, 2}": 4.0,
    "e": np.e,
    "e^{2}": np.e**2,
    r"\exp(1) - e": 0.0,
    # order of operations
    "-a^2": -(A**2),
    "a - b - a": -B,
    "-a + b": B - A,
    r"2 a \cdot b": 2 * A * B,
    "-a b": -A * B,
    r"a (-b)": -A * B,
    r"M x \odot x": (M @ X) * X,
    r"x \odot M x": X * (M @ X),
    r"x^2 \odot x": X**3,
    r"M^\top M": M.T @ M,
    "M^{-1} x": np.linalg.solve(M, X),
    r"(M x)^\top": M @ X,
    r"\tanh x": np.tanh(X),
    r"\tanh(x)^2": np.tanh(X) ** 2,
    r"a \log x_1": A * np.log(0.3),
    # slopes, by the formula of the textbook
    r"\sigma'(a)": np.exp(-A) / (1 + np.exp(-A)) ** 2,
    r"\sigma'(x)": np.exp(-X) / (1 + np.exp(-X)) ** 2,
    r"\tanh'(x)": 1 / np.cosh(X) ** 2,
    r"\log'(a) \exp'(b)": np.exp(B) / A,
    r"\operatorname{diag}(\sigma'(x)) x": np.exp(-X) / (1 + np.exp(-X)) ** 2 * X,
    # functions of two numbers, absolute values, ones
    r"\binom{T}{2} + \binom{4}{0} + \binom{2}{3}": 11,
    r"\sum_{k=0}^{T} \binom{T}{k}": 32,
    r"\sum_{k=0}^{T} \binom{T}{k} a^{k} b^{T-k}": (A + B) ** 5,
    r"\max(a, b) \min(a, b)": A * B,
    r"\max(a, \max(b, 2))": 2,
    r"\lvert b \rvert - \left| a \right|": -B - A,
    r"\bigl| b \bigr|^2": B**2,
    r"\operatorname{sign}(x)": np.array([1, -1, 1]),
    r"\mathbf 1_n": np.ones(3),
    r"\mathbf 1_1": np.ones(1),
    r"\mathbf 1_{100000}": np.ones(100_000),
    r"\mathbf{1}_{n}^\top x": X.sum(),
    r"M \mathbf 1_3": M.sum(axis=1),
    r"\mathbf 1_2 x^\top": np.array([X, X]),
    # sizes of matrices, by the eigenvalues of M^T M
    r"\sigma_{\max}(M)^2": np.linalg.eigvalsh(M.T @ M)[2],
    r"\sigma_\min(M)^2": np.linalg.eigvalsh(M.T @ M)[0],
    r"\sigma_{\mathrm{max}}(M)^2": np.linalg.eigvalsh(M.T @ M)[2],
    r"\sigma_{ \mathrm {min} }(M)^2": np.linalg.eigvalsh(M.T @ M)[0],
    r"\sigma_2(M)^2": np.linalg.eigvalsh(M.T @ M)[1],
    r"\sigma_n(M)^2": np.linalg.eigvalsh(M.T @ M)[0],
    r"\lVert M \rVert_2^2": np.linalg.eigvalsh(M.T @ M)[2],
    r"\bigl\| x \bigr\|_{2}": np.sqrt(X @ X),
    r"\rho(M)": max(abs(z) for z in np.roots(np.poly(M))),
    r"\rho(x x^\top)": X @ X,
    # functions without brackets
    r"\log\frac{a}{2}": np.log(A / 2),
    r"a \exp\frac{1}{2}": A * np.exp(0.5),
    r"\dfrac{a}{b} - \tfrac{a}{b}": 0,
    # sums and products
    r"\sum_{k=1}^{T} k": 15,
    r"a \sum_{k=1}^{3} k + 1": 6 * A + 1,
    r"\sum_{k=1}^{3} k (k + 1)": 20,
    r"\sum_{k=1}^{0} k": 0,
    r"\sum_{k=1}^{2} \sum_{j=k}^{2} k j": 1 + 2 + 4,
    r"\prod_{k=1}^{0} k": 1,
    r"\prod_{k=2}^{4} k": 24,
    r"\prod_{T \ge j > T} j": 1,
    r"\prod_{1 \le j < 4} j": 6,
    r"\prod_{4 > j \ge 2} j": 6,
    r"\sum_{3 > j > 1} j": 2,
    r"\sum_{1 < j < 2} j": 0,
    r"\sum_{1 < j < 1} j": 0,
    r"\sum_{k=-1}^{1} k^2": 2,
    r"\sum_{k=1}^{3} x_k x": X.sum() * X,
    # functions of the page and of the language
    "u(2)": 8 + 2 * A,
    "u(a)^2": (A**3 + A * A) ** 2,
    "2 u(a) u(b)": 2 * (A**3 + A * A) * (B**3 + A * B),
    "u'(2)": 12 + A,
    r"\sigma(a)": 1 / (1 + np.exp(-A)),
    r"\sigma(x)^\top x": (1 / (1 + np.exp(-X))) @ X,
    r"\sigma(a)^2": (1 / (1 + np.exp(-A))) ** 2,
    # limits
    r"\lim_{z \to 0} \frac{\sin(z)}{z}": 1,
    r"\lim_{z \to 0} \frac{1 - \cos(z)}{z^2}": 0.5,
    r"\lim_{z \to 2} \frac{z^2 - 4}{z - 2}": 4,
    r"\lim_{z \to 0} \frac{\tanh(z) - z}{z^3}": -1 / 3,
    r"\lim_{z \to a} z x": A * X,
    r"\lim_{z \to 0} \frac{e^{z} - 1}{z} + 1": 2,
    r"\lim_{h \to 0} \frac{u(a + h) - u(a)}{h}": 4 * A**2 - A**2 + A,
    r"\lim_{z \to 0} z": 0,
    r"\sum_{k=1}^{2} \lim_{z \to k} z": 3,
    r"\lim_{z \to 0} \frac{10^8 \sin(z)}{z}": 1e8,
    # immediate derivatives of what is no quantity
    r"\frac{\partial}{\partial a}(a^2 b)": 2 * A * B,
    r"\sum_{k=1}^{2} \frac{\partial k}{\partial a}": 0,
    # brackets and remarks
    r"\left[ a + b \right] a": (A + B) * A,
    r"\underbrace{a b}_{\text{product}} + a": A * B + A,
    r"{a}^2 x_2": A**2 * X[1],
}


@pytest.mark.parametrize(("tex", "expected"), VALUES.items(), ids=list(VALUES))
def test_an_expression_comes_to_this(tex, expected):
    found = value(tex)
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


REFUSED = {
    # one letter, two meanings
    r"\sum_{a=1}^{3} a": (AmbiguousError, "a is an index here and stands for a quantity elsewhere"),
    r"\prod_{s=1}^{3} s": (AmbiguousError, "s is an index here"),
    r"\sum_{k=1}^{2} \sum_{k=1}^{2} k": (AmbiguousError, "k is an index here"),
    r"\sum_{k=1}^{2} k + k": (FormulaError, "k is not defined"),
    r"\lim_{h \to 0} \frac{r}{h}": (NotYetError, "this limit uses quantities that are computed from h"),
    r"\lim_{h \to 0} g(h)": (NotYetError, "this limit uses quantities that are computed from h"),
    r"\sum_{k=1}^{2} k_1": (ShapeError, "a number .* has 0 axes, and 1 components"),
    r"\sum_{k=1}^{2} x_{k_1}": (ShapeError, "a number .* has 0 axes, and 1 components"),
    # indices
    "x_4": (ShapeError, "component 4"),
    "x_0": (ShapeError, "component 0"),
    "M_1": (ShapeError, "has 2 axes, and 1 components"),
    "s_{a}": (FormulaError, "an index must be a whole number, and this is 0.7"),
    "s_6": (FormulaError, "outside the range"),
    "x_{1.5}": (FormulaError, "an index must be a whole number, and this is 1.5"),
    "s_{x}": (FormulaError, "an index must be a whole number"),
    "s_{1,1}": (ShapeError, "has 0 axes"),
    "y_{3,1}": (FormulaError, "y_3 has no value"),
    r"x_{\frac{0}{0}}": (FormulaError, "an index must be a whole number, and this is nan"),
    r"x_{10^{400}}": (FormulaError, "an index must be a whole number, and this is inf"),
    "x_k": (FormulaError, "k has no value"),
    "x_{k_1}": (FormulaError, "k is not defined on this page"),
    "x_u": (FormulaError, "u is a function"),
    # ranges
    r"\sum_{k=3}^{1} k": (FormulaError, "the index would run from 3 to 1"),
    r"\prod_{1 \ge j > 2} j": (FormulaError, "from 1 to 2"),
    r"\prod_{1 \ge j \le 2} j": (FormulaError, "two directions"),
    r"\prod_{3 \ne j > 2} j": (FormulaError, "two directions"),
    r"\sum_{k=1}^{10^9} k": (FormulaError, "1,000,000,000 terms"),
    r"\sum_{k=1}^{a} k": (FormulaError, "whole number"),
    r"\sum_{i=1}^{9000} \sum_{j=1}^{9000} i": (FormulaError, "81,000,000 terms together"),
    # functions
    "u": (FormulaError, "u is a function"),
    "u + 1": (FormulaError, "u is a function"),
    "u a": (FormulaError, "must be in brackets"),
    r"u \cdot (a)": (FormulaError, "its argument is missing"),
    "a u": (FormulaError, "its argument is missing"),
    r"\sigma": (FormulaError, "sigma is not defined"),
    r"\operatorname{foo}(a)": (FormulaError, "the function foo is unknown"),
    r"\Gamma(a)": (FormulaError, "Gamma is not defined"),
    r"\sigma(M)": (AmbiguousError, "sigma of a matrix"),
    r"\sigma'(M)": (AmbiguousError, "sigma of a matrix"),
    r"\operatorname{softmax}'(x)": (NotYetError, "the slope of softmax"),
    r"\operatorname{sign}'(a)": (NotYetError, "the slope of sign"),
    r"\operatorname{foo}'(a)": (FormulaError, "the function foo is unknown"),
    r"\log'(b - b)": (FormulaError, "no derivative at this point"),
    r"\sigma_2(a)": (ShapeError, "a singular value is that of a matrix, not of a number"),
    r"\sigma_0(M)": (FormulaError, "the singular values are counted from 1, and this is 0"),
    r"\sigma_4(M)": (FormulaError, "has 3 singular values"),
    r"\sigma_{a}(M)": (FormulaError, "whole number"),
    r"\sigma_2": (FormulaError, "its argument is missing|sigma is not defined"),
    r"\sigma_{1,2}(M)": (FormulaError, "sigma is not defined"),
    r"\rho(M x)": (ShapeError, "a spectral radius is that of a square matrix"),
    r"\rho(\frac{M}{b - b})": (FormulaError, "a spectral radius of something that is not finite"),
    r"\rho": (FormulaError, "rho is not defined"),
    r"\binom{-1}{2}": (FormulaError, "whole numbers that are not negative, not of -1 and 2"),
    r"\binom{n}{a}": (FormulaError, "not of 3 and 0.7"),
    r"\binom{x}{2}": (ShapeError, "takes two numbers, and this is a column"),
    r"\binom{1001}{2}": (FormulaError, "a binomial coefficient of 1001"),
    r"\max(M, 1)": (ShapeError, "takes two numbers, and this is a matrix"),
    r"\max(\frac{1}{a - a}, 1)": (FormulaError, "of something that is not finite"),
    r"\lvert M \rvert": (AmbiguousError, "a norm, a determinant, or the absolute values"),
    r"\lvert x^\top \rvert": (AmbiguousError, "a norm, a determinant, or the absolute values"),
    r"\mathbf 1_0": (FormulaError, "a column of 0 ones"),
    r"\mathbf 1_x": (FormulaError, "whole number"),
    r"\mathbf 1_{100001}": (FormulaError, "a column of 100,001 ones"),
    r"\hat a": (FormulaError, r"\\hat a is not defined on this page"),
    r"\hat c": (FormulaError, "c_hat is not defined on this page"),
    # what is not analytic
    **{
        rf"\frac{{\mathrm d}}{{\mathrm d a}}({inner})": (FormulaError, "not analytic")
        for inner in (
            r"\lvert a \rvert",
            r"\max(a, 1)",
            r"\min(1, a)",
            r"\operatorname{sign}(a)",
            r"\sigma_{\max}(a M)",
            r"\sigma_1(a M)",
            r"\rho(a M)",
            r"\lVert a M \rVert",
            r"\lVert a x \rVert_2",
        )
    },
    r"\lim_{z \to 0} \lvert z \rvert": (FormulaError, "not analytic"),
    r"\lim_{z \to 0} \rho(z M)": (FormulaError, "not analytic"),
    r"\frac{\mathrm d}{\mathrm d a}(\sigma'(a))": (NotYetError, "the slope of sigma inside a limit or a derivative"),
    r"\lim_{z \to 0} \tanh'(z)": (NotYetError, "the slope of tanh inside a limit or a derivative"),
    # limits
    r"\lim_{z \to 0} \frac{1}{z}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \frac{1}{z^6}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \frac{10^{-8}}{z}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \frac{10^{-8}}{z^{32}}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \frac{1}{z^{20}}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \frac{1}{z^{32}}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} (a + \frac{1}{z^{64}})": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \log(z)": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \sqrt{z}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \sqrt{z^2}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \exp(\frac{1}{z})": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \frac{1}{z - 0.05}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} \lVert z \rVert": (FormulaError, "not analytic"),
    r"\lim_{z \to x} z": (ShapeError, "goes to a number"),
    r"\lim_{z \to 0} \sqrt{b}": (FormulaError, "does not exist"),
    r"\lim_{z \to 0} s_z": (FormulaError, "whole number"),
    r"\lim_{z \to 0} \frac{z}{0}": (FormulaError, "does not exist"),
    # others
    "2^x": (ShapeError, "an exponent must be a number"),
    r"a x^\top + 1": (ShapeError, "cannot add"),
    "x x": (ShapeError, "cannot multiply"),
    r"M \odot x": (ShapeError, r"\\odot needs"),
    r"\frac{a}{x}": (ShapeError, "cannot divide by a column"),
}


@pytest.mark.parametrize(("tex", "expected"), REFUSED.items(), ids=list(REFUSED))
def test_an_expression_without_one_value_is_refused_at_once(tex, expected):
    began = time.process_time()
    with pytest.raises(FormulaError, match=expected[1]) as caught:
        value(tex)
    assert type(caught.value) is expected[0]
    assert caught.value.span is not None or caught.value.tex in PAGE
    assert time.process_time() - began < 1


def test_products_of_matrices_multiply_in_the_order_of_their_range():
    rng = np.random.default_rng(3)
    numbers = {k: rng.normal(size=(3, 3)) for k in (1, 2, 3)}
    world = World({"D_t": numbers})
    down = numbers[3] @ numbers[2] @ numbers[1]
    up = numbers[1] @ numbers[2] @ numbers[3]
    for tex, expected in {
        r"\prod_{3 \ge j > 0} D_j": down,
        r"\prod_{3 \ge j \ge 1} D_j": down,
        r"\prod_{j=1}^{3} D_j": up,
        r"\prod_{0 < j \le 3} D_j": up,
    }.items():
        np.testing.assert_allclose(value(tex, world), expected, rtol=1e-14)
    assert np.abs(down - up).max() > 0.1


def test_the_argument_of_a_function_hides_nothing():
    world = World(
        {"x": [5.0, 6.0], "b": [1.0, 2.0], "M": [[1.0, 0.0], [0.0, 3.0]]}, [Definition.of(parse("f(x) = x_1 + x_2"))]
    )
    assert value("f(b)", world) == 3
    assert value("f(M x)", world) == 23


@pytest.mark.parametrize(
    ("letters", "definition", "tex"),
    [
        ({"w": 2.0}, r"f(w) = \frac{\mathrm d}{\mathrm d w}(w^2)", "f(w)"),
        ({"w": 2.0}, "f(w) = w'", "f(w)"),
        ({"w": 2.0}, "f(w) = (w^2)'", "f(3)"),
    ],
    ids=["d", "prime", "prime behind brackets"],
)
def test_a_derivative_by_the_argument_of_a_function_is_refused(letters, definition, tex):
    world = World(letters, [Definition.of(parse(definition))], prime="w")
    with pytest.raises(NotYetError, match="a derivative by w, which is an index or the argument of a function here"):
        value(tex, world)


def test_functions_that_call_themselves_are_refused():
    world = World({}, [Definition.of(parse("f(x) = f(x) + 1"))])
    with pytest.raises(FormulaError, match="call one another too many times"):
        value("f(2)", world)


def test_no_warning_escapes_from_a_computation():
    assert np.isnan(value(r"\log(b) + \frac{a}{a - a} + 10^{999}"))


def test_local_letters_come_before_the_page():
    inside = Evaluate(World({}), {"t": Map.of(3)})
    assert inside.visit(parse_expression("t^2")).array == 9
    assert inside.integer(parse_expression("t - 1")) == 2
    assert inside.satisfies(parse(r"a = a \qquad 1 \le t < 4, t \ne 2").conditions)
    assert not inside.satisfies(parse(r"a = a \qquad 1 \le t < 4, t \ne 3").conditions)


def test_the_slope_of_an_index_is_not_the_index():
    with pytest.raises(ShapeError, match="component 0 of a column"):
        value(r"\sum_{k=1}^{2} x_{k'}", World(LETTERS, prime="a"))


def test_a_letter_of_the_page_is_not_a_function():
    world = World({"sigma": 2.0, "rho": 3.0, "a": 0.5, "tau_t": {1: 4.0}})
    assert value(r"\sigma(a)", world) == 1
    assert value(r"\rho(a)", world) == 1.5
    assert value(r"\tau_1(a)", world) == 2
    with pytest.raises(ShapeError, match="has 0 axes, and 1 components"):
        value(r"\sigma_1(a)", world)


def test_work_is_counted_and_the_count_begins_anew():
    few, many = (rf"\sum_{{k=1}}^{{{count}}} (k + k + k + k)" for count in (9_000, 9_999))
    with computing():
        for _ in range(3):
            Evaluate(WORLD).visit(parse_expression(r"\sum_{k=1}^{9000} k"))
        with pytest.raises(FormulaError, match="150,000 steps"):
            Evaluate(WORLD).visit(parse_expression(" + ".join([few] * 4)))
    assert value(few) == 4 * 9_000 * 9_001 / 2
    assert Evaluate(WORLD).visit(parse_expression(many)).array == 4 * 9_999 * 10_000 / 2


def test_a_large_matrix_costs_more_than_a_small_one():
    world = World({"A": np.eye(300), "B": np.eye(2), "x": np.ones(10_000)})
    assert value(" + ".join([r"\lVert B \rVert"] * 50), world) == 50
    assert value(" + ".join([r"\lVert x \rVert"] * 50), world) == 5000
    assert value(r"\lVert A \rVert", world) == 1
    with pytest.raises(FormulaError, match="steps of computing"):
        value(r"\lVert A \rVert + \lVert A \rVert", world)


def test_a_sum_or_product_has_at_most_ten_thousand_terms():
    assert value(r"\sum_{k=1}^{10000} k") == 10_000 * 10_001 / 2
    assert value(r"\prod_{10000 \ge k > 0} 1") == 1
    for tex in (r"\sum_{k=1}^{10001} k", r"\prod_{10001 \ge k > 0} k"):
        with pytest.raises(FormulaError, match="10,001 terms") as caught:
            value(tex)
        assert caught.value.advice == "At most 10,000 are computed."


def test_sums_inside_sums_have_at_most_so_many_terms_together(monkeypatch):
    monkeypatch.setattr("recompute.evaluate.MOST_TOGETHER", 6)
    assert value(r"\sum_{i=1}^{2} \sum_{j=1}^{3} 1") == 6
    with pytest.raises(FormulaError, match="8 terms together"):
        value(r"\sum_{i=1}^{2} \sum_{j=1}^{4} 1")


def test_the_last_step_may_be_used(monkeypatch):
    monkeypatch.setattr("recompute.evaluate.STEPS", 3)
    assert value("a + b") == A + B  # the sum and its two terms
    with pytest.raises(FormulaError, match="more than 3 steps of computing"):
        value("a + b + a")
    with computing(2):
        for _ in range(2):
            Evaluate(WORLD).visit(parse_expression("a + b"))
        with pytest.raises(FormulaError, match="more than 3 steps of computing"):
            Evaluate(WORLD).visit(parse_expression("a"))


def test_a_large_array_counts_as_many_steps(monkeypatch):
    world = World({"x": np.ones(160)})
    monkeypatch.setattr("recompute.evaluate.STEPS", 33)
    assert value("x + x", world).sum() == 320  # three nodes with one step, and one more for every 16 entries
    monkeypatch.setattr("recompute.evaluate.STEPS", 32)
    with pytest.raises(FormulaError, match="more than 32 steps of computing"):
        value("x + x", world)


def test_a_binomial_coefficient_of_large_numbers_counts_as_many_steps(monkeypatch):
    monkeypatch.setattr("recompute.evaluate.STEPS", 13)
    assert value(r"\binom{160}{1}") == value(r"\max(160, 1)") == 160  # three nodes, and 160 / 16 more for the first
    monkeypatch.setattr("recompute.evaluate.STEPS", 12)
    assert value(r"\max(160, 1)") == 160
    with pytest.raises(FormulaError, match="more than 12 steps of computing"):
        value(r"\binom{160}{1}")


def test_a_single_summand_has_no_neighbour_to_be_small_beside():
    for tex, seen in {r"\cos(-z)": 0, r"\cos(\sum_{k=1}^{1} z k)": 0, r"\cos(z - z)": 2}.items():
        watch = Watch()
        Evaluate(World({"z": 0.0}), watch=watch).visit(parse_expression(tex))
        assert len(watch.sizes) == seen


def test_a_wrong_range_comes_with_the_way_to_write_it():
    for tex, advice in {
        r"\prod_{k=3}^{1} k": r"A product that runs down is written \prod_{T \ge k > i}.",
        r"\prod_{1 \ge j > 2} j": "Exchange the bounds.",
    }.items():
        with pytest.raises(FormulaError) as caught:
            value(tex)
        assert caught.value.advice == advice


def test_the_values_of_the_factors_before_an_error_are_quoted():
    tex = "a u(b) x x"
    with pytest.raises(ShapeError) as caught:
        value(tex)
    number, column = "a number ()<-()", "a column (3)<-()"
    assert str(caught.value.at(tex)).splitlines()[3] == (
        f"Computed so far: a is {number}; u(b) is {number}; x is {column}; x is {column}."
    )
