"""Truncated backpropagation through time.

The walk back ends early, and the gradient is no longer that of the loss.

What one can do with it::

    sliding(**draws.rnn(), window=3)  # every loss walks back through at most 3 steps
    chunked(**draws.rnn(), chunk=3)   # the walk ends at the border of its chunk

Two things go by this name. With a **window** of k, the gradient of E_t flows back
through the k steps t, t - 1 ... t - k + 1, and s_{t-k} is held still; the terms with t
- k < j <= t remain. In **chunks** of k steps, the forward pass carries the state from
each chunk into the next, and the gradient stops there; E_t reaches back to the
beginning of its chunk, which is 1 to k steps. In both s_0 is a parameter, and E_t
reaches it if it gets through step 1. With k at least T both give the full gradient of
`bptt.backward`.

A window costs k walks; chunks cost one.

Source: R. J. Williams, J. Peng, An efficient gradient-based algorithm for on-line
training of recurrent network trajectories, 1990, doi:10.1162/neco.1990.2.4.490.
"""

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments, rnn
from bptt.arguments import Array
from bptt.backward import Gradients, backward, check_range, output_errors, slopes


def sliding(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, window: int, mask: ArrayLike | None = None,
) -> Gradients:  # fmt: skip
    """Let every E_t walk back through at most `window` steps, each on its own.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs as rows, shape (T, m), or tokens, shape (T,); T = 0 is allowed.
        y: the targets as one-hot rows, shape (T, q), or classes, shape (T,).
        window: how many steps, at least 1.
        mask: m_1 ... m_T, each from 0 to 1, shape (T,); None for ones.

    Returns:
        The truncated gradients; delta holds what all walks together brought to each
        step.

    Raises:
        TypeError: as `bptt.arguments.sequence`, or `window` is not a whole number.
        ValueError: as `bptt.arguments.sequence`, or `window` is below 1.
        OverflowError: as `bptt.backward.backward`.

    Source: Williams and Peng 1990, doi:10.1162/neco.1990.2.4.490.
    """
    k = arguments.count("window", window)
    letters = arguments.sequence(U, W, V, b, c, s_0, x, y, mask)
    run = rnn.steps(**letters)
    # overflow is reported below, by name
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        errors = output_errors(run, letters["y"], letters["m"])
        gradients = _walks(letters["W"], letters["V"], letters["x"], errors, run, k)
    check_range(gradients)
    return gradients


def _walks(  # noqa: PLR0917  # as the formula
    W: Array, V: Array, x: Array, errors: Array, run: rnn.Forward, k: int
) -> Gradients:
    (T, n), m, q = run.a.shape, x.shape[1], len(V)
    s, dtype = run.s, run.E.dtype
    grad_U, grad_W = np.zeros((n, m), dtype), np.zeros((n, n), dtype)
    grad_V, grad_c = np.zeros((q, n), dtype), np.zeros(q, dtype)
    grad_b, grad_s_0 = np.zeros(n, dtype), np.zeros(n, dtype)
    delta = np.zeros((T, n), dtype)
    for t in range(1, T + 1):
        grad_V += np.outer(errors[t - 1], s[t])
        grad_c += errors[t - 1]
        # dE_t/ds_t, as a column; then dE_t/ds_{t-1}, and so on
        by_s = V.T @ errors[t - 1]
        for j in range(t, max(t - k, 0), -1):
            delta_j = slopes(run.a[j - 1]) @ by_s
            grad_W += np.outer(delta_j, s[j - 1])
            grad_U += np.outer(delta_j, x[j - 1])
            grad_b += delta_j
            delta[j - 1] += delta_j
            by_s = W.T @ delta_j
        if t <= k:
            grad_s_0 += by_s
    return Gradients(
        U=grad_U, W=grad_W, V=grad_V, b=grad_b, c=grad_c, s_0=grad_s_0, delta=delta
    )


def chunked(  # noqa: PLR0917  # eight letters in the formulas, eight arguments
    U: ArrayLike, W: ArrayLike, V: ArrayLike, b: ArrayLike,
    c: ArrayLike, s_0: ArrayLike, x: ArrayLike, y: ArrayLike,
    *, chunk: int, mask: ArrayLike | None = None,
) -> Gradients:  # fmt: skip
    """Cut the sequence into chunks, carry the state, and walk back within each chunk.

    The state is carried as a number: the first state of a chunk does not depend on the
    parameters any more.

    Args:
        U: input weights, shape (n, m).
        W: recurrent weights, shape (n, n).
        V: output weights, shape (q, n).
        b: bias of the states, shape (n,).
        c: bias of the logits, shape (q,).
        s_0: the initial state, shape (n,).
        x: the inputs as rows, shape (T, m), or tokens, shape (T,); T = 0 is allowed.
        y: the targets as one-hot rows, shape (T, q), or classes, shape (T,).
        chunk: how many steps, at least 1; the last chunk may be shorter.
        mask: m_1 ... m_T, each from 0 to 1, shape (T,); None for ones.

    Returns:
        The sum of the gradients of all chunks; that of s_0 is the first chunk's.

    Raises:
        TypeError: as `bptt.arguments.sequence`, or `chunk` is not a whole number.
        ValueError: as `bptt.arguments.sequence`, or `chunk` is below 1.
        OverflowError: as `bptt.backward.backward`.

    Source: Williams and Peng 1990, doi:10.1162/neco.1990.2.4.490.
    """
    k = arguments.count("chunk", chunk)
    letters = arguments.sequence(U, W, V, b, c, s_0, x, y, mask)
    m = letters.pop("m")
    s, T = rnn.steps(**letters, m=m).s, len(letters["x"])
    cuts = [slice(begin, begin + k) for begin in range(0, max(T, 1), k)]
    parts = []
    for cut in cuts:
        own = {"s_0": s[cut.start], "x": letters["x"][cut], "y": letters["y"][cut]}
        parts.append(backward(**letters | own, mask=m[cut]))
    delta = np.concatenate([part.delta for part in parts])
    # each part is finite, and their sum is reported below, by name
    with np.errstate(over="ignore", invalid="ignore"):
        sums = {
            name: np.sum([getattr(part, name) for part in parts], axis=0)
            for name in ("U", "W", "V", "b", "c")
        }
    gradients = Gradients(**sums, s_0=parts[0].s_0, delta=delta)
    check_range(gradients)
    return gradients
