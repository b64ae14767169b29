"""The terms (t, k) of the gradient of E by W, and which of them are kept.

There is one for each loss E_t and each use k of W.

What one can do with it::

    kept = sliding(8, 3)            # True at [t - 1, k - 1]: term (t, k) is kept
    chunked(8, 3), blocks(8, 4, 2)  # other ways to truncate
    gradient(kept, **draws.rnn(2))  # the sum of the terms that are kept
    sizes(**draws.rnn(2))           # how large each term is

The term of loss t and use k is delta s_{k-1}^T, with delta = D_k (D_t W ... D_{k+1}
W)^T V^T (y_hat_t - y_t). There are T (T + 1) / 2 of them. This adds up terms one by
one, and is slow; `bptt.truncated` walks.

Source: R. J. Williams, J. Peng, An efficient gradient-based algorithm for on-line
training of recurrent network trajectories, 1990, doi:10.1162/neco.1990.2.4.490.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bptt import rnn, triangle
from bptt.arguments import Array

Table: TypeAlias = NDArray[np.bool_]


def sliding(T: int, window: int) -> Table:
    """Keep the last `window` terms of every loss: t - window < k <= t.

    Args:
        T: how many steps.
        window: how many terms of each loss, at least 1.

    Returns:
        The table, shape (T, T); False above the diagonal.

    Raises:
        ValueError: the window is below 1.
    """
    return blocks(T, window, 1)


def chunked(T: int, chunk: int) -> Table:
    """Keep the terms of every loss that lie in its own chunk of steps.

    Args:
        T: how many steps.
        chunk: how many steps a chunk has, at least 1.

    Returns:
        The table, shape (T, T).

    Raises:
        ValueError: the chunk is below 1.
    """
    return blocks(T, chunk, chunk)


def blocks(T: int, reach: int, every: int) -> Table:
    """Walk back once after every `every` steps.

    The walk takes their losses through the last `reach` steps. This is BPTT(h; h') of
    Williams and Peng, h being the reach and h' how many steps pass between two walks.
    With h' = 1 it is a sliding window, with h' = h chunks.

    Args:
        T: how many steps.
        reach: how many steps a walk goes back, at least `every`.
        every: how many steps pass between two walks, at least 1.

    Returns:
        The table, shape (T, T).

    Raises:
        ValueError: every is below 1, or the reach below every.
    """
    if not 1 <= every <= reach:
        raise ValueError(
            f"reach is {reach} and every is {every}; it must be 1 <= every <= reach."
        )
    t, k = np.arange(1, T + 1)[:, np.newaxis], np.arange(1, T + 1)
    # the step after which the loss of step t is walked back
    walk = -(-t // every) * every
    kept: Table = (k <= t) & (k > walk - reach)
    return kept


def sizes(**letters: ArrayLike) -> NDArray[np.float64]:
    """Compute the norm of every term.

    Args:
        letters: the arguments of `bptt.rnn.forward`, y as one-hot rows.

    Returns:
        The norms, shape (T, T); zero above the diagonal.
    """
    terms, s = _terms(letters)
    columns, rows = np.linalg.norm(terms, axis=2), np.linalg.norm(s[:-1], axis=1)
    found: NDArray[np.float64] = columns * rows
    return found  # a column times a row has the product of their lengths as its norm


def gradient(kept: ArrayLike, **letters: ArrayLike) -> Array:
    """Add up the terms that are kept.

    Args:
        kept: which of them, shape (T, T).
        letters: the arguments of `bptt.rnn.forward`, y as one-hot rows.

    Returns:
        The gradient by W, truncated, shape (n, n).

    Raises:
        ValueError: the table has another shape.
    """
    (terms, s), table = _terms(letters), np.asarray(kept, bool)
    if table.shape != terms.shape[:2]:
        raise ValueError(
            f"kept has shape {table.shape}; it must be {terms.shape[:2]}, as there are "
            f"{len(terms)} steps."
        )
    total: Array = np.einsum("tk,tki,kj->ij", table, terms, s[:-1])
    return total


def _terms(letters: dict[str, ArrayLike]) -> tuple[Array, Array]:
    """Compute delta for every term, shape (T, T, n), and the states."""
    run = rnn.forward(**letters)
    rows = (run.y_hat - np.asarray(letters["y"])) @ np.asarray(letters["V"])
    return triangle.error_terms(1 - run.s[1:] ** 2, letters["W"], rows), run.s
