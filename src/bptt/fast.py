"""The gradients of a minibatch, the fast way.

Large products stand outside the loop over the steps, and no array is made twice.

What one can do with it::

    found = gradients(U, W, V, b, c, s_0, x, y)  # tokens and classes, shape (T, B)
    found.E, found.W                             # summed over all steps and sequences
    next_s_0 = found.s_T                         # go on where the states have come to

Arguments and results are those of `bptt.minibatch`, which says what is computed, line
by line. So are errors, but for numbers that leave the range: the plain way insists on
every a_t, o_t and E_t, and names it; this one looks at the loss and the gradients
alone, names what it finds there, and lets pass what reaches none of them.

Here the same formulas stand in another order. States are rows: ``S[t]`` holds the
states s_t of all sequences, shape (B, n), so W s_t is written ``S[t] @ W.T``. Then

- U x_t + b for all steps is put where s_t will stand: it takes no copies;
- o_t for all steps is one product, and so are V^T (y_hat_t - y_t) and the gradients by
  V, W and U, once for a block of steps that fits in the cache;
- in the loop over the steps one product remains in each direction, and two passes over
  B n numbers.

The slope of tanh is computed from the state, 1 - s_t**2, and that is the one place
where this loses digits that `bptt.backward` keeps: of sixteen, thirteen remain where
a_t is 3 or -3, twelve at 5, six at 12 and none from 19 on. A slope may be off by eps /
slope of itself, with eps = 2.2e-16 (1.2e-7 in single precision), and what walks back
through k steps by up to k times that: with units at 4 or -4 and a loss in step 20
alone, by up to 3e-12. A unit whose part in a sum is small brings as little of its error
into it. y_hat_t - y_t keeps its digits, however certain the network is.

Each thread keeps the buffers of its last shape for its next call: room for the T B n
numbers of the states, for T B q logits, and a few megabytes more. With a window there
are no blocks: it keeps three times the T B n numbers, and while it works it takes three
times as many again. Results are never among them.
"""

import threading
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments
from bptt.arguments import Array
from bptt.minibatch import Gradients, check_range

BLOCK = 2**18
"""How many numbers a block of steps may have, B n for each step; the arrays of a block
should stay in the cache."""

ONE_HOT = 2**13
"""Up to how many numbers one-hot rows are multiplied as they are; more of them are
sorted and added up."""


def gradients(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, mask: ArrayLike | None = None,
    window: int | None = None, chunk: int | None = None,
) -> Gradients:  # fmt: skip
    """Compute the loss of B sequences and its gradients.

    Arguments and results as `bptt.minibatch.gradients`. Two threads may call this at
    once. An a_t that is too large for a floating point number counts as saturated.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,), or one for each sequence, shape (B, n).
        x: tokens, shape (T, B), or vectors, shape (T, B, m); T = 0 is allowed.
        y: classes, shape (T, B).
        mask: the weights of the losses, shape (T, B), each from 0 to 1; None for ones.
            The states go on where it is 0.
        window: let every loss walk back through at most so many steps, as
            `bptt.truncated.sliding`; at least 1.
        chunk: end the walks at the borders of chunks of so many steps, as
            `bptt.truncated.chunked`; at least 1.

    Returns:
        Loss and gradients in new arrays, in float32 if U, W, V, b, c, s_0 and vectors x
        are, and else in float64.

    Raises:
        TypeError: as `bptt.minibatch.gradients`.
        ValueError: as `bptt.minibatch.gradients`.
        OverflowError: the loss or a gradient leaves the range of floating point
            numbers.
    """
    arguments.check_truncation(window, chunk)
    given = arguments.minibatch(U, W, V, b, c, s_0, x, y, mask)
    with np.errstate(all="ignore"):  # overflow is reported below, by name
        found = _gradients(given, window, chunk)
    check_range(found)
    return found


