"""Unbiased online recurrent optimization.

The influence matrix of `bptt.rtrl` is replaced by a column times a row.

What one can do with it::

    signs = np.random.default_rng(0).choice([-1, 1], (T + 1, n))
    estimate(signs, **letters).W  # an estimate: right on average, and noisy
    mean(**letters).W             # its mean over all signs: that of `bptt.backward`
    spread(**letters)             # how far one estimate is off, as a standard deviation

A column s~_t (n numbers) and a row for each parameter (as many numbers as the parameter
has) follow, with nu_t a column of random signs::

    s~_t = eta_t D_t W s~_{t-1} + chi_t nu_t
    row_t = row_{t-1} / eta_t + nu_t^T ds_t / chi_t

Here ds_t is the immediate derivative of s_t by the parameter, and nu_t^T ds_t has the
shape of the parameter. The start is s~_0 = nu_0, with the row nu_0^T for s_0 and zeros
for the others. The numbers eta_t and chi_t do not change the mean; they keep the column
and the row equally long, and with that the noise small.

Means are taken by going through every pattern, not by drawing some.

Source: C. Tallec, Y. Ollivier, Unbiased online recurrent optimization, 2018,
arXiv:1702.05043.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, rnn
from bptt.arguments import Array
from bptt.backward import output_errors, slopes

MOST_SIGNS = 16
"""Beyond this there are more than 65,536 patterns to go through."""


class Parameters(NamedTuple):
    """Something in the shape of four parameters.

    It stands behind the axes that the signs have in front.
    """

    U: Array
    """Shape (..., n, m)."""

    W: Array
    """Shape (..., n, n)."""

    b: Array
    """Shape (..., n)."""

    s_0: Array
    """Shape (..., n)."""


def estimate(
    signs: ArrayLike, *, balanced: bool = True, **letters: ArrayLike
) -> Parameters:
    """Estimate the gradient of E with given signs, in one run forward.

    Args:
        signs: nu_0 ... nu_T, each entry 1 or -1, shape (T+1, n); for many estimates at
            once (..., T+1, n).
        balanced: whether eta and chi balance column and row; otherwise they are 1.
        letters: the arguments of `bptt.rnn.forward`, real.

    Returns:
        The estimates by U, W, b and s_0.

    Raises:
        TypeError: as `bptt.arguments.sequence`, or a letter or signs is complex.
        ValueError: as `bptt.arguments.sequence`, or signs has another shape or other
            entries.
        OverflowError: as `bptt.rnn.forward`, or an estimate leaves the range of
            floating point numbers.
    """
    checked, run = _run(letters)
    rows = output_errors(run, checked["y"], checked["m"]) @ checked["V"]
    nu = _signs(signs, run)
    total = _zeros(nu, checked)
    # overflow is reported below, by name
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for t, (s_tilde, row) in enumerate(_walk(nu, checked, run, balanced=balanced)):
            if t:
                felt = s_tilde @ rows[t - 1]
                both = zip(total, row, strict=True)
                total = Parameters(
                    *(so_far + _times(felt, one) for so_far, one in both)
                )
    for name, one in total._asdict().items():
        if not np.isfinite(one).all():
            raise OverflowError(
                f"the estimate by {name} is not finite: make weights or x smaller."
            )
    return total


def walk(
    signs: ArrayLike, *, balanced: bool = True, **letters: ArrayLike
) -> Iterator[tuple[Array, Parameters]]:
    """Give the column and the rows of every step.

    Column times row estimates the influence on s_t. Arguments are checked when the
    first step is asked for.

    Args:
        signs: as for `estimate`.
        balanced: as for `estimate`.
        letters: the arguments of `bptt.rnn.forward`, real.

    Yields:
        For t = 0 ... T the column, shape (..., n), and the rows, each in the shape of
        its parameter.

    Raises:
        TypeError: as `estimate`.
        ValueError: as `estimate`.
        OverflowError: as `bptt.rnn.forward`, or column or row leaves the range of
            floating point numbers; when the step is reached.
    """
    checked, run = _run(letters)
    walked = _walk(_signs(signs, run), checked, run, balanced=balanced)
    for t, (s_tilde, row) in enumerate(walked):
        rows = {f"row by {name}": one for name, one in row._asdict().items()}
        for name, value in {"column": s_tilde, **rows}.items():
            if not np.isfinite(value).all():
                raise OverflowError(
                    f"the {name} of step {t} is not finite: make weights or x smaller."
                )
        yield s_tilde, row


def patterns(T: int, n: int) -> Array:
    """List all patterns of signs for T steps and n units.

    Args:
        T: how many steps.
        n: how many units; n (T + 1) is at most 16.

    Returns:
        Every nu_0 ... nu_T, shape (2^(n(T+1)), T+1, n); all are equally likely.

    Raises:
        TypeError: T or n is not a whole number.
        ValueError: T is negative, n below 1, or there are too many.
    """
    T, n = arguments.count("T", T, 0), arguments.count("n", n)
    count = n * (T + 1)
    if count > MOST_SIGNS:
        raise ValueError(
            f"{n} units and {T} steps need {count} signs; to go through all patterns "
            f"at most {MOST_SIGNS}."
        )
    bits = np.arange(2**count)[:, np.newaxis] >> np.arange(count) & 1
    return np.array(1 - 2 * bits, float).reshape((-1, T + 1, n))


def mean(**letters: ArrayLike) -> Parameters:
    """Compute the mean of the estimate over all patterns of signs.

    Args:
        letters: the arguments of `bptt.rnn.forward`, real, with n (T + 1) at most 16.

    Returns:
        The means by U, W, b and s_0.

    Raises:
        TypeError: as `estimate`.
        ValueError: as `estimate`, or there are too many patterns.
        OverflowError: as `estimate`.
    """
    found = estimate(_all_patterns(letters), balanced=True, **letters)
    # along the last axis NumPy adds in pairs, which is more exact
    return Parameters(*(np.moveaxis(one, 0, -1).copy().mean(axis=-1) for one in found))


def spread(*, balanced: bool = True, **letters: ArrayLike) -> float:
    """Compute how far an estimate of the gradient by W is from its mean.

    It is relative to the mean.

    Args:
        balanced: as for `estimate`.
        letters: as for `mean`.

    Returns:
        The root of the mean square of the distance, over the length of the mean, both
        taken entry by entry.

    Raises:
        TypeError: as `mean`.
        ValueError: as `mean`, or the gradient by W is zero.
        OverflowError: as `mean`.
    """
    found = estimate(_all_patterns(letters), balanced=balanced, **letters).W
    middle = found.mean(axis=0)
    if not middle.any():
        raise ValueError(
            "the gradient by W is zero; there is nothing that an error could be "
            "compared with."
        )
    square = float(((found - middle) ** 2).sum(axis=(1, 2)).mean())
    return math.sqrt(square) / float(np.linalg.norm(middle))


def _walk(
    nu: Array, letters: dict[str, Array], run: rnn.Forward, *, balanced: bool
) -> Iterator[tuple[Array, Parameters]]:
    W, x, s = letters["W"], letters["x"], run.s
    s_tilde = nu[..., 0, :]
    row = _zeros(nu, letters)._replace(s_0=s_tilde)
    yield s_tilde, row
    for t in range(1, len(x) + 1):
        with np.errstate(all="ignore"):  # overflow is reported by name
            D_t, nu_t = slopes(run.a[t - 1]).diagonal(), nu[..., t, :]
            carried, moved = D_t * (s_tilde @ W.T), D_t * nu_t
            fresh = Parameters(
                U=moved[..., np.newaxis] * x[t - 1],
                W=moved[..., np.newaxis] * s[t - 1],
                b=moved,
                s_0=np.zeros_like(moved),
            )
            eta = _ratio(_length(row), _norm(carried))
            chi = _ratio(_length(fresh), _norm(nu_t))
            if not balanced:
                eta, chi = np.ones_like(eta), np.ones_like(chi)
            s_tilde = _times(eta, carried) + _times(chi, nu_t)
            row = Parameters(
                *(
                    _times(1 / eta, old) + _times(1 / chi, new)
                    for old, new in zip(row, fresh, strict=True)
                )
            )
        yield s_tilde, row


def _ratio(row: Array, column: Array) -> Array:
    """The root of row / column, and where there is nothing to balance 1.

    That is where one of them vanishes.
    """
    usable = (row > 0) & (column > 0)
    return np.sqrt(np.where(usable, row, 1) / np.where(usable, column, 1))


def _norm(column: Array) -> Array:
    length: Array = np.sqrt((column**2).sum(axis=-1))
    return length


def _length(row: Parameters) -> Array:
    U, W, b, s_0 = row
    matrices = (U**2).sum(axis=(-2, -1)) + (W**2).sum(axis=(-2, -1))
    length: Array = np.sqrt(matrices + (b**2).sum(axis=-1) + (s_0**2).sum(axis=-1))
    return length


def _times(numbers: Array, arrays: Array) -> Array:
    """Multiply each array by its number.

    The axes of the numbers are the first axes of the arrays.
    """
    numbers = np.asarray(numbers)
    return numbers.reshape(numbers.shape + (1,) * (arrays.ndim - numbers.ndim)) * arrays


def _zeros(nu: Array, letters: dict[str, Array]) -> Parameters:
    front = nu.shape[:-2]
    return Parameters(
        *(np.zeros(front + letters[name].shape) for name in ("U", "W", "b", "s_0"))
    )


def _run(letters: dict[str, ArrayLike]) -> tuple[dict[str, Array], rnn.Forward]:
    checked = arguments.sequence(**letters)
    for name, value in checked.items():
        if np.iscomplexobj(value):
            raise TypeError(
                f"{name} has dtype {value.dtype}; it must hold real numbers, for "
                "lengths are balanced."
            )
    return checked, rnn.steps(**checked)


def _signs(signs: ArrayLike, run: rnn.Forward) -> Array:
    nu = arguments.numbers("signs", signs)
    if np.iscomplexobj(nu):
        raise TypeError(
            f"signs has dtype {nu.dtype}; it must hold real numbers, 1 and -1."
        )
    if nu.ndim < 2 or nu.shape[-2:] != run.s.shape:  # noqa: PLR2004  # steps and units
        wanted = f"(..., {run.s.shape[0]}, {run.s.shape[1]})"
        raise ValueError(
            f"signs has shape {arguments.written(nu.shape)}; it must be {wanted}, for "
            "T + 1 and n."
        )
    if not (np.abs(nu) == 1).all():
        raise ValueError(
            "signs holds another number than 1 and -1; every entry must be one of "
            "these."
        )
    return nu


def _all_patterns(letters: dict[str, ArrayLike]) -> Array:
    checked = arguments.sequence(**letters)
    return patterns(len(checked["x"]), len(checked["s_0"]))
