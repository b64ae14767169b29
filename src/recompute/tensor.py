"""Arrays that know which of their axes are outputs and which are inputs, so that a row never equals a column.

A number is `()<-()`, a column `(n)<-()`, a row `()<-(n)`, a matrix `(n)<-(m)`, the derivative of a column with respect
to a matrix `(n)<-(n,m)`. A product feeds the outputs of its right factor to the inputs of its left one. Rows appear as
transposes of columns and as derivatives of numbers with respect to columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from recompute.errors import AmbiguousError, FormulaError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, np.dtype[Any]]

MATRIX = 2  # axes of a matrix
LARGEST = 100_000  # entries of one value
LARGEST_BINOMIAL = 1_000  # the upper number of a binomial coefficient; half of it below gives 10^299
COLUMNS = r"Of two columns write x^\top y for a number, x y^\top for a matrix, or x \odot y entry by entry."
NAMES = {(0, 0): "a number", (1, 0): "a column", (0, 1): "a row", (1, 1): "a matrix"}


@dataclass(frozen=True)
class Map:
    """An array read as a linear map: its first `outs` axes are outputs, the others inputs."""

    array: Array
    outs: int

    @classmethod
    def of(cls, value: object) -> Map:
        """A plain array or number as a map: one axis is a column, two are a matrix.

        Raises:
            ShapeError: the array has more than two axes, or does not hold real numbers.
        """
        if isinstance(value, Map):
            return value
        if type(value) is float:  # most are, and these need no look
            return cls(np.array(value), 0)
        try:
            array = np.asarray(value)
        except ValueError:  # rows of different lengths
            array = np.asarray(None)
        if array.dtype.kind not in "iufb":
            raise ShapeError(f"{value!r} is not a real number or an array of real numbers")
        if array.ndim > MATRIX:
            raise ShapeError(f"an array with {array.ndim} axes is neither a number, a column nor a matrix")
        return cls(array.astype(float), min(array.ndim, 1))

    @property
    def out(self) -> tuple[int, ...]:
        """Sizes of the output axes."""
        shape: tuple[int, ...] = self.array.shape
        return shape[: self.outs]

    @property
    def inp(self) -> tuple[int, ...]:
        """Sizes of the input axes."""
        shape: tuple[int, ...] = self.array.shape
        return shape[self.outs :]

    @property
    def is_number(self) -> bool:
        """Whether this is a single number."""
        return self.array.ndim == 0

    @property
    def is_column(self) -> bool:
        """Whether this is a column."""
        return self.array.ndim == 1 and self.outs == 1

    @property
    def is_matrix(self) -> bool:
        """Whether this is a matrix."""
        return self.array.ndim == MATRIX and self.outs == 1

    @property
    def is_square(self) -> bool:
        """Whether this is a matrix with as many rows as columns."""
        return self.is_matrix and self.out == self.inp

    @property
    def kind(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The pair of outputs and inputs; two maps can be added or compared when these are equal."""
        return self.out, self.inp

    def __str__(self) -> str:
        out, inp = (",".join(map(str, axes)) for axes in self.kind)
        return f"{NAMES.get((len(self.out), len(self.inp)), 'a map')} ({out})<-({inp})"

    def transpose(self) -> Map:
        """Outputs and inputs exchanged."""
        inputs_first = (*range(self.outs, self.array.ndim), *range(self.outs))
        return Map(self.array.transpose(inputs_first), len(self.inp))

    def __matmul__(self, other: Map) -> Map:
        """Feed `other` into this map; a number scales."""
        if self.is_number or other.is_number:
            return Map(self.array * other.array, self.outs + other.outs)
        if self.inp != other.out:
            raise ShapeError(
                f"cannot multiply {self} by {other}: the inputs of the first are not the outputs of the second",
                COLUMNS
                if self.is_column and other.is_column
                else r"Transpose one of them, exchange them, or write \odot for the product entry by entry.",
            )
        _refuse_huge(prod(self.out) * prod(other.inp))
        if len(self.inp) == 1 and max(self.array.ndim, other.array.ndim) <= MATRIX:
            return Map(np.asarray(self.array @ other.array), self.outs)
        return Map(np.tensordot(self.array, other.array, len(self.inp)), self.outs)

    def plus(self, other: Map, sign: int = 1) -> Map:
        """Add entry by entry. A number meets every entry of a column, as in 1 - s^2, and of nothing else."""
        mixed = {self.is_number, other.is_number} == {True, False}
        if mixed and not (self.is_column or other.is_column):
            raise ShapeError(f"cannot add {self} and {other}", "Write the number times a column, or the identity.")
        if not mixed and self.kind != other.kind:
            raise ShapeError(f"cannot add {self} and {other}", advice_on(self, other))
        return Map(self.array + sign * other.array, max(self.outs, other.outs))

    def gradient(self) -> Map:
        """The same numbers as a column or a matrix, of a row or a row map."""
        if self.outs or self.array.ndim > 2:  # noqa: PLR2004 - a matrix has two axes
            raise ShapeError(f"a gradient is that of a number, and this derivative is {self}")
        return Map(self.array, min(self.array.ndim, 1))

    def hadamard(self, other: Map) -> Map:
        """Multiply entry by entry."""
        if self.kind != other.kind or self.is_number:
            raise ShapeError(rf"\odot needs two columns or matrices of one shape, not {self} and {other}")
        return Map(self.array * other.array, self.outs)

    def kron(self, other: Map) -> Map:
        """The Kronecker product; of two rows it is a row, of two columns a column, and else a matrix."""
        _refuse_huge(self.array.size * other.array.size)
        flat = [m.array.reshape(prod(m.out), prod(m.inp)) for m in (self, other)]
        product = np.kron(*flat)
        if not (self.inp or other.inp):
            return Map(product.ravel(), 1)
        return Map(product.ravel(), 0) if not (self.out or other.out) else Map(product, 1)

    def power(self, exponent: Map) -> Map:
        """Numbers and the entries of a column to a power; a square matrix to a whole one."""
        if not exponent.is_number:
            raise ShapeError(f"an exponent must be a number, not {exponent}")
        if self.is_number or self.is_column:
            return Map(np.asarray(self.array**exponent.array), self.outs)
        if not self.is_square or not np.isfinite(exponent.array) or exponent.array != np.round(exponent.array.real):
            raise ShapeError(
                f"{self} has no power {exponent.array:g}: matrices have to be square, and their exponents whole"
            )
        try:
            return Map(np.linalg.matrix_power(self.array, int(exponent.array.real)), self.outs)
        except np.linalg.LinAlgError:
            raise FormulaError("this matrix has no inverse") from None

    def divide(self, other: Map) -> Map:
        """Divide by a number."""
        if not other.is_number:
            raise ShapeError(f"cannot divide by {other}", "Divide by a number, or multiply entry by entry with \\odot.")
        return Map(self.array / other.array, self.outs)


