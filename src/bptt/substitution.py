"""A program as a triangular system of equations.

Its derivatives are found by substitution, forward or back.

What one can do with it::

    L = matrix(tape)  # which entry is made from which, and with what derivative
    back(L, p)        # v_bar with (I - L)^T v_bar = p: what `Tape.backward` computes
    forward(L, p)     # v_tilde with (I - L) v_tilde = p: what `Tape.forward` computes

A tape never writes L down, for nearly all of it is zero. Use this to see what its
sweeps do.

Source: A. Edelman, E. Akyürek, Y. Wang, Backpropagation through back substitution with
a backslash, 2023, arXiv:2303.15449, whose abstract says that it formulates
back-propagation by triangular systems.
"""

import numpy as np
from numpy.typing import ArrayLike

from bptt import arguments
from bptt.arguments import Array
from bptt.autodiff import RULES, Tape


def matrix(tape: Tape) -> Array:
    """Write down L of a tape.

    The entry [k, j] is the derivative of entry k by entry j, with all others held.

    Args:
        tape: N entries in all its lines together, those of a line in the order of
            NumPy's ``ravel``.

    Returns:
        Shape (N, N). Only what stands below the diagonal can differ from zero, for a
        line is made from earlier ones.
    """
    sizes = [line.value.size for line in tape.lines]
    starts = np.cumsum([0, *sizes])
    dtype = np.result_type(float, *(line.value for line in tape.lines))
    L = np.zeros((starts[-1], starts[-1]), dtype)
    for k, line in enumerate(tape.lines):
        values = [tape.lines[parent].value for parent in line.parents]
        for i, parent in enumerate(line.parents):
            for j in range(sizes[parent]):
                changes = [np.zeros(value.shape) for value in values]
                changes[i].flat[j] = 1
                changed = RULES[line.op].jvp(line.value, *values, *changes)
                L[starts[k] : starts[k + 1], starts[parent] + j] += np.ravel(changed)
    return L


def forward(L: ArrayLike, p: ArrayLike) -> Array:
    """Solve (I - L) v = p from the first line to the last.

    Args:
        L: strictly lower triangular, shape (N, N).
        p: the right side, shape (N,).

    Returns:
        The entries of v, each computed from those before it, shape (N,).

    Raises:
        TypeError: an argument does not hold numbers.
        ValueError: a wrong shape, NaN or infinity, or L is not strictly lower
            triangular.
        OverflowError: an entry of v leaves the range of floating point numbers.
    """
    L, v = _checked(L, p)
    with np.errstate(all="ignore"):  # overflow is reported below
        for k in range(len(v)):
            v[k] += L[k, :k] @ v[:k]
    return _in_range(v)


def back(L: ArrayLike, p: ArrayLike) -> Array:
    """Solve (I - L)^T v = p from the last line to the first.

    Args:
        L: strictly lower triangular, shape (N, N).
        p: the right side, shape (N,).

    Returns:
        The entries of v, each computed from those behind it, shape (N,).

    Raises:
        TypeError: as `forward`.
        ValueError: as `forward`.
        OverflowError: as `forward`.
    """
    L, v = _checked(L, p)
    with np.errstate(all="ignore"):  # overflow is reported below
        for k in reversed(range(len(v))):
            v[k] += L[k + 1 :, k] @ v[k + 1 :]
    return _in_range(v)


def _in_range(v: Array) -> Array:
    if not np.isfinite(v).all():
        raise OverflowError(f"v is {v}: numbers became too large; make L or p smaller.")
    return v


def _checked(L: ArrayLike, p: ArrayLike) -> tuple[Array, Array]:
    L, p = arguments.numbers("L", L), arguments.numbers("p", p)
    if p.ndim != 1:
        raise ValueError(f"p has shape {arguments.written(p.shape)}; it must be (N,).")
    if L.shape != 2 * p.shape:
        raise ValueError(
            f"L has shape {arguments.written(L.shape)}; it must be (N, N) with N = "
            f"{len(p)} as in p."
        )
    if np.triu(L).any():
        k, j = (int(i) for i in np.argwhere(np.triu(L))[0])
        raise ValueError(
            f"L holds {L[k, j]} at index ({k}, {j}); it must be zero on the diagonal "
            "and above."
        )
    return L, p.astype(np.result_type(L, p))