class _Buffers:
    """The arrays that are written to.

    They serve T steps of B sequences with n units and q classes.

    Attributes:
        S: the states s_0 ... s_T, shape (T+1, B, n).
        Z: the logits o_1 ... o_T, then the derivatives by them, one column for each,
            shape (q, T B).
        D: the error terms delta_t of a block of steps, shape (steps, B, n).
        K: the slopes of tanh in that block, shape (steps, B, n).
        A: the states or the error terms of one step, multiplied by W, shape (B, n).
    """

    def __init__(  # noqa: PLR0917  # sizes
        self, T: int, B: int, n: int, q: int, steps: int, dtype: np.dtype[Any]
    ) -> None:
        self.sizes = (T, B, n, q, steps, dtype)
        self.S, self.Z = np.empty((T + 1, B, n), dtype), np.empty((q, T * B), dtype)
        self.D, self.K = np.empty((steps, B, n), dtype), np.empty((steps, B, n), dtype)
        self.A = np.empty((B, n), dtype)
        # one view for each step, made once
        self.s, self.d, self.k = list(self.S), list(self.D), list(self.K)


_of_this_thread = threading.local()


def _buffers(*sizes: Any) -> _Buffers:  # noqa: ANN401  # what _Buffers takes
    kept: _Buffers | None = getattr(_of_this_thread, "buffers", None)
    if kept is None or kept.sizes != sizes:
        _of_this_thread.buffers = kept = None  # gives memory back before more is taken
        _of_this_thread.buffers = kept = _Buffers(*sizes)
    return kept


