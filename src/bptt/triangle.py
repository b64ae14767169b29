"""The terms of the gradient, and the sweep that adds them up.

There is a term for every loss t and every place k <= t.

What one can do with it::

    terms = error_terms(D, W, rows)  # row t-1, column k-1 holds (dE_t/da_k)^T
    sweep(D, W, rows)                # delta_1 ... delta_T, each from the one behind it
    terms.sum(axis=0)                # the same: delta_k is the sum of column k

D_t are the slopes of the steps, W is the recurrent weight, and row t is dE_t/ds_t. The
terms are computed as the double sum is written, with a product of matrices for every
pair, so they take the order of T**3 operations. Use them to see and to compare; the
sweep takes the order of T. The two share no line.
"""

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments
from bptt.arguments import Array


def error_terms(D: ArrayLike, W: ArrayLike, rows: ArrayLike) -> Array:
    """Compute every term of the double sum: dE_t/ds_t (D_t W) ... (D_{k+1} W) D_k.

    Args:
        D: the slopes D_1 ... D_T, that is the diagonals of these matrices, shape (T,
            n).
        W: the recurrent weights, shape (n, n).
        rows: dE_1/ds_1 ... dE_T/ds_T, shape (T, n).

    Returns:
        Shape (T, T, n). Entry [t-1, k-1] is the term of loss t and place k, and zero
        where k > t.

    Raises:
        TypeError: an argument does not hold numbers.
        ValueError: a wrong shape, NaN or infinity.
    """
    D, W, rows = _checked(D, W, rows)
    T, n = D.shape
    terms = np.zeros((T, T, n), np.result_type(D, W, rows))
    for t in range(1, T + 1):
        for k in range(1, t + 1):
            product = np.eye(n)
            for j in range(t, k, -1):
                product = product @ np.diag(D[j - 1]) @ W
            terms[t - 1, k - 1] = rows[t - 1] @ product @ np.diag(D[k - 1])
    return terms


def sweep(D: ArrayLike, W: ArrayLike, rows: ArrayLike) -> Array:
    """Compute delta_t = D_t ((dE_t/ds_t)^T + W^T delta_{t+1}) for all steps.

    It goes from t = T down to 1, with delta_{T+1} = 0.

    Args:
        D: the slopes D_1 ... D_T, shape (T, n).
        W: the recurrent weights, shape (n, n).
        rows: dE_1/ds_1 ... dE_T/ds_T, shape (T, n).

    Returns:
        The error terms delta_1 ... delta_T, shape (T, n).

    Raises:
        TypeError: as `error_terms`.
        ValueError: as `error_terms`.
    """
    D, W, rows = _checked(D, W, rows)
    delta = np.zeros(D.shape, np.result_type(D, W, rows))
    behind = np.zeros(D.shape[1])
    for t in reversed(range(len(D))):
        delta[t] = behind = D[t] * (rows[t] + W.T @ behind)
    return delta


def _checked(D: ArrayLike, W: ArrayLike, rows: ArrayLike) -> tuple[Array, Array, Array]:
    D, W = arguments.numbers("D", D), arguments.numbers("W", W)
    rows = arguments.numbers("rows", rows)
    if D.ndim != 2:  # noqa: PLR2004  # steps and units
        raise ValueError(
            f"D has shape {D.shape}; it must be (T, n), the slopes of every step."
        )
    (_, n) = D.shape
    if W.shape != (n, n):
        raise ValueError(
            f"W has shape {W.shape}; it must be ({n}, {n}), because D has {n} columns."
        )
    if rows.shape != D.shape:
        raise ValueError(
            f"rows has shape {rows.shape}; it must have the shape of D, {D.shape}."
        )
    return D, W, rows