def _refuse_huge(entries: int) -> None:
    if entries > LARGEST:
        raise ShapeError(f"a value with {entries:,} entries", f"At most {LARGEST:,} are computed.")


def advice_on(left: Map, right: Map) -> str:
    """What is likely to be missing where two values of different shapes meet."""
    kinds = {(len(m.out), len(m.inp)) for m in (left, right)}
    if kinds == {(1, 0), (0, 1)} or (kinds == {(1, 1)} and left.kind == right.transpose().kind):
        return r"A row never equals a column, nor a matrix its transpose: is a ^\top missing, or one too many?"
    if (0, 0) in kinds:
        return "One of them is a single number: a sum over no index is, and a literal 0 is."
    if kinds == {(1, 0), (1, 1)}:
        return r"Write \operatorname{diag}(…) for a column on the diagonal, or multiply by a row."
    return r"See which size is wrong: the gradient \nabla_W E has the shape of W, the derivative by W takes a matrix."


def _sigma(z: Array) -> Array:
    """The logistic function."""
    result: Array = 1 / (1 + np.exp(-z))
    return result


def _softmax(z: Map) -> Map:
    if not z.is_column:
        raise ShapeError(f"softmax wants a column, not {z}")
    e = np.exp(z.array - z.array.real.max())
    return Map(e / e.sum(), 1)


def _diag(v: Map) -> Map:
    if v.is_matrix:
        raise AmbiguousError("diag of a matrix may be its diagonal as a column or as a matrix", "diag takes a column.")
    if not v.is_column:
        raise ShapeError(f"diag wants a column, not {v}")
    _refuse_huge(v.array.size**2)
    return Map(np.diag(v.array), 1)


def _vec(m: Map) -> Map:
    if not m.is_matrix:
        raise ShapeError(f"vec wants a matrix, not {m}")
    return Map(m.array.reshape(-1, order="F"), 1)


def _trace(m: Map) -> Map:
    if not m.is_square:
        raise ShapeError(f"tr wants a square matrix, not {m}")
    return Map(np.asarray(np.trace(m.array)), 0)


def _entrywise(name: str, function: Callable[[Array], Array]) -> Callable[[Map], Map]:
    def apply(z: Map) -> Map:
        if not (z.is_number or z.is_column):
            problem = f"{name} of {z} may be taken entry by entry or as a function of the matrix"
            raise AmbiguousError(problem, f"{name} takes a number or a column.")
        return Map(np.asarray(function(z.array)), z.outs)

    return apply