def _gradients(
    given: arguments.Minibatch, window: int | None, chunk: int | None
) -> Gradients:
    W, V, (T, B), (q, n) = given.W, given.V, given.y.shape, given.V.shape
    steps = max(1, T if window else min(T, BLOCK // (B * n)))
    buffers = _buffers(T, B, n, q, steps, W.dtype)
    S, Z = buffers.S, buffers.Z
    _run(given, buffers)
    E = output_errors(given.V, given.c, given.y, S, Z, given.mask)
    sums: list[Array] = []
    # the layout in which a few rows times W are fastest
    by_columns = W if B == 1 else np.asfortranarray(W)
    buffers.A.fill(0)  # W^T delta_{T+1}
    for begin in reversed(range(0, max(T, 1), steps)):
        end = min(begin + steps, T)
        D, K = buffers.D[: end - begin], buffers.K[: end - begin]
        s = S[begin + 1 : end + 1]
        delta = D.reshape(-1, n)
        np.dot(Z[:, begin * B : end * B].T, V, delta)
        np.subtract(1, np.multiply(s, s, K), K)
        if window:
            _walk_windows(D, K, W, window)
        else:
            _walk_back(buffers, by_columns, begin, end, chunk or T)
        terms = [
            by_input(given.x[begin:end], given.U.shape[1], delta, K),
            delta.T.dot(S[begin:end].reshape(-1, n)),
            np.add.reduce(delta, 0),
        ]
        if sums:
            for total, term in zip(sums, terms, strict=True):
                np.add(total, term, total)
        else:
            sums = terms
    grad_U, grad_W, grad_b = sums
    by_s_0 = buffers.d[0].dot(W) if T else np.zeros_like(S[0])
    return Gradients(
        E=E,
        U=grad_U,
        W=grad_W,
        V=Z.dot(S[1:].reshape(-1, n)),
        b=grad_b,
        c=np.add.reduce(Z, 1),
        s_0=by_s_0 if given.s_0.ndim > 1 else np.add.reduce(by_s_0, 0),
        s_T=S[-1].copy(),
    )


def _run(given: arguments.Minibatch, buffers: _Buffers) -> None:
    """Fill S with the states."""
    S, A, (n, m), W_T = buffers.S, buffers.A, given.U.shape, given.W.T
    inputs = S[1:].reshape(-1, n)
    if given.x.ndim == given.y.ndim:  # tokens: U x_t is a column of U
        columns = np.add(given.U.T, given.b, order="C")
        columns.take(given.x.reshape(-1), 0, inputs, "clip")  # "raise" would copy first
    else:
        np.add(np.dot(given.x.reshape(-1, m), given.U.T, inputs), given.b, inputs)
    S[0] = given.s_0
    add, tanh = np.add, np.tanh
    for s_before, s_t in pairwise(buffers.s):
        s_before.dot(W_T, A)
        add(s_t, A, s_t)
        tanh(s_t, s_t)


def output_errors(  # noqa: PLR0917  # six letters
    V: Array, c: Array, y: Array, S: Array, Z: Array, mask: Array | None = None
) -> float:
    """Fill Z with m_t (y_hat_t - y_t), and return the loss.

    Z has one column for each step and sequence. Let r be the logit of the right class
    and R the sum of the exponentials of the others, all logits less the largest. Then
    y_hat - y is -R / (R + e^r) at the right class and E_t is log(R + e^r) - r. With d =
    R + (e^r - 1) that is log1p(d) - r, which loses no digit: r = 0 where the network is
    nearly certain and right, and d is then R.
    """
    np.dot(V, S[1:].reshape(-1, V.shape[1]).T, Z)
    Z += c[:, np.newaxis]
    Z -= np.maximum.reduce(Z, 0)
    entries, at = Z.reshape(-1), y.reshape(-1) * Z.shape[1]
    at += np.arange(Z.shape[1])
    r = entries.take(at)
    np.exp(Z, Z)
    entries[at] = 0
    R = np.add.reduce(Z, 0)
    d = np.exp(r)
    d -= 1
    d += R
    E = np.log1p(d)
    E -= r
    d += 1
    if mask is None:
        weights = np.reciprocal(d, d)
    else:
        mask = mask.reshape(-1)
        E *= mask
        weights = np.divide(mask, d, d)
    Z *= weights
    R *= weights
    entries[at] = np.negative(R, R)
    return float(np.add.reduce(E, dtype=np.float64))


def _walk_back(buffers: _Buffers, W: Array, begin: int, end: int, chunk: int) -> None:
    """Turn D of the steps begin + 1 ... end into delta_t.

    Before, it holds V^T (y_hat_t - y_t). A holds W^T delta of the step behind them when
    this begins, and of their own first step when it ends; zeros where a chunk ends.
    """
    A, d, k, add, multiply = buffers.A, buffers.d, buffers.k, np.add, np.multiply
    for i in range(end - begin - 1, -1, -1):
        d_t = d[i]
        add(d_t, A, d_t)
        multiply(d_t, k[i], d_t)
        if (begin + i) % chunk:
            d_t.dot(W, A)
        else:
            A.fill(0)


def _walk_windows(D: Array, K: Array, W: Array, window: int) -> None:
    """Turn D, which holds V^T (y_hat_t - y_t) of all steps, into delta_t.

    All losses take each step back together.
    """
    T, _, n = D.shape
    by_s = D.copy()
    for _ in range(1, min(window, T)):
        delta = K[1 : len(by_s)] * by_s[1:]
        by_s = delta.reshape(-1, n).dot(W).reshape(-1, *D.shape[1:])
        D[: len(by_s)] += by_s
    D *= K


def by_input(x: Array, m: int, delta: Array, spare: Array) -> Array:
    """Compute the sum of delta_t x_t^T over steps and sequences.

    Args:
        x: tokens, shape (steps, B), or vectors, shape (steps, B, m).
        m: how many tokens there are, or the length of the vectors.
        delta: the error terms as rows, shape (steps B, n).
        spare: room for as many numbers as delta has; what it holds is lost.

    Returns:
        The sum, shape (n, m).
    """
    n = delta.shape[1]
    if x.ndim > 2:  # noqa: PLR2004  # T, B, m
        total: Array = delta.T.dot(x.reshape(-1, m))
        return total
    x = x.reshape(-1)
    if x.size * m <= ONE_HOT:
        one_hot = np.zeros((x.size, m), delta.dtype)
        one_hot.reshape(-1)[np.arange(0, one_hot.size, m) + x] = 1
        by_tokens: Array = delta.T.dot(one_hot)
        return by_tokens
    order = x.argsort(kind="stable")
    x, rows = x[order], delta.take(order, 0, spare.reshape(-1, n), "clip")
    firsts = np.flatnonzero(np.diff(x, prepend=-1)).tolist()
    by_U = np.zeros((n, m), delta.dtype)
    for first, behind in pairwise([*firsts, len(x)]):
        by_U[:, x[first]] = np.add.reduce(rows[first:behind], 0)
    return by_U
