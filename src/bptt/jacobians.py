"""Jacobians of the network in numerator layout.

A column by a column is a matrix, a number by a column is a row.

What one can do with it::

    s = rnn.forward(**letters).s      # the states: s[t] is s_t
    step(W, s[3])                     # ds_3/ds_2 = D_3 W
    product(W, s, k=1, t=5)           # ds_5/ds_1 = D_5 W ... D_2 W, last step first
    immediate_W(s[3], s[2])           # what step 3 alone does to s_3 when W moves
    total_W(W, s, t=5)                # ds_5/dvec W: all uses of W
    dE_dW(**letters)                  # the row dE/dvec W
    gradient(dE_dW(**letters), n, n)  # the same numbers in the shape of W

A derivative by a matrix is taken by its columns, stacked: vec A. Rows have shape (1, n)
and are never columns. Complex numbers are accepted and stay complex. All sizes are at
least 1. Every function raises TypeError for an argument that does not hold numbers and
ValueError for a wrong shape, NaN, infinity, or a step that the run does not have.

The slopes come from the states, 1 - s_t**2; how many digits that costs stands in
`bptt.scalar`.

Source: J. R. Magnus, H. Neudecker, Matrix Differential Calculus with Applications in
Statistics and Econometrics, 3rd edition, 2019, doi:10.1002/9781119541219.
"""

import numpy as np
from numpy.typing import ArrayLike

from bptt import rnn
from bptt.arguments import Array, numbers, written


def slopes(s_t: ArrayLike) -> Array:
    """Compute D_t = diag(1 - s_t**2), the slopes of tanh, shape (n, n).

    It takes the state s_t, shape (n,).
    """
    return np.diag(1 - _shaped("s_t", s_t, "n") ** 2)


def step(W: ArrayLike, s_t: ArrayLike) -> Array:
    """Compute the Jacobian of one step, ds_t/ds_{t-1} = D_t W.

    Args:
        W: recurrent weights, shape (n, n).
        s_t: the state after the step, shape (n,).

    Returns:
        The Jacobian, shape (n, n). Its entry i, j is what unit j did to unit i.
    """
    D_t = slopes(s_t)
    return D_t @ _shaped("W", W, "n", "n", n=len(D_t))


def product(W: ArrayLike, s: ArrayLike, k: int, t: int) -> Array:
    """Compute ds_t/ds_k, the product of the Jacobians of the steps between.

    They are the steps t, t - 1 ... k + 1, in this order.

    Args:
        W: recurrent weights, shape (n, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        k: where the change begins, 0 <= k <= t.
        t: where it is looked at, t <= T.

    Returns:
        The product, shape (n, n); the identity when k = t.
    """
    s = _shaped("s", s, "T+1", "n")
    _check_steps(s, k, t)
    J = np.eye(s.shape[1])
    for j in range(k + 1, t + 1):
        J = step(W, s[j]) @ J  # the later step stands to the left
    return J


def immediate_W(s_t: ArrayLike, s_prev: ArrayLike) -> Array:
    """Compute ∂s_t/∂vec W = D_t (s_{t-1}^T ⊗ I), what W does in step t alone.

    Args:
        s_t: the state after the step, shape (n,).
        s_prev: the state before it, s_{t-1}, shape (n,).

    Returns:
        The immediate derivative, shape (n, n n); column j n + i belongs to the entry i,
        j of W, counted from 0.
    """
    D_t = slopes(s_t)
    meets: Array = np.kron(_shaped("s_prev", s_prev, "n", n=len(D_t)), np.eye(len(D_t)))
    return D_t @ meets


def immediate_U(s_t: ArrayLike, x_t: ArrayLike) -> Array:
    """Compute ∂s_t/∂vec U = D_t (x_t^T ⊗ I), what U does in step t alone.

    Args:
        s_t: the state after the step, shape (n,).
        x_t: the input of the step, shape (m,).

    Returns:
        The immediate derivative, shape (n, n m).
    """
    D_t = slopes(s_t)
    meets: Array = np.kron(_shaped("x_t", x_t, "m"), np.eye(len(D_t)))
    return D_t @ meets


def immediate_b(s_t: ArrayLike) -> Array:
    """Compute ∂s_t/∂b = D_t, what b does in step t alone, shape (n, n).

    It takes the state s_t, shape (n,).
    """
    return slopes(s_t)


def total_W(W: ArrayLike, s: ArrayLike, t: int) -> Array:
    """Compute ds_t/dvec W, what all uses of W up to step t do.

    It is the sum of (D_t W ... D_{k+1} W) D_k (s_{k-1}^T ⊗ I) over k = 1 ... t.

    Args:
        W: recurrent weights, shape (n, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        t: the state that is differentiated, 0 <= t <= T.

    Returns:
        The total derivative, shape (n, n n); zero when t = 0.
    """
    s = _shaped("s", s, "T+1", "n")
    ds_dW: Array = np.zeros((s.shape[1], s.shape[1] ** 2))
    for k in _uses(s, t):
        ds_dW = ds_dW + product(W, s, k, t) @ immediate_W(s[k], s[k - 1])
    return ds_dW