def _refuse_moving(m: Map, what: str, advice: str = "") -> None:
    """Refuse what a complex step cannot see through, and what is not finite."""
    if np.iscomplexobj(m.array):
        problem = (
            f"{what} inside a derivative or a limit: it is not analytic, and what is computed there would be wrong"
        )
        raise FormulaError(problem, advice)
    if not np.isfinite(m.array).all():
        raise FormulaError(f"{what} of something that is not finite", "Look for a division by zero or an overflow.")


def _absolute(m: Map) -> Map:
    _refuse_moving(m, "an absolute value")
    if not m.is_number:
        problem = f"bars around {m} may mean a norm, a determinant, or the absolute values of its entries"
        raise AmbiguousError(problem, r"Write \lVert x \rVert for a norm; single bars take a number.")
    return Map(np.abs(m.array), 0)


def _sign(m: Map) -> Map:
    _refuse_moving(m, "a sign")
    return _entrywise("sign", np.sign)(m)


def singular_value(m: Map, place: int) -> Map:
    """One of the singular values of a matrix, in falling order: 0 is the largest, -1 the smallest.

    Raises:
        FormulaError: inside a derivative, or of a value that is not finite, or there are not so many.
        ShapeError: of anything but a matrix.
    """
    _refuse_moving(m, "a singular value")
    if not m.is_matrix:
        raise ShapeError(f"a singular value is that of a matrix, not of {m}")
    found = np.linalg.svd(m.array, compute_uv=False)
    if not -1 <= place < len(found):
        raise FormulaError(f"{m} has {len(found)} singular values", r"\sigma_1(W) is the first and largest.")
    return Map(np.asarray(found[place]), 0)


def _spectral_radius(m: Map) -> Map:
    _refuse_moving(m, "a spectral radius")
    if not m.is_square:
        raise ShapeError(f"a spectral radius is that of a square matrix, not of {m}")
    return Map(np.asarray(np.abs(np.linalg.eigvals(m.array)).max()), 0)


ENTRYWISE = ("tanh", "exp", "log", "sqrt", "sin", "cos", "sinh", "cosh")
FUNCTIONS: dict[str, Callable[[Map], Map]] = {
    **{name: _entrywise(name, getattr(np, name)) for name in ENTRYWISE},
    "sigma": _entrywise("sigma", _sigma),
    "softmax": _softmax,
    "diag": _diag,
    "vec": _vec,
    "tr": _trace,
    "abs": _absolute,
    "sign": _sign,
    "sigma_max": lambda m: singular_value(m, 0),
    "sigma_min": lambda m: singular_value(m, -1),
    "rho": _spectral_radius,
}
ANALYTIC = frozenset({*ENTRYWISE, "sigma"})  # these have a slope: \tanh'(a)


def _binomial(n: Map, k: Map) -> float:
    above, below = n.array.item(), k.array.item()
    if not all(isinstance(a, float) and a.is_integer() and a >= 0 for a in (above, below)):
        problem = f"a binomial coefficient is of whole numbers that are not negative, not of {above:g} and {below:g}"
        raise FormulaError(problem, r"Write \binom{n}{k} with n and k counts.")
    if above > LARGEST_BINOMIAL:
        advice = f"At most {LARGEST_BINOMIAL:,} stands above."
        raise FormulaError(f"a binomial coefficient of {above:g}", advice)
    return float(comb(int(above), int(below))) if below <= above else 0.0


PAIRS: dict[str, Callable[[Map, Map], object]] = {
    "max": lambda a, b: np.maximum(a.array, b.array),
    "min": lambda a, b: np.minimum(a.array, b.array),
    "binom": _binomial,
}


def pair(name: str, first: Map, second: Map) -> Map:
    """A function of two numbers.

    Raises:
        ShapeError: one of them is no number.
        FormulaError: inside a derivative, or it has no value.
    """
    for value in (first, second):
        _refuse_moving(value, rf"\{name}")
        if not value.is_number:
            raise ShapeError(rf"\{name} takes two numbers, and this is {value}")
    return Map(np.asarray(PAIRS[name](first, second)), 0)


def norm(m: Map) -> Map:
    """The Euclidean norm of a number, column or row, and the largest singular value of a matrix.

    Raises:
        FormulaError: inside a derivative, where a norm is not analytic, or of a value that is not finite.
        ShapeError: of a map with more axes.
    """
    _refuse_moving(m, "a norm", r"Take x^\top x instead.")
    if m.array.ndim >= MATRIX and not m.is_matrix:
        raise ShapeError(f"the norm of {m} has several readings")
    return Map(np.asarray(np.linalg.norm(np.atleast_1d(m.array), 2)), 0)