def total_U(W: ArrayLike, s: ArrayLike, x: ArrayLike, t: int) -> Array:
    """Compute ds_t/dvec U, what all uses of U up to step t do.

    It is the sum of (D_t W ... D_{k+1} W) D_k (x_k^T ⊗ I) over k = 1 ... t.

    Args:
        W: recurrent weights, shape (n, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        x: the inputs x_1 ... x_T as rows, shape (T, m).
        t: the state that is differentiated, 0 <= t <= T.

    Returns:
        The total derivative, shape (n, n m); zero when t = 0.
    """
    s = _shaped("s", s, "T+1", "n")
    x = _shaped("x", x, "T", "m", T=len(s) - 1)
    ds_dU: Array = np.zeros((s.shape[1], s.shape[1] * x.shape[1]))
    for k in _uses(s, t):
        ds_dU = ds_dU + product(W, s, k, t) @ immediate_U(s[k], x[k - 1])
    return ds_dU


def total_b(W: ArrayLike, s: ArrayLike, t: int) -> Array:
    """Compute ds_t/db, the sum of (D_t W ... D_{k+1} W) D_k over k = 1 ... t.

    Args:
        W: recurrent weights, shape (n, n).
        s: the states s_0 ... s_T, shape (T+1, n).
        t: the state that is differentiated, 0 <= t <= T.

    Returns:
        The total derivative, shape (n, n); zero when t = 0.
    """
    s = _shaped("s", s, "T+1", "n")
    ds_db: Array = np.zeros((s.shape[1], s.shape[1]))
    for k in _uses(s, t):
        ds_db = ds_db + product(W, s, k, t) @ immediate_b(s[k])
    return ds_db


def logit_row(y_hat_t: ArrayLike, y_t: ArrayLike) -> Array:
    """Compute the row dE_t/do_t = (y_hat_t - y_t)^T.

    Args:
        y_hat_t: the predicted probabilities, shape (q,).
        y_t: the target, one-hot, shape (q,).

    Returns:
        The row, shape (1, q).
    """
    y_hat_t = _shaped("y_hat_t", y_hat_t, "q")
    return (y_hat_t - _shaped("y_t", y_t, "q", q=len(y_hat_t)))[np.newaxis]


def dE_dW(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
) -> Array:  # fmt: skip
    """Compute the row dE/dvec W.

    It is the sum of (y_hat_t - y_t)^T V ds_t/dvec W over all steps. This follows every
    loss back along every path of its own: it is short and slow. `bptt.backward` walks
    back once.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs x_1 ... x_T as rows, shape (T, m); T = 0 is allowed.
        y: the targets y_1 ... y_T as rows, one-hot, shape (T, q).

    Returns:
        The row, shape (1, n n), in nats per unit of W; ``dE_dW(...) @ vec(dW)`` is what
        a small change dW does to E.

    Raises:
        TypeError: as `bptt.rnn.forward`.
        ValueError: as `bptt.rnn.forward`.
        OverflowError: as `bptt.rnn.forward`.
    """
    run = rnn.forward(U, W, V, b, c, s_0, x, y)
    row = np.zeros((1, np.size(W)))
    predicted = zip(run.y_hat, np.asarray(y), strict=True)
    for t, (y_hat_t, y_t) in enumerate(predicted, start=1):
        row = row + logit_row(y_hat_t, y_t) @ V @ total_W(W, run.s, t)
    return row


def vec(A: ArrayLike) -> Array:
    """Stack the columns of a matrix A, shape (r, c), into one column, shape (r c,)."""
    return _shaped("A", A, "r", "c").T.reshape(-1)


def row_map(G: ArrayLike) -> Array:
    """Write a gradient as the row map that it stands for: G becomes (vec G)^T.

    Args:
        G: a gradient in the shape of its matrix, (r, c).

    Returns:
        The row, shape (1, r c). It takes vec dW to tr(G^T dW), the first-order change
        of the loss.
    """
    return vec(G)[np.newaxis]


def gradient(row: ArrayLike, r: int, c: int) -> Array:
    """Write a row map as the gradient in the shape of its matrix.

    It is the inverse of `row_map`.

    Args:
        row: the derivative by vec W, shape (1, r c).
        r: rows of the matrix.
        c: columns of the matrix.

    Returns:
        The gradient, shape (r, c).
    """
    return _shaped("row", row, "1", "r c", **{"1": 1, "r c": r * c}).reshape(c, r).T


def _shaped(name: str, value: ArrayLike, *letters: str, **sizes: int) -> Array:
    """Copy an array and insist on its shape.

    A letter is one size, at least 1, or as `sizes` says; T may be 0.
    """
    array = numbers(name, value)
    known = dict(sizes)
    if array.ndim == len(letters):
        for letter, size in zip(letters, array.shape, strict=True):
            known.setdefault(letter, size if letter == "T" else max(size, 1))
    if array.shape != tuple(known.get(letter) for letter in letters):
        told = " and ".join(
            f"{letter} = {size}"
            for letter, size in sizes.items()
            if letter != str(size)
        )
        at_least = " with sizes of at least 1" if 0 in array.shape else ""
        must = written(letters) + (f" with {told}" if told else at_least)
        raise ValueError(f"{name} has shape {written(array.shape)}; it must be {must}.")
    return array


def _check_steps(s: Array, k: int, t: int) -> None:
    if not 0 <= k <= t < len(s):
        raise ValueError(
            f"k is {k} and t is {t}; with {len(s)} states in s it must be 0 <= k <= t "
            f"<= {len(s) - 1}."
        )


def _uses(s: Array, t: int) -> range:
    if not 0 <= t < len(s):
        raise ValueError(
            f"t is {t}; with {len(s)} states in s it must be 0 <= t <= {len(s) - 1}."
        )
    return range(1, t + 1)
